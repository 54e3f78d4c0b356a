"""Exact percentiles, also where some values are known only to be at least so much."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import chain

import msgspec

RANKS = {"p50": 50.0, "p90": 90.0, "p99": 99.0, "p999": 99.9, "max": 100.0}


class Percentiles(msgspec.Struct, frozen=True, rename="camel"):
    """Milliseconds. `at_least` names those that are lower bounds, since an order behind them never came to an end."""

    p50: float
    p90: float
    p99: float
    p999: float
    max: float
    at_least: tuple[str, ...] = ()


def percentile(ordered: Sequence[float], rank: float) -> float:
    """The smallest of the values, which are sorted and not empty, that `rank` percent of them do not exceed."""
    # Rounded first: 99.9 percent of 41,000 are 40,959, and not the float's little more.
    return ordered[max(0, math.ceil(round(rank * len(ordered) / 100, 6)) - 1)]


def percentiles(seconds: Iterable[float], unfinished: Iterable[float] = ()) -> Percentiles | None:
    """Of values in seconds; None without any. `unfinished` had lasted so long when they were given up.

    A value that is too small only ever makes a percentile too small, and one below all unfinished ones is exact.
    """
    bounds = sorted(unfinished)
    ordered = sorted(chain(seconds, bounds))
    if not ordered:
        return None
    found = {name: percentile(ordered, rank) for name, rank in RANKS.items()}
    at_least = tuple(name for name, value in found.items() if bounds and value >= bounds[0])
    return Percentiles(**{name: round(value * 1000, 3) for name, value in found.items()}, at_least=at_least)


def p99_ms(seconds: Iterable[float]) -> float | None:
    """The 99th percentile in milliseconds; None of nothing."""
    ordered = sorted(seconds)
    return percentile(ordered, 99) * 1000 if ordered else None
