"""Latency at a fixed rate that is offered, from `ordermill load`: an open loop, which omits nothing."""

from __future__ import annotations

import subprocess
import sys

import msgspec

from benchmarks.processes import Unmeasured


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
