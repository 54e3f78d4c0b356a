"""What must go through once in a while, and whether it does."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, Protocol

STALE_AFTER: Final = 3
"""Intervals without success, after which something is stale."""


class Periodic(Protocol):
    """A scheduled function or a job of maintenance; `last_ok` is when it was last through, or began (ms)."""

    @property
    def name(self) -> str: ...

    @property
    def interval_ms(self) -> int: ...

    @property
    def last_ok(self) -> int: ...


class Periodics:
    """All of a system's; may be asked from any thread."""

    def __init__(self, each: Iterable[Periodic], now_ms: Callable[[], int]) -> None:
        self.each, self._now = sorted(each, key=lambda periodic: periodic.name), now_ms

    def stale(self) -> tuple[str, ...]:
        """The names of those that have not gone through for three of their intervals, sorted."""
        now = self._now()
        return tuple(each.name for each in self.each if now - each.last_ok > STALE_AFTER * each.interval_ms)

    def ages_ms(self) -> dict[str, int]:
        """By name, how long ago each last went through."""
        now = self._now()
        return {each.name: now - each.last_ok for each in self.each}
