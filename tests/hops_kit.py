"""Hops to work with, and time that passes when it is told to."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count

from ordermill.ports.hops import Hop, HopOutcome

EDGE = "orders>process_order"


def hop(
    number: int = 0,
    *,
    at: int = 1_763_640_000_000,
    order_id: str | None = None,
    edge: str = EDGE,
    outcome: HopOutcome = "ok",
    duration_ms: float = 5,
    error: str | None = None,
) -> Hop:
    """One hop; `number` is its attempt, to be known by, and its milliseconds beyond `at`."""
    return Hop(
        at + number,
        order_id,
        edge,
        edge.rpartition(">")[2],
        outcome,
        number,
        duration_ms,
        error,
        error and "it said so",
    )


class ManualTime:
    """A monotonic clock, and `later` of an event loop; `advance` runs what has become due."""

    def __init__(self) -> None:
        self.now = 1000.0
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()

    def monotonic(self) -> float:
        return self.now

    def later(self, seconds: float, what: Callable[[], None]) -> None:
        heapq.heappush(self._due, (self.now + seconds, next(self._order), what))

    def advance(self, seconds: float) -> None:
        until = self.now + seconds
        while self._due and self._due[0][0] <= until + 1e-9:
            self.now, _, what = heapq.heappop(self._due)
            what()
        self.now = until

    @property
    def idle(self) -> bool:
        return not self._due
