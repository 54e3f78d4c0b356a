"""`ordermill package`: what it is told. What it makes is looked at in tests/e2e."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.cli.cli_fake import Ordermill


@pytest.mark.parametrize("version", ["2.7", "3.10", "3", "3.x", "3.13.1", "latest"])
def test_a_version_is_one_of_pythons(ordermill: Ordermill, version: str) -> None:
    result = ordermill("package", "--python", version)
    assert result.exit_code == 2
    assert f"such as 3.13, from 3.11 on, not '{version}'" in result.stderr
    assert not Path("dist").exists()


@pytest.mark.parametrize("also", [("--python", "3.13"), ("--architecture", "arm64")])
def test_what_this_machine_runs_is_for_this_machine(ordermill: Ordermill, also: tuple[str, ...]) -> None:
    result = ordermill("package", "--runtime", "provided", *also)
    assert result.exit_code == 2
    assert "leave out --architecture and --python" in result.stderr


def test_where_nothing_can_be_written_is_told(ordermill: Ordermill) -> None:
    Path("dist").write_text("")
    result = ordermill("package")
    assert result.exit_code == 2
    assert "'dist' is a file" in result.stderr
