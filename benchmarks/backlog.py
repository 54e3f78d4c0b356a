"""A data directory as a crash leaves it: full of orders that were accepted and not processed.

`python -m benchmarks.backlog DATA PIPELINE ORDERS` runs the real engine, which accepts the orders and commits them as
ever, but claims nothing; then the process kills itself, so that nothing is checkpointed or closed.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.processes import Unmeasured, ordermill
from benchmarks.watch import watching
from benchmarks.wrk import ORDER
from ordermill.adapters.local.data_dir import DataDirectory
from ordermill.bootstrap.local import Deadlines, for_local
from ordermill.entrypoints.bindings import BINDINGS
from ordermill.entrypoints.web import Request
from ordermill.ports.ambient import Settings
from ordermill.runtime.cycle import Answer
from ordermill.runtime.inbox import Intake
from ordermill.topology.views import enabled

_WAITING_MAX = 1024
_ROUTE = "POST /orders"


class _Host:
    """The engine's host: counts answers, and lets a failure end the process."""

    def deliver(self, answers: Sequence[Answer]) -> None:
        """See `Host.deliver`."""
        for reply, result, error in answers:
            reply(result, error)

    def end(self, status: int) -> None:
        """See `Host.end`."""
        os._exit(status)


def build(data: Path, pipeline: str, orders: int) -> None:
    """Fill `data`, in a process of its own. Raises Unmeasured if that fails."""
    command = [sys.executable, "-m", "benchmarks.backlog", str(data), pipeline, str(orders)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != -signal.SIGKILL:
        raise Unmeasured(f"no backlog could be built:\n{done.stderr}")


def drain(data: Path, pipeline: str, orders: int) -> dict[str, float]:
    """Start a server on a copy of that directory and wait until every order is PROCESSED.

    `recovery` and `peak_mb` as in `Server`; `drain` is orders a second from the process's start, recovery included.
    """
    copy = data.with_name(data.name + "-drained")
    shutil.copytree(data, copy)
    try:
        began = time.perf_counter()
        with ordermill(copy, pipeline) as server, watching(copy, pipeline) as watch:
            rate = watch.wait_processed(orders) / (time.perf_counter() - began)
            peak = server.peak_mb()
            return {"recovery": server.ready_s, "drain": rate, **({"peak_mb": peak} if peak else {})}
    finally:
        shutil.rmtree(copy)


def _fill(data: Path, pipeline: str, orders: int) -> None:
    directory = DataDirectory(data, "http://127.0.0.1")
    system = for_local(
        *(directory.database, Settings(), _Host()),
        payments=directory.payments,
        mail=directory.mail,
        pipeline=pipeline,
        deadlines=Deadlines(in_flight=0),
    )
    functions = enabled(system.topology, pipeline)
    name = next(name for name, spec in functions.items() if spec.trigger.source == _ROUTE)
    headers = {"content-type": "application/json"}
    message = BINDINGS[name].decode(Request("POST", _ROUTE, {}, {}, headers, ORDER.encode()))
    room = threading.Semaphore(_WAITING_MAX)

    def answered(result: object, error: BaseException | None) -> None:
        if error is not None:
            print(f"an order was refused: {error}", file=sys.stderr, flush=True)
            os._exit(1)
        room.release()

    system.start()
    for _ in range(orders):
        room.acquire()
        system.engine.inbox.put(Intake(system.writers[name], message, answered))
    for _ in range(_WAITING_MAX):
        room.acquire()
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    _fill(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
