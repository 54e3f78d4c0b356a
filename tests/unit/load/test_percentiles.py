"""Percentiles, exact and as bounds."""

from __future__ import annotations

import random

import pytest

from ordermill.entrypoints.load.percentiles import Percentiles, p99_ms, percentile, percentiles


@pytest.mark.parametrize(
    ("count", "rank", "expected"),
    [
        (1, 50, 1),
        (1, 99.9, 1),
        (2, 50, 1),
        (3, 50, 2),
        (100, 99, 99),
        (101, 99, 100),
        (1000, 99.9, 999),
        (10, 100, 10),
        (41_000, 99.9, 40_959),
    ],
)
def test_nearest_rank(count: int, rank: float, expected: float) -> None:
    assert percentile(range(1, count + 1), rank) == expected


def test_the_order_of_values_does_not_matter() -> None:
    values = [number / 1000 for number in range(1, 1001)]
    random.Random(1).shuffle(values)
    assert percentiles(values) == Percentiles(p50=500, p90=900, p99=990, p999=999, max=1000)


def test_of_nothing_there_are_none() -> None:
    assert percentiles([]) is None
    assert p99_ms([]) is None


def test_what_never_ended_makes_bounds_of_the_percentiles_above_it_alone() -> None:
    found = percentiles([0.001] * 95, [2.0] * 5)
    assert found == Percentiles(p50=1, p90=1, p99=2000, p999=2000, max=2000, at_least=("p99", "p999", "max"))


def test_what_was_given_up_early_makes_bounds_of_all_above() -> None:
    found = percentiles([0.010] * 99, [0.001])
    assert found is not None
    assert found.at_least == ("p50", "p90", "p99", "p999", "max"), "in truth it may have taken for ever"
    assert found.max == 10
