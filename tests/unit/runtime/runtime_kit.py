"""A store in a file of its own, time that passes when told, and handlers that need no function."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import msgspec

from ordermill.adapters.local.store import LocalStore
from ordermill.domain.backoff import Backoff
from ordermill.domain.events import OrderChange
from ordermill.domain.order import Line as OrderLine
from ordermill.domain.order import Order, OrderDraft, place
from ordermill.runtime.handlers import ChangeFilter, Delivery, Handler, Plain, Receiving, Staged
from ordermill.runtime.queue_source import QueueSource
from ordermill.runtime.stream_source import StreamSource

BACKOFF_MS = 100
VISIBILITY_MS = 60_000
ALL = [ChangeFilter(frozenset({"INSERT", "MODIFY"}), None, None)]


class Now:
    """Epoch milliseconds that pass when told."""

    def __init__(self) -> None:
        self.ms = 1_763_640_000_000

    def __call__(self) -> int:
        return self.ms


def order_of(order_id: str) -> Order:
    """A PENDING order."""
    line = OrderLine("Widget", None, 1, 999)
    draft = OrderDraft(None, None, None, None, None, (line,), "USD", 999, "tok_approve")
    return place(draft, order_id=order_id, at=0, by="create_order")


def insert_of(order_id: str) -> OrderChange:
    """The change record of a new order."""
    return OrderChange("INSERT", 0, None, order_of(order_id))


def letters(store: LocalStore) -> list[Any]:
    """What was given up, as it waits for whoever takes dead letters."""
    rows = store.connection.execute("SELECT body FROM messages WHERE queue = 'dead-letters' ORDER BY id")
    return [json.loads(body) for (body,) in rows]


def waiting(store: LocalStore) -> int:
    """How many other messages there are."""
    found: int = store.connection.execute("SELECT count(*) FROM messages WHERE queue <> 'dead-letters'").fetchone()[0]
    return found


def plain(name: str = "consume") -> Plain:
    """A function that does nothing."""
    return Plain(name, 10, False, lambda message: None)


def staged(name: str = "consume") -> Staged:
    """A staged one; only its kind matters to a source."""
    return Staged(name, 10, False, _same, _same, lambda message, outcome: None, lambda calls: nullcontext(), 1, 1)


def _same(message: Any) -> Any:
    return message


def receiving(now: Now, in_flight_max: int) -> Receiving:
    """Three receives, back-off without chance."""
    return Receiving(3, VISIBILITY_MS, in_flight_max, Backoff(BACKOFF_MS, lambda: 0.0), now)


def queue_source(
    store: LocalStore, now: Now, *, queue: str = "q", in_flight_max: int = 8, handler: Handler | None = None
) -> QueueSource:
    """A consumer of `queue`: three receives, back-off without chance."""
    return QueueSource(
        handler or plain(),
        queue,
        messages=store.messages,
        decode=msgspec.json.decode,
        receiving=receiving(now, in_flight_max),
    )


def stream_source(
    store: LocalStore,
    now: Now,
    *,
    filters: list[ChangeFilter] | None = None,
    of_stages: bool = True,
    in_flight_max: int = 8,
    draining: bool = False,
) -> StreamSource:
    """A consumer of the change stream: three receives, back-off without chance."""
    return StreamSource(
        staged() if of_stages else plain(),
        "orders",
        changes=store.stream,
        messages=store.messages,
        decode=_same,
        filters=filters or ALL,
        receiving=receiving(now, in_flight_max),
        draining=draining,
    )


def recovered(store: LocalStore, source: StreamSource) -> StreamSource:
    """The source, taken up where the file says it stands."""
    store.begin()
    name = source.handler.name
    position = store.stream.open(*([], [name]) if source.draining else ([name],)).get(name)
    store.commit()
    source.recover(position)
    source.refill()
    return source


def turn(
    store: LocalStore,
    source: StreamSource,
    *changes: OrderChange,
    done: list[Delivery] | None = None,
    failed: list[Delivery] | None = None,
    claim: int = 100,
) -> list[Delivery]:
    """One cycle as the engine runs it; what it claimed."""
    store.begin()
    for delivery in done or []:
        source.done(delivery)
    for delivery in failed or []:
        source.failed(delivery, "it failed")
    for change in changes:
        store.stream.append(change)
    source.offer(store.stream.written())
    claimed = source.claim(claim)
    source.save()
    store.stream.trim(source.checkpoint)
    store.commit()
    source.refill()
    return claimed


def seq_of(delivery: Delivery) -> int:
    """The number of the change record."""
    seq: int = delivery.item.seq
    return seq


def open_store(folder: Path) -> LocalStore:
    """A store that need not survive a power cut."""
    store = LocalStore(folder / "test.db")
    store.connection.execute("PRAGMA synchronous = OFF")
    return store


def count(store: LocalStore, table: str, where: str = "true") -> int:
    """How many rows."""
    found: int = store.connection.execute(f"SELECT count(*) FROM {table} WHERE {where}").fetchone()[0]
    return found
