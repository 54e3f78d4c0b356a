"""What `ordermill load` shows on stderr while it runs: a bar on a terminal, else a line every five seconds."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from ordermill.entrypoints.load.record import Sample
from ordermill.entrypoints.load.schedule import Schedule

_LINE_S = 5.0

Show = Callable[[Sample], None]


@contextmanager
def progress(schedule: Schedule) -> Iterator[Show]:
    """A function that takes each sample of the run and shows it."""
    if sys.stderr.isatty():
        with _bar(schedule) as show:
            yield show
    else:
        yield Lines().show


def words(sample: Sample, errors: int) -> str:
    """The rate and p99 now, and errors so far."""
    p99 = f"{sample.p99_ms:8,.1f} ms" if sample.p99_ms is not None else "       - ms"
    return f"{sample.rate:8,.0f}/s accepted  p99 {p99}  {errors:,} errors"


class Lines:
    """For logs: a line every five seconds, over the time since the line before."""

    def __init__(self) -> None:
        self._since: list[Sample] = []
        self._errors = 0
        self._shown = 0.0

    def show(self, sample: Sample) -> None:
        """Take a sample; print when it is time."""
        self._since.append(sample)
        self._errors += sample.errors
        if sample.at - self._shown >= _LINE_S:
            click.echo(f"{sample.at:6.0f} s {words(self._merged(), self._errors)}", err=True)
            self._since, self._shown = [], sample.at

    def _merged(self) -> Sample:
        """Of several samples the mean rate and the worst p99."""
        seen, since = 0.0, self._shown
        for sample in self._since:
            seen, since = seen + sample.rate * (sample.at - since), sample.at
        latencies = [sample.p99_ms for sample in self._since if sample.p99_ms is not None]
        return Sample(since, seen / (since - self._shown), max(latencies, default=None), 0)


@contextmanager
def _bar(schedule: Schedule) -> Iterator[Show]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    errors = 0
    columns = (TextColumn("{task.fields[clock]}"), BarColumn(), TextColumn("{task.fields[now]}"))
    # No thread of its own: it would take the interpreter from the generator.
    with Progress(*columns, console=Console(stderr=True), auto_refresh=False, transient=True) as bar:
        task = bar.add_task("", total=schedule.seconds, clock="connected", now="")

        def show(sample: Sample) -> None:
            nonlocal errors
            errors += sample.errors
            clock = f"{sample.at:5.1f} of {schedule.seconds:g} s"
            bar.update(task, completed=sample.at, clock=clock, now=words(sample, errors))
            bar.refresh()

        yield show
