"""`ordermill topology`: checks the file that wires everything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import msgspec

from ordermill.entrypoints.cli.group import Group
from ordermill.entrypoints.cli.options import json_option, option
from ordermill.entrypoints.cli.render import clean, print_json


class Verdict(msgspec.Struct, frozen=True):
    """What a check found: `counts` by kind (empty if it cannot be read), findings as (pointer, problem, cure)."""

    counts: dict[str, int]
    findings: tuple[tuple[str, str, str], ...]


def examine(file: Path | None) -> Verdict:
    """Load the topology (None: the shipped one), and check it against the functions' signatures."""
    from ordermill.topology.loader import TopologyInvalid, load

    try:
        loaded = load(file)
    except TopologyInvalid as error:
        return Verdict({}, tuple((found.pointer, found.problem, found.cure) for found in error.findings))
    from ordermill.bootstrap.binding import findings

    found = findings(loaded)
    functions = {*loaded.functions}.union(*(pipeline.functions for pipeline in loaded.pipelines.values()))
    counts = {"functions": len(functions), "queues": len(loaded.queues), "pipelines": len(loaded.pipelines)}
    return Verdict(counts, tuple((finding.pointer, finding.problem, finding.cure) for finding in found))


def summary(counts: dict[str, int]) -> str:
    """`9 functions, 3 queues, 1 pipeline`."""
    return ", ".join(f"{count} {kind.removesuffix('s') if count == 1 else kind}" for kind, count in counts.items())


@click.group(cls=Group)
def topology() -> None:
    """Check the file that says which functions exist, what triggers them and what each may touch.

    \b
    Example:
      ordermill topology check
    """


@topology.command(short_help="Find everything wrong with it.")
@option(
    "--file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Another file than the shipped one."
)
@json_option
@click.pass_context
def check(ctx: click.Context, file: Path | None, json: bool) -> None:
    """Check the topology against its schema, its rules and the functions' signatures; exit code 1 with findings.

    \b
    Example:
      ordermill topology check --file topology/topology.json
    """
    verdict = examine(file)
    if json:
        print_json(_document(verdict))
    elif verdict.findings:
        for pointer, problem, cure in verdict.findings:
            click.echo(f"{clean(pointer) or '(the file)'}: {clean(problem)}")
            click.echo(f"    {clean(cure)}")
    else:
        click.echo(f"ok: {summary(verdict.counts)}")
    if verdict.findings:
        ctx.exit(1)


def _document(verdict: Verdict) -> dict[str, Any]:
    findings = [{"pointer": pointer, "problem": problem, "cure": cure} for pointer, problem, cure in verdict.findings]
    return {"ok": not findings, **verdict.counts, "findings": findings}
