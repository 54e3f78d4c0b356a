"""A machine that is meant to run every test does not pass with one skipped."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CASES = """
import pytest


def test_passes() -> None:
    pass


@pytest.mark.skipif({skip}, reason="no such device")
def test_maybe() -> None:
    pass
"""


@pytest.mark.parametrize(
    ("skip", "variable", "status"), [(True, "1", 1), (True, "", 0), (False, "1", 0)], ids=["strict", "lenient", "none"]
)
def test_a_skip_fails_the_session_where_none_is_allowed(tmp_path: Path, skip: bool, variable: str, status: int) -> None:
    shutil.copy(Path(__file__).parents[1] / "conftest.py", tmp_path)
    (tmp_path / "test_cases.py").write_text(CASES.format(skip=skip))
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-ra", "-p", "no:cacheprovider", "-p", "no:hypothesispytest"],
        cwd=tmp_path,
        env={**os.environ, "ORDERMILL_NO_SKIPS": variable},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == status, run.stdout
    assert ("no such device" in run.stdout) == skip
    assert ("ORDERMILL_NO_SKIPS: these tests were skipped" in run.stdout) == (status == 1)
