"""Faults for tests: kept in a list instead of a file, and a process that only notes how it would have ended."""

from __future__ import annotations

from ordermill.runtime.faults import Faults


class Notes:
    """What faults stored, and the statuses that they ended the process with."""

    def __init__(self) -> None:
        self.kept: list[bytes] = []
        self.ended: list[int] = []


def noted_faults(notes: Notes, timeout_ms: int = 50) -> Faults:
    """Faults that note what they do."""
    return Faults(end=notes.ended.append, timeout_ms=timeout_ms, keep=notes.kept.append)


def no_faults() -> Faults:
    """Nothing is set."""
    return noted_faults(Notes())
