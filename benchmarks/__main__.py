"""Measure, print a table, and keep the figures as JSON.

Every rate stands beside the raw limits of the same machine in the same run; compare ratios, not machines.
"""

from __future__ import annotations

import platform
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.table import Table

from benchmarks.load import Load, folder, post_orders, require_wrk
from benchmarks.raw import group_commit
from benchmarks.server import free_port, mailed, ordermill, processed, running


class Figures(msgspec.Struct):
    """Rates are per second. `completed` counts orders from the first request until the last was PROCESSED."""

    at: str
    python: str
    sqlite: str
    seconds: int
    connections: int
    raw_http: Load
    raw_commit_64: float
    accepted: Load
    accepted_keyed: Load
    completed: float
    notified: float


@click.command()
@click.option("--seconds", default=5, show_default=True, help="How long each load lasts.")
@click.option("--connections", default=64, show_default=True, help="How many clients wait at once.")
def main(seconds: int, connections: int) -> None:
    """Measure accept and accept-and-process rates beside the machine's raw limits."""
    require_wrk()
    with tempfile.TemporaryDirectory(prefix="ordermill-bench-", dir=Path.cwd()) as folder_name:
        figures = measure(Path(folder_name), seconds, connections)
    _print(figures)
    file = folder() / f"{figures.at.replace(':', '')}.json"
    file.write_bytes(msgspec.json.format(msgspec.json.encode(figures)))
    click.echo(f"kept as {file.relative_to(Path.cwd())}")


def measure(where: Path, seconds: int, connections: int) -> Figures:
    """All figures, one after another."""
    port = free_port()
    url = f"http://127.0.0.1:{port}/orders"
    with running([sys.executable, "-m", "benchmarks.raw", str(port)], url):
        raw = post_orders(url, seconds=seconds, connections=connections)
    commits = group_commit(where / "raw.db", seconds=seconds, batch=64)
    with ordermill(where / "keyed") as server:
        keyed = post_orders(server + "/orders", seconds=seconds, connections=connections, keyed=True)
    data = where / "data"
    with ordermill(data) as server:
        began = time.monotonic()
        accepted = post_orders(server + "/orders", seconds=seconds, connections=connections)
        done, completed = _until(lambda: processed(data), began)
        all_mailed, notified = _until(lambda: mailed(data), began)
    if not done == all_mailed >= accepted.requests:
        sys.exit(f"{accepted.requests} orders accepted, {done} processed, {all_mailed} mailed: something is lost")
    return Figures(
        datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        platform.python_version(),
        sqlite3.sqlite_version,
        seconds,
        connections,
        raw,
        commits,
        accepted,
        keyed,
        completed,
        notified,
    )


def _until(count: Callable[[], int], began: float) -> tuple[int, float]:
    """Wait until a count stands still for two seconds; the count, and its rate since `began`."""
    last, changed = -1, time.monotonic()
    while time.monotonic() - changed < 2:
        now = count()
        if now != last:
            last, changed = now, time.monotonic()
        time.sleep(0.1)
    return last, last / (changed - began)


def _print(figures: Figures) -> None:
    table = Table(title=f"Ordermill, {figures.connections} connections, {figures.seconds} s each, synchronous=FULL")
    for heading in ("what", "per second", "p50 ms", "p99 ms", "of raw HTTP", "of raw commits"):
        table.add_column(heading, justify="left" if heading == "what" else "right")
    raw, commits = figures.raw_http, figures.raw_commit_64

    def row(what: str, rate: float, load: Load | None = None) -> None:
        latency = (f"{load.p50_ms:.1f}", f"{load.p99_ms:.1f}") if load else ("", "")
        table.add_row(what, f"{rate:,.0f}", *latency, f"{rate / raw.rate:.2f}", f"{rate / commits:.2f}")

    row("raw HTTP, nothing stored", raw.rate, raw)
    row("raw commits, 64 rows each, no HTTP", commits)
    row("accepted", figures.accepted.rate, figures.accepted)
    row("accepted, with idempotency keys", figures.accepted_keyed.rate, figures.accepted_keyed)
    row("accepted and PROCESSED", figures.completed)
    row("accepted, PROCESSED and mailed", figures.notified)
    Console(width=max(100, Console().width)).print(table)
    errors = figures.raw_http.errors + figures.accepted.errors + figures.accepted_keyed.errors
    if errors:
        click.echo(f"{errors} answers were no success", err=True)


if __name__ == "__main__":
    main()
