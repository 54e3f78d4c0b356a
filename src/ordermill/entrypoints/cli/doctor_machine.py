"""Checks of the machine: Python, SQLite, the clock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from ordermill.entrypoints.cli.diagnosis import Check

Version = tuple[int, ...]

_PYTHON = (3, 11)
_SQLITE = (3, 37, 0)
_WAL_RESET_BUG = ((3, 7, 0), (3, 51, 2))
_FIRST_YEAR = 2024
_TOLERANCE_S = 3600


def python_check(version: Version) -> Check:
    """Whether this Python is new enough."""
    if version < _PYTHON:
        return Check(
            "Python", "fail", _dotted(version), "Ordermill needs Python 3.11 or newer.", "Install a newer one."
        )
    return Check("Python", "ok", _dotted(version))


def sqlite_check(version: Version) -> Check:
    """Whether the SQLite that Python was built with is new enough, and free of the known corruption bug."""
    if version < _SQLITE:
        cause = "Ordermill needs SQLite 3.37 or newer, for STRICT tables."
        return Check("SQLite", "fail", _dotted(version), cause, "Use a Python that was built with a newer SQLite.")
    first, last = _WAL_RESET_BUG
    if first <= version <= last:
        return Check(
            "SQLite",
            "warn",
            _dotted(version),
            "SQLite 3.7.0 to 3.51.2 can corrupt a database in WAL mode when two connections write or checkpoint at the"
            " same instant. Ordermill avoids it: one connection alone writes and checkpoints.",
            "Let no other program write to ordermill.db; SQLite 3.51.3 has the bug fixed.",
        )
    return Check("SQLite", "ok", _dotted(version))


def clock_check(now: float, newest: float | None) -> Check:
    """Whether the clock (seconds since the epoch) can be right, given the newest file in the data directory."""
    shown = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    cure = "Set the clock, best by NTP: timedatectl set-ntp true"
    if datetime.fromtimestamp(now, UTC).year < _FIRST_YEAR:
        return Check("clock", "fail", shown, f"It is before {_FIRST_YEAR}, so the clock was never set.", cure)
    if newest is not None and newest - now > _TOLERANCE_S:
        hours = (newest - now) / 3600
        return Check("clock", "fail", shown, f"The newest file of the data directory is {hours:.1f} hours ahead.", cure)
    return Check("clock", "ok", shown)


def newest_change(directory: Path) -> float | None:
    """When anything directly in `directory` last changed, in seconds since the epoch; None if nothing is there."""
    return max(_changes(directory), default=None)


def _changes(directory: Path) -> Iterator[float]:
    try:
        entries = list(directory.iterdir())
    except OSError:
        return
    for entry in entries:
        with suppress(OSError):
            yield entry.stat().st_mtime


def _dotted(version: Version) -> str:
    return ".".join(map(str, version))
