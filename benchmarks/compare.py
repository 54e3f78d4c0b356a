"""What one choice costs: two variants of the server in turn, as a ratio within each round."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from benchmarks.processes import variant
from benchmarks.stats import Spread, interleave, ratios, spread
from benchmarks.wrk import post_orders

COMPARED = (("shipped", "asyncio-loop"), ("unwatched", "shipped"))
"""Pairs of `benchmarks.server`'s variants: the second is measured against the first."""


class Comparison(msgspec.Struct, frozen=True):
    """Accepted orders a second of both, and the second's share of the first, round by round."""

    first: str
    second: str
    rates: tuple[Spread, Spread]
    ratio: Spread


def compare(first: str, second: str, measure: Callable[[str], float], rounds: int) -> Comparison:
    """`measure` gives the rate of a variant."""
    found = interleave({first: partial(measure, first), second: partial(measure, second)}, rounds)
    return comparison(first, second, found[first], found[second])


def comparison(first: str, second: str, firsts: Sequence[float], seconds: Sequence[float]) -> Comparison:
    """Of rates that were measured in the same rounds."""
    return Comparison(first, second, (spread(firsts), spread(seconds)), ratios(seconds, firsts))


def accept_rate(name: str, *, where: Path, pipeline: str, seconds: int, connections: int) -> float:
    """Orders a second that a fresh server of this variant accepts."""
    data = where / f"variant-{name}"
    try:
        with variant(name, data, pipeline) as server:
            return post_orders(server.url + "/orders", seconds=seconds, connections=connections).rate
    finally:
        shutil.rmtree(data, ignore_errors=True)


def table(rows: Sequence[Comparison], console: Console) -> None:
    """Print them."""
    grid = Table(title="What a choice costs on the accept path, in interleaved rounds", title_justify="left")
    for number, head in enumerate(("", "against", "per second", "per second", "ratio", "lowest - highest")):
        grid.add_column(head, justify="left" if number < 2 else "right")
    for row in rows:
        first, second = (f"{each.median:,.0f}" for each in row.rates)
        ratio = row.ratio
        grid.add_row(row.second, row.first, second, first, f"{ratio.median:.2f}", f"{ratio.low:.2f} - {ratio.high:.2f}")
    console.print(grid)
