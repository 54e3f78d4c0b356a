"""Durations, counted by size: cheap to add to, and enough to estimate a quantile from."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Final

DURATIONS_MS: Final = (1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000)
"""The upper bounds for durations, from 1 ms to 60 s."""


class Histogram:
    """How many values lie up to each of `bounds`, in `counts`; the last counts those beyond. `sum` adds them up."""

    __slots__ = ("bounds", "counts", "sum")

    def __init__(self, bounds: Sequence[float] = DURATIONS_MS) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def observe(self, value: float) -> None:
        """Add one value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value


def added(counts: Iterable[Sequence[int]]) -> list[int]:
    """The counts of several histograms of the same bounds, added up."""
    return [sum(column) for column in zip(*counts, strict=True)]


def quantile(counts: Sequence[int], q: float, bounds: Sequence[float] = DURATIONS_MS) -> float:
    """The value that the share `q` (0 to 1) of all lies at or below, interpolated within its bucket; 0 for none.

    What lies beyond the last bound counts as that bound.
    """
    rank, seen, low = q * sum(counts), 0, 0.0
    for bound, count in zip(bounds, counts, strict=False):
        if count and seen + count >= rank:
            return low + (bound - low) * max(0.0, rank - seen) / count
        seen, low = seen + count, bound
    return low if seen < sum(counts) else 0.0
