"""Fixtures of the command line's tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ordermill.entrypoints.cli import main
from tests.unit.cli.cli_fake import Fake, FastPace, Ordermill, serving


@pytest.fixture
def fake() -> Iterator[Fake]:
    """A scripted server that is running."""
    script = Fake()
    with serving(script):
        yield script


@pytest.fixture
def pace() -> FastPace:
    """Time that does not pass by itself."""
    return FastPace()


@pytest.fixture
def ordermill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pace: FastPace, request: pytest.FixtureRequest
) -> Ordermill:
    """Runs `ordermill ARGS` in an empty directory, with none of our variables but the fake server's address."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("ORDERMILL_")]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("NO_COLOR", raising=False)
    if "fake" in request.fixturenames:
        monkeypatch.setenv("ORDERMILL_URL", request.getfixturevalue("fake").url)

    def run(*args: str, **options: object) -> Result:
        return CliRunner().invoke(main, args, obj=pace, catch_exceptions=False, **options)  # type: ignore[arg-type]

    return run
