"""Latency at a fixed rate that is offered, from `ordermill load`: an open loop, which omits nothing.

`python -m benchmarks.latency` shows instead how little it depends on what follows: orders are processed, or mails
sent, at five seconds each, and placing an order takes no longer.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import click
import msgspec

from benchmarks.hanging import HANGING, Slower, set_faults, slower
from benchmarks.processes import Unmeasured, ordermill
from ordermill.topology.model import DEFAULT_PIPELINE


class _Percentiles(msgspec.Struct):
    p50: float
    p99: float


class _Report(msgspec.Struct, rename="camel"):
    """What is read of the report."""

    achieved_rate: float
    due: int
    accepted: int
    latency: _Percentiles | None


def latency_at(url: str, rate: int, seconds: int) -> dict[str, float]:
    """`p50` and `p99` in milliseconds and the `achieved` rate. Raises Unmeasured where nothing was measured.

    Where the rate is not achieved, the percentiles are lower bounds that grow with the run.
    """
    command = [sys.executable, "-m", "ordermill.entrypoints.cli", "load", "--url", url, "--json"]
    done = subprocess.run([*command, "--rate", str(rate), "--for", f"{seconds}s"], capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise Unmeasured(f"ordermill load failed:\n{done.stderr}")
    report = msgspec.json.decode(done.stdout, type=_Report)
    if report.latency is None:
        raise Unmeasured(f"no order was accepted at {rate}/s")
    return {"p50": report.latency.p50, "p99": report.latency.p99, "achieved": report.achieved_rate}


@click.command()
@click.option("--rounds", type=click.IntRange(1), default=40, show_default=True, help="How many, for each that hangs.")
@click.option("--orders", type=click.IntRange(2), default=40, show_default=True, help="How many a round.")
@click.option("--pipeline", default=DEFAULT_PIPELINE, show_default=True, help="Of both servers.")
def main(rounds: int, orders: int, pipeline: str) -> None:
    """Compare the 95th percentile of POST /orders while something hangs with that of a server where nothing does."""
    for name in HANGING:
        found = _while_hanging(name, pipeline, rounds=rounds, orders=orders)
        click.echo(
            f"{name} hangs: p95 {found.waiting.median:.2f} ms against {found.plain.median:.2f} ms,"
            f" a ratio of {found.ratio:.2f}"
        )


def _while_hanging(name: str, pipeline: str, *, rounds: int, orders: int) -> Slower:
    """On servers of its own: what still hangs is nobody else's."""
    with (
        tempfile.TemporaryDirectory(prefix="ordermill-bench-", dir=Path.cwd()) as folder,
        ordermill(Path(folder) / "waiting", pipeline) as waiting,
        ordermill(Path(folder) / "plain", pipeline) as plain,
    ):
        token = (waiting.data / "staff-token").read_text(encoding="ascii").strip()
        set_faults(waiting.url, token, HANGING[name])
        return slower(waiting.url, plain.url, rounds=rounds, orders=orders)


if __name__ == "__main__":
    main()
