"""Orders taken in, processed and announced, while a closed-loop load lasts and after it."""

from __future__ import annotations

import time
from pathlib import Path

from benchmarks.processes import ordermill, running
from benchmarks.watch import Watch, watching
from benchmarks.wrk import Load, post_orders

_POLL_S = 0.1
_STUCK_S = 10


def accept_and_process(data: Path, pipeline: str, *, seconds: int, connections: int) -> tuple[Load, dict[str, float]]:
    """One load without keys on a fresh server, until its last order is PROCESSED, and then until its last mail is sent.

    `processed` counts orders a second from the first request on, `mailed` the mails a second from the last order's
    PROCESSED on: events published, recorded and mailed.
    """
    with ordermill(data, pipeline) as server, watching(data, pipeline) as watch:
        began = time.perf_counter()
        load = post_orders(server.url + "/orders", seconds=seconds, connections=connections)
        orders = watch.wait_processed(load.requests - load.errors)
        found = {"startup": server.ready_s, "processed": orders / (time.perf_counter() - began)}
        if mailed := _mail_rate(watch, orders):
            found["mailed"] = mailed
        if peak := server.peak_mb():
            found["accept_peak_mb"] = peak
    return load, found


def accept_keyed(data: Path, pipeline: str, *, seconds: int, connections: int) -> Load:
    """One load on a fresh server, every order with an idempotency key of its own."""
    with ordermill(data, pipeline) as server:
        return post_orders(server.url + "/orders", seconds=seconds, connections=connections, keyed=True)


def serve_and_load(command: list[str], url: str, *, seconds: int, connections: int) -> Load:
    """One load on whatever `command` serves at `url`."""
    with running(command, url):
        return post_orders(url, seconds=seconds, connections=connections)


def _mail_rate(watch: Watch, orders: int) -> float | None:
    """Mails a second until each of the orders has its own; None where too few were left to tell."""
    first, began = watch.mailed(), time.perf_counter()
    last, at = first, began
    while last < orders and time.perf_counter() - at < _STUCK_S:
        time.sleep(_POLL_S)
        now = watch.mailed()
        if now != last:
            last, at = now, time.perf_counter()
    return (last - first) / (at - began) if at - began > 1 else None
