"""`sweep_orders` in the engine: an order that nothing carries on any more is carried on."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from ordermill.bootstrap.local import for_local
from ordermill.domain.commands import Tick
from ordermill.ports.ambient import Settings
from ordermill.topology.loader import load
from ordermill.topology.model import Topology
from tests.integration.letters_kit import Alerts, history
from tests.integration.system_kit import FutureHost, Mill, StartMill, widgets

DEADLINE_MS = 900_000
LOST = "DELETE FROM messages; DELETE FROM changes; DELETE FROM stream_parked"


def swept_by_request() -> Topology:
    """The shipped topology, whose sweep comes when a test asks for it."""
    topology = load()
    sweep = topology.functions["sweep_orders"]
    trigger = replace(sweep.trigger, kind="http", source="POST /sweep", access="staff")
    return replace(topology, functions={**topology.functions, "sweep_orders": replace(sweep, trigger=trigger)})


def open_swept(data: Path, pipeline: str, **ports: Any) -> Mill:
    host = FutureHost()
    settings = Settings(retry_base_ms=10, payment_timeout_ms=50)
    system = for_local(data, settings, host, pipeline=pipeline, topology=swept_by_request(), ports=ports)
    system.start()
    return Mill(system, host, data)


def tick(mill: Mill, at: int) -> None:
    mill.submit(Tick(at, at - 60_000), function="sweep_orders").result(10)


@pytest.mark.parametrize("token", ["tok_approve", "tok_error"])
def test_what_lost_its_message_is_processed_or_failed_after_the_deadline(
    start_mill: StartMill, pipeline: str, token: str
) -> None:
    # The order is CONFIRMED, its first try has failed, and then its message is gone.
    slow = Settings(retry_base_ms=5000, payment_timeout_ms=50)
    first = start_mill(pipeline=pipeline, settings=slow)
    order_id = first.place(widgets(token=token if token == "tok_error" else "tok_flaky")).order.order_id
    first.settle(lambda: len(first.charges(order_id)) == 1)
    first.close()
    with closing(sqlite3.connect(first.data)) as file:
        file.executescript(LOST)
    alerts = Alerts()
    mill = open_swept(first.data, pipeline, alerts=alerts)
    try:
        changed = mill.order(order_id).updated_at
        tick(mill, changed + DEADLINE_MS - 1)
        assert (mill.quiet(), mill.status(order_id), alerts.published) == (True, "CONFIRMED", [])
        tick(mill, changed + DEADLINE_MS)
        expected = "FAILED" if token == "tok_error" else "PROCESSED"
        assert mill.finished(order_id).status == expected
        mill.settle(mill.quiet)
        assert [alert.reason for alert in alerts.published][:1] == ["ORDER_STUCK"]
        charges = [kind for kind, _ in mill.charges(order_id) if kind == "charge"]
        assert len(charges) == (6 if token == "tok_error" else 3)
    finally:
        mill.close()


def test_what_is_sent_beside_a_message_that_waits_is_processed_once(start_mill: StartMill, pipeline: str) -> None:
    slow = Settings(retry_base_ms=300, payment_timeout_ms=50)
    host_mill = start_mill(pipeline=pipeline, settings=slow, start=False)
    host_mill.close()
    mill = open_swept(host_mill.data, pipeline)
    try:
        order_id = mill.place(widgets(token="tok_flaky")).order.order_id
        mill.settle(lambda: bool(mill.charges(order_id)))
        if mill.status(order_id) == "CONFIRMED":
            tick(mill, mill.order(order_id).updated_at + DEADLINE_MS)
        assert mill.finished(order_id).status == "PROCESSED"
        mill.settle(mill.quiet)
        assert mill.charges(order_id).count(("charge", "approved")) == 1
        assert history(mill, order_id)[-1] == (4, "PROCESSED", "process_order")
    finally:
        mill.close()
