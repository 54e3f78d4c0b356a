"""When orders are to start."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordermill.entrypoints.load.schedule import Schedule


@pytest.mark.parametrize(
    ("rate", "seconds", "total"),
    [(2000, 20, 40_000), (100, 0.5, 50), (0.1, 1, 1), (3, 0.1, 1), (7, 0.3, 2), (0.3, 10, 3)],
)
def test_the_total_is_rate_times_duration_and_at_least_one(rate: float, seconds: float, total: int) -> None:
    assert Schedule(rate, seconds).total == total


@pytest.mark.parametrize(("at", "due"), [(-1, 0), (0, 1), (0.0999, 1), (0.1, 2), (0.95, 10), (1.0, 10), (99, 10)])
def test_what_is_due_grows_with_time_and_ends_with_the_total(at: float, due: int) -> None:
    assert Schedule(10, 1).due(at) == due


@given(rate=st.floats(0.01, 1e6), number=st.integers(0, 100_000))
def test_an_order_is_due_exactly_from_its_intended_start(rate: float, number: int) -> None:
    schedule = Schedule(rate, 200_000 / rate)
    at = schedule.intended(number)
    assert schedule.due(at) == number + 1
    assert schedule.due(math.nextafter(at, -1)) == number
