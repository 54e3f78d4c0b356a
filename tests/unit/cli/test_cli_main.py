"""The group: help, lazy commands, suggestions, exit codes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from ordermill import __version__
from ordermill.entrypoints.cli import COMMANDS
from ordermill.entrypoints.cli.group import Group, LazyGroup
from tests.unit.cli.cli_fake import Ordermill

WRITTEN_HERE = sorted(COMMANDS.keys() - {"up"})


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_lists_every_command(ordermill: Ordermill, flag: str) -> None:
    result = ordermill(flag)
    assert result.exit_code == 0
    for name, (_, short) in COMMANDS.items():
        assert f"  {name} " in result.stdout
        assert short in result.stdout


def test_help_imports_no_command_and_nothing_heavy() -> None:
    code = (
        "import sys; from click.testing import CliRunner; from ordermill.entrypoints.cli import main;"
        "assert CliRunner().invoke(main, ['--help']).exit_code == 0; print(*sys.modules, sep='\\n')"
    )
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    ours = {name for name in modules if name.startswith("ordermill.")}
    assert ours == {"ordermill.entrypoints", "ordermill.entrypoints.cli", "ordermill.entrypoints.cli.group"}
    assert not {"httpx2", "rich", "jsonschema", "msgspec", "sqlite3", "asyncio"} & set(modules)


@pytest.mark.parametrize("name", WRITTEN_HERE)
def test_every_command_explains_itself_with_an_example(ordermill: Ordermill, name: str) -> None:
    result = ordermill(name, "-h")
    assert result.exit_code == 0
    assert "Example" in result.stdout
    assert f"  ordermill {name}" in result.stdout


def test_version(ordermill: Ordermill, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ordermill("--version").stdout == f"ordermill, version {__version__}\n"
    monkeypatch.setenv("ORDERMILL_VERSION", "1")
    assert "version" not in ordermill("doctor", "-h").stdout.splitlines()[0]


@pytest.mark.parametrize(
    ("args", "hint"),
    [
        (["ordr"], "Did you mean order or orders or record?"),
        (["catalogue", "shwo"], "Did you mean show?"),
        (["zzz"], "There are: up, order,"),
        (["order", "--quantty", "2"], "--quantity"),
    ],
)
def test_a_mistyped_name_is_usage_with_a_suggestion(ordermill: Ordermill, args: list[str], hint: str) -> None:
    result = ordermill(*args)
    assert result.exit_code == 2
    assert hint in result.stderr
    assert result.stdout == ""


def _interrupted() -> None:
    raise KeyboardInterrupt


def test_ctrl_c_is_130_and_quiet() -> None:
    group = Group("main", commands=[click.Command("wait", callback=_interrupted)])
    result = CliRunner().invoke(group, ["wait"])
    assert (result.exit_code, result.stdout, result.stderr) == (130, "", "")


def test_a_place_that_is_no_command_is_a_defect() -> None:
    group = LazyGroup(lazy={"odd": ("ordermill:__version__", "")})
    with pytest.raises(TypeError, match="not a command"):
        group.get_command(click.Context(group), "odd")


def test_output_survives_a_terminal_that_cannot_show_it(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "latin-1", "ORDERMILL_URL": "http://127.0.0.1:1"}
    code = "from ordermill.entrypoints.cli import main; main(['order', '-h'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, env=environment, cwd=tmp_path, check=True)
    assert b"\\u2026" in done.stdout
