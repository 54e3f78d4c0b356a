"""Several short rounds instead of one long run: a machine that is shared changes its speed from minute to minute."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import median

import msgspec


class Spread(msgspec.Struct, frozen=True):
    """The median of some rounds, the lowest and the highest, and each of them in the order it was measured."""

    median: float
    low: float
    high: float
    rounds: tuple[float, ...]


def spread(values: Sequence[float]) -> Spread:
    """Of at least one value."""
    return Spread(median(values), min(values), max(values), tuple(values))


def ratios(values: Sequence[float], to: Sequence[float]) -> Spread:
    """Each round's value to the other's of the same round, which has met the same machine. Raises ValueError."""
    return spread([value / other for value, other in zip(values, to, strict=True)])


def interleave(measures: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Each measure once a round, in turn A B, B A, A B, so that a drift favours none; values by name."""
    found: dict[str, list[float]] = {name: [] for name in measures}
    for number in range(rounds):
        names = list(measures) if number % 2 == 0 else list(measures)[::-1]
        for name in names:
            found[name].append(measures[name]())
    return found
