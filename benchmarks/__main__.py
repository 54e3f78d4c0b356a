"""Measure, print tables, and keep the figures as JSON.

Every rate stands beside the raw limits of the same machine in the same rounds; compare ratios, not machines.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console

from benchmarks import compare
from benchmarks.figures import PIPELINE, RAW, Figure, figures, offered, table
from benchmarks.machine import Machine, machine
from benchmarks.processes import Unmeasured
from benchmarks.run import Plan, Run
from benchmarks.watch import Lost
from benchmarks.wrk import require_wrk
from ordermill.topology.loader import load
from ordermill.topology.model import DEFAULT_PIPELINE

_RESULTS = Path(__file__).parent / "results"


class Results(msgspec.Struct, frozen=True):
    """All of a run; `lists` are the list queries' figures, as their own module gives them."""

    at: str
    machine: Machine
    plan: Plan
    figures: list[Figure]
    comparisons: list[compare.Comparison]
    refused: int
    lists: dict[str, Any] | None


@click.command()
@click.option("--quick", is_flag=True, help="One short round of each, about a minute: to see that all of it works.")
@click.option("--rounds", type=click.IntRange(1), help="How many interleaved rounds.  [default: 3]")
@click.option("--seconds", type=click.IntRange(1), help="How long each load lasts.  [default: 4]")
@click.option("--connections", type=click.IntRange(1), default=256, show_default=True, help="Clients at once.")
@click.option("--backlog", type=click.IntRange(100), help="How many orders wait for a drain.  [default: 100000]")
@click.option("--pipeline", "pipelines", multiple=True, help="Only this one; may be repeated.  [default: each]")
@click.option("--lists/--no-lists", default=True, help="List queries, with a million orders.")
def main(pipelines: tuple[str, ...], *, quick: bool, connections: int, lists: bool, **sizes: int | None) -> None:
    """Measure what Ordermill does on this machine, beside the machine's raw limits."""
    require_wrk()
    known = sorted(load().pipelines, key=lambda name: (name != DEFAULT_PIPELINE, name))
    if unknown := set(pipelines) - set(known):
        raise click.UsageError(f"there is no pipeline {', '.join(unknown)}; there is: {', '.join(known)}")
    plan = _plan(tuple(pipelines) or tuple(known), connections, sizes, quick=quick)
    try:
        results = _results(plan, lists=lists)
    except (Lost, Unmeasured) as error:
        sys.exit(f"no figures: {error}")
    console = Console(width=max(130, Console().width))
    _print(results, console)
    _RESULTS.mkdir(exist_ok=True)
    file = _RESULTS / f"{results.at.replace(':', '')}.json"
    file.write_bytes(msgspec.json.format(msgspec.json.encode(results)))
    click.echo(f"kept as {file}")


def _plan(pipelines: tuple[str, ...], connections: int, sizes: dict[str, int | None], *, quick: bool) -> Plan:
    plan = Plan(pipelines, connections)
    if quick:
        plan = Plan(pipelines, connections, rounds=1, seconds=2, backlog=20_000, listed=100_000, rates=(2_000,))
    return msgspec.structs.replace(plan, **{name: size for name, size in sizes.items() if size is not None})


def _results(plan: Plan, *, lists: bool) -> Results:
    """Everything, in a folder of its own below this one, since that is the disk to measure. Raises Lost, Unmeasured."""
    with tempfile.TemporaryDirectory(prefix="ordermill-bench-", dir=Path.cwd()) as name:
        run = Run(Path(name), plan, lambda text: click.echo(text, err=True))
        return Results(
            datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            machine(Path(name)),
            plan,
            _measured(run),
            run.comparisons,
            run.refused,
            run.lists() if lists else None,
        )


def _measured(run: Run) -> list[Figure]:
    values, plan = run.measure(), run.plan
    kinds = dict(PIPELINE)
    for rate in plan.rates:
        kinds |= offered(rate)
    found = figures(values, RAW)
    for pipeline in plan.pipelines:
        found += figures(values, kinds, f"{pipeline}.")
    return found


def _print(results: Results, console: Console) -> None:
    place, plan = results.machine, results.plan
    console.print(
        f"{place.cores} cores ({place.processor}), {place.kernel}, Python {place.python}, SQLite {place.sqlite},"
        f" fsync {place.fsync_ms.median:.2f} ms ({place.fsync_ms.low:.2f} - {place.fsync_ms.high:.2f}),"
        f" load average {place.load_average:g} before",
        highlight=False,
    )
    rounds = f"{plan.rounds} round{'s' if plan.rounds > 1 else ''} of {plan.seconds} s"
    title = f"{rounds}, {plan.connections} connections, synchronous=FULL, load generator beside it"
    table(title, [each for each in results.figures if each.key in RAW], console)
    for pipeline in plan.pipelines:
        rows = [each for each in results.figures if each.key.startswith(f"{pipeline}.")]
        table(f"Pipeline {pipeline}; drained: a backlog of {plan.backlog:,} orders", rows, console)
    compare.table(results.comparisons, console)
    if results.lists is not None:
        console.print("List queries", results.lists)
    if results.refused:
        console.print(f"{results.refused} answers to loads were no success", style="red")


if __name__ == "__main__":
    main()
