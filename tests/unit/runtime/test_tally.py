"""Counting hops, and what their durations say."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordermill.ports.hops import Hop, HopOutcome
from ordermill.runtime.histogram import DURATIONS_MS, Histogram, added, quantile
from ordermill.runtime.tally import Tally
from tests.hops_kit import hop

OUTCOMES: list[HopOutcome] = ["ok", "retry", "failed", "dead"]
HOPS = st.builds(
    lambda edge, outcome, duration: hop(edge=edge, outcome=outcome, duration_ms=duration),
    st.sampled_from(["orders>process_order", "mail-queue>send_email"]),
    st.sampled_from(OUTCOMES),
    st.sampled_from([0.5, 1, 1.5, 99, 60_000, 61_000]),
)


@given(st.lists(st.lists(HOPS, max_size=8), max_size=8))
def test_every_hop_is_counted_once_under_its_kind_and_in_its_bucket(batches: list[list[Hop]]) -> None:
    tally, everything = Tally(), [each for batch in batches for each in batch]
    for batch in batches:
        tally.take(batch)
    found = tally.snapshot()
    assert set(found) == {(each.edge, each.function, each.outcome) for each in everything}
    for (edge, _, outcome), (counts, total) in found.items():
        durations = [each.duration_ms for each in everything if (each.edge, each.outcome) == (edge, outcome)]
        assert total == pytest.approx(sum(durations))
        for at, bound in enumerate(DURATIONS_MS):
            assert sum(counts[: at + 1]) == sum(duration <= bound for duration in durations)
        assert sum(counts) == len(durations)


@given(st.lists(st.floats(0, 100_000), min_size=1), st.sampled_from([0.0, 0.5, 0.9, 0.99, 1.0]))
def test_a_quantile_lies_in_the_bucket_of_the_true_one(values: list[float], q: float) -> None:
    histogram = Histogram()
    for value in values:
        histogram.observe(value)
    true = sorted(values)[max(0, -int(-q * len(values) // 1) - 1)]
    bounds = [0.0, *DURATIONS_MS, float("inf")]
    low, high = next((low, high) for low, high in pairwise(bounds) if true <= high)
    assert low <= quantile(histogram.counts, q) <= high


def test_of_nothing_every_quantile_is_zero() -> None:
    assert quantile(Histogram().counts, 0.99) == 0


def test_histograms_of_the_same_bounds_add_up() -> None:
    assert added([[1, 2, 3], [10, 20, 30]]) == [11, 22, 33]
