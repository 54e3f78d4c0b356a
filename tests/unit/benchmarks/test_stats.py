"""Rounds, their spread, and ratios within them."""

from __future__ import annotations

import pytest

from benchmarks.compare import compare
from benchmarks.stats import Spread, interleave, ratios, spread


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([3.0], Spread(3, 3, 3, (3,))),
        ([9.0, 1.0, 2.0], Spread(2, 1, 9, (9, 1, 2))),
        ([1.0, 2.0, 4.0, 8.0], Spread(3, 1, 8, (1, 2, 4, 8))),
    ],
)
def test_the_median_bears_an_outlier(values: list[float], expected: Spread) -> None:
    assert spread(values) == expected


def test_ratios_pair_the_rounds() -> None:
    # The machine was half as fast in the second round: the ratio is the same.
    assert ratios([50, 25], to=[100, 50]) == Spread(0.5, 0.5, 0.5, (0.5, 0.5))
    with pytest.raises(ValueError):
        ratios([1], to=[1, 2])


def test_rounds_are_interleaved_and_turned_around() -> None:
    order: list[str] = []

    def measure(name: str) -> float:
        order.append(name)
        return len(order)

    found = interleave({"a": lambda: measure("a"), "b": lambda: measure("b")}, 3)
    assert "".join(order) == "abbaab"
    assert found == {"a": [1, 4, 5], "b": [2, 3, 6]}


def test_a_drift_of_the_machine_does_not_favour_the_one_that_comes_first() -> None:
    speed = [100.0]

    def measure(name: str) -> float:
        speed[0] *= 0.9
        return speed[0] * (2 if name == "fast" else 1)

    found = compare("slow", "fast", measure, 2)
    assert found.ratio.low < 2 < found.ratio.high
    assert found.ratio.median == pytest.approx(2, rel=0.01)
