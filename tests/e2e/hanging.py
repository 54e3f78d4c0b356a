"""A server's engine with a function that never returns: `python hanging.py DATABASE`.

Places three orders where there are none yet, and ends with 0 once nothing is left to do. The event log never comes
back from the payment of the customer named Poison; the watchdog then ends the process with 70, as it would `up`'s.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from ordermill.adapters.local.database import open_reader
from ordermill.adapters.local.stores import LocalEvents
from ordermill.bootstrap.local import LocalSystem, for_local
from ordermill.domain.commands import PlaceOrder
from ordermill.domain.events import EventType, OrderEvent
from ordermill.domain.json_body import read_json
from ordermill.ports.ambient import Settings
from ordermill.runtime.cycle import Answer
from ordermill.runtime.inbox import Intake
from ordermill.topology.loader import load

CUSTOMERS = ("Ada", "Poison", "Grace")


class ThisProcess:
    """The engine's host."""

    def deliver(self, answers: Sequence[Answer]) -> None:
        """In the engine's thread: nobody here minds."""
        for reply, result, error in answers:
            reply(result, error)

    def end(self, status: int) -> None:
        """As the server does."""
        os._exit(status)


class Hanging:
    """The event log, but for one event."""

    def __init__(self) -> None:
        self.system: LocalSystem | None = None

    def append(self, event: OrderEvent) -> None:
        """Store it, or never return."""
        assert self.system is not None
        store = self.system.store
        order = store.tables.orders.get(store.connection, event.subject)
        assert order is not None
        while order.customer_name == "Poison" and event.type is EventType.ORDER_PAID:
            pass
        LocalEvents(store).append(event)

    def redact(self, order_id: str) -> None:
        """Asked for by nobody here."""
        raise NotImplementedError


def place(system: LocalSystem) -> None:
    """Three orders, stored when this returns."""
    stored = threading.Semaphore(0)
    for name in CUSTOMERS:
        text = read_json(json.dumps({"customerName": name, "product": "Mug", "quantity": 1}).encode())
        message = PlaceOrder(text.value, text=text)
        system.engine.inbox.put(Intake(system.writers["start_workflow"], message, lambda *_: stored.release()))
    for _ in CUSTOMERS:
        stored.acquire(timeout=10)


def main(database: Path) -> int:
    """The exit status."""
    topology = load()
    record = replace(topology.functions["record_order_event"], timeout_s=1)
    topology = replace(topology, functions={**topology.functions, "record_order_event": record})
    hanging = Hanging()
    fresh = not database.exists()
    hanging.system = system = for_local(
        database, Settings(retry_base_ms=1), ThisProcess(), topology=topology, ports={"events": hanging}
    )
    system.start()
    if fresh:
        place(system)
    reader = open_reader(database)
    left = "SELECT (SELECT count(*) FROM messages) + (SELECT count(*) FROM changes) > 0"
    while reader.execute(left).fetchone()[0]:
        time.sleep(0.02)
    reader.close()
    system.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
