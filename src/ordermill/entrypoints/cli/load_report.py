"""The report of `ordermill load`, for people."""

from __future__ import annotations

from collections.abc import Mapping

import click

from ordermill.entrypoints.cli.render import clean, table
from ordermill.entrypoints.load.percentiles import RANKS, Percentiles
from ordermill.entrypoints.load.report import BUSY, Processed, Report

_HEADS = ("p50", "p90", "p99", "p99.9", "max")


def print_report(report: Report) -> None:
    """The report on stdout."""
    for line in summary(report):
        click.echo(line)
    rows = [
        _row("latency from the intended start", report.latency),
        _row("  of refused orders", report.refusal_latency),
        _row("started late, waiting for a connection", report.started_late),
        _row("  of which the generator's own fault", report.own_lateness),
    ]
    rows = [row for row in rows if row]
    if rows:
        click.echo()
        table(("milliseconds", *_HEADS), rows, right=range(1, len(_HEADS) + 1))
    for line in remarks(report):
        click.echo(line)


def summary(report: Report) -> list[str]:
    """What was offered, what came of it."""
    stopped = ", stopped early" if report.interrupted else ""
    share = 100 * report.achieved_rate / report.offered_rate
    over = f"{round(report.seconds, 2):g} s over {report.connections} connections{stopped}"
    lines = [
        f"offered {_rate(report.offered_rate)} for {over}",
        f"achieved {_rate(report.achieved_rate)}, {share:.1f} % of it",
        "",
        f"{report.due:12,} due",
        f"{report.sent:12,} sent",
        f"{report.accepted:12,} accepted",
        *_counts(report.refused, "refused"),
        *_counts(report.unknown, "unknown: sent, may or may not be accepted"),
    ]
    if report.never_sent:
        lines.append(f"{report.never_sent:12,} never sent: no connection was free until the end")
    lines += _counts(report.connect_errors, "attempts to connect failed")
    return lines + ([_processed(report.processed)] if report.processed else [])


def remarks(report: Report) -> list[str]:
    """What one must know to read the figures."""
    lines = []
    if any(each and each.at_least for each in (report.latency, report.started_late)):
        lines.append("≥: at least, since orders without an answer had waited that long when they were given up.")
    if report.generator_cpu >= BUSY:
        lines.append(
            f"The generator itself used {report.generator_cpu:.0%} of a core: it, not the server, may be the limit."
        )
    return lines


def _counts(counts: Mapping[str, int], what: str) -> list[str]:
    return [f"{count:12,} {what}: {clean(why)}" for why, count in counts.items()]


def _processed(processed: Processed) -> str:
    ends = ", ".join(f"{count} {clean(status)}" for status, count in processed.statuses.items())
    told = f"of {processed.sampled} accepted orders looked at: {ends}"
    if processed.rate is None or processed.seconds is None:
        return f"processed: unknown; {told}"
    return f"processed {_rate(processed.rate)}, the last after {processed.seconds:.2f} s; {told}"


def _row(what: str, figures: Percentiles | None) -> list[str]:
    if figures is None:
        return []
    marks = {name: "≥ " if name in figures.at_least else "" for name in RANKS}
    return [what, *(f"{marks[name]}{getattr(figures, name):,.2f}" for name in RANKS)]


def _rate(per_second: float) -> str:
    return f"{per_second:,.0f}/s" if per_second >= 100 else f"{per_second:,.3g}/s"
