"""Figures with their targets and their ratio to the machine's raw limits, and how they are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec
from rich.console import Console
from rich.table import Table

from benchmarks.stats import Spread, ratios, spread

Unit = Literal["/s", "ms", "s", "MB"]

_DIGITS: dict[str, int] = {"/s": 0, "ms": 1, "s": 2, "MB": 0}


class Target(msgspec.Struct, frozen=True):
    """What the design asks for: at least so much of a rate, at most so much of anything else."""

    value: float
    kind: Literal["at least", "at most"]

    def reached(self, value: float) -> bool:
        """Whether `value` is within it."""
        return value >= self.value if self.kind == "at least" else value <= self.value


class Kind(msgspec.Struct, frozen=True):
    """A figure: what it says, its unit, the raw figure it is a share of, and what it must reach."""

    what: str
    unit: Unit
    raw: str | None = None
    target: Target | None = None


class Figure(msgspec.Struct, frozen=True):
    """One measured figure; `of_raw` pairs each round with the raw limit of the same round."""

    key: str
    what: str
    unit: Unit
    spread: Spread
    of_raw: Spread | None
    raw: str | None
    target: Target | None
    reached: bool | None


RAW = {
    "raw_http": Kind("raw HTTP: the same server, nothing stored", "/s"),
    "raw_commits": Kind("raw commits: 64 rows each, no HTTP", "/s"),
}
PIPELINE = {
    "accepted": Kind("accepted: 202 after the commit", "/s", "raw_http", Target(12_000, "at least")),
    "accepted_p99": Kind("  p99, closed loop", "ms", None, Target(50, "at most")),
    "keyed": Kind("accepted, each with an idempotency key", "/s", "raw_http"),
    "processed": Kind("accepted and PROCESSED, to the last", "/s", "raw_commits", Target(4_000, "at least")),
    "mailed": Kind("notifications drained, to the last mail", "/s", None, Target(1_500, "at least")),
    "accept_peak_mb": Kind("memory, peak of accepting and processing", "MB", None, Target(300, "at most")),
    "startup": Kind("ready after a fresh start", "s", None, Target(1.5, "at most")),
    "recovery": Kind("ready after kill -9, with the backlog", "s", None, Target(2, "at most")),
    "drain": Kind("backlog drained, start-up included", "/s", "raw_commits", Target(5_000, "at least")),
    "peak_mb": Kind("memory, peak of draining", "MB", None, Target(300, "at most")),
}


def offered(rate: int) -> dict[str, Kind]:
    """The figures of a fixed rate that is offered."""
    return {
        f"p50_at_{rate}": Kind(f"p50 at {rate:,}/s offered, open loop", "ms"),
        f"p99_at_{rate}": Kind(f"p99 at {rate:,}/s offered, open loop", "ms"),
        f"achieved_at_{rate}": Kind(f"  achieved of {rate:,}/s offered", "/s"),
    }


def figure(key: str, kind: Kind, values: Sequence[float], raw: Sequence[float] | None) -> Figure:
    """Of the rounds' values; `raw` are those of the raw limit, where its rounds are the same ones."""
    found = spread(values)
    share = ratios(values, raw) if raw and len(raw) == len(values) else None
    if share is None and raw:
        share = spread([value / spread(raw).median for value in values])
    reached = kind.target.reached(found.median) if kind.target else None
    return Figure(key, kind.what, kind.unit, found, share, kind.raw, kind.target, reached)


def figures(values: Mapping[str, Sequence[float]], kinds: Mapping[str, Kind], prefix: str = "") -> list[Figure]:
    """Those of `kinds` that were measured; their values stand under `prefix` and their key."""
    return [
        figure(prefix + key, kind, values[prefix + key], values.get(kind.raw or ""))
        for key, kind in kinds.items()
        if values.get(prefix + key)
    ]


def cells(each: Figure) -> tuple[str, ...]:
    """A row: what, median, lowest and highest, share of the raw limit, target, whether it is reached."""
    low, high = _number(each.spread.low, each.unit), _number(each.spread.high, each.unit)
    share = f"{each.of_raw.median:.2f} of {(each.raw or '').removeprefix('raw_')}" if each.of_raw else ""
    target = verdict = ""
    if each.target is not None:
        sign = "≥" if each.target.kind == "at least" else "≤"
        target = f"{sign} {each.target.value:,g}"
        verdict = f"{'yes' if each.reached else 'NO'}, {each.spread.median / each.target.value:.0%}"
    middle = f"{_number(each.spread.median, each.unit)} {each.unit}"
    return each.what, middle, f"{low} - {high}", share, target, verdict


def table(title: str, rows: Sequence[Figure], console: Console) -> None:
    """Print them."""
    grid = Table(title=title, title_justify="left")
    heads = ("", "median", "lowest - highest", "of raw", "target", "reached")
    for number, head in enumerate(heads):
        grid.add_column(head, justify="left" if number in (0, 3) else "right", no_wrap=True)
    for each in rows:
        grid.add_row(*cells(each))
    console.print(grid)


def _number(value: float, unit: Unit) -> str:
    return f"{value:,.{_DIGITS[unit]}f}"
