"""Figures beside their targets and the raw limits."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from benchmarks.figures import PIPELINE, RAW, Kind, Target, cells, figure, figures, offered, table

RATE = Kind("accepted", "/s", "raw_http", Target(12_000, "at least"))
START = Kind("ready", "s", None, Target(1.5, "at most"))


@pytest.mark.parametrize(
    ("kind", "value", "verdict"),
    [
        (RATE, 12_000, "yes, 100%"),
        (RATE, 8_784, "NO, 73%"),
        (START, 1.5, "yes, 100%"),
        (START, 0.36, "yes, 24%"),
        (START, 3.0, "NO, 200%"),
        (Kind("keyed", "/s"), 1.0, ""),
    ],
)
def test_a_target_is_reached_or_not(kind: Kind, value: float, verdict: str) -> None:
    each = figure("k", kind, [value], None)
    assert cells(each)[5] == verdict
    assert each.reached is (verdict.startswith("yes") if verdict else None)


def test_the_median_decides_and_the_spread_is_shown() -> None:
    each = figure("k", RATE, [11_000, 13_000, 20_000], [26_000, 26_000, 40_000])
    assert cells(each) == ("accepted", "13,000 /s", "11,000 - 20,000", "0.50 of http", "≥ 12,000", "yes, 108%")


def test_a_share_pairs_rounds_and_else_takes_the_median_of_the_raw_limit() -> None:
    paired = figure("k", RATE, [10, 5], [20, 10]).of_raw
    assert paired is not None
    assert paired.rounds == (0.5, 0.5)
    other = figure("k", RATE, [10], [20, 10, 30]).of_raw
    assert other is not None
    assert other.rounds == (0.5,)


def test_what_was_not_measured_is_not_shown() -> None:
    values = {"raw_http": [100.0], "stream.accepted": [50.0], "queue.accepted": [25.0], "stream.drain": []}
    found = figures(values, PIPELINE, "stream.")
    assert [each.key for each in found] == ["stream.accepted"]
    assert [each.key for each in figures(values, RAW)] == ["raw_http"]


def test_every_figure_fits_its_table() -> None:
    kinds = {**PIPELINE, **offered(5_000)}
    values = {key: [123_456.0, 234_567.0] for key in [*kinds, *RAW]}
    printed = io.StringIO()
    table("Title", figures(values, kinds), Console(file=printed, width=130))
    assert "…" not in printed.getvalue()
    assert all(kind.what in printed.getvalue() for kind in kinds.values())
