"""The ports that live in the local store, and what the store holds from its first start."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from importlib.resources import files

from ordermill.adapters.local.alerts import LocalAlertLog, ReadAlertLog
from ordermill.adapters.local.archive import LocalArchive, ReadArchive
from ordermill.adapters.local.images import LocalImages, ReadImages
from ordermill.adapters.local.letters import LocalDeadLetters, ReadDeadLetters
from ordermill.adapters.local.mail_list import ReadMails
from ordermill.adapters.local.messaging import LocalMessages, LocalQueue, LocalTopic
from ordermill.adapters.local.readers import Readers, ReadOrders, ReadProducts
from ordermill.adapters.local.remains import LocalRemains
from ordermill.adapters.local.sql import queries
from ordermill.adapters.local.store import LocalStore
from ordermill.adapters.local.stores import (
    LocalClaims,
    LocalEvents,
    LocalMails,
    LocalOrders,
    LocalProducts,
)
from ordermill.adapters.local.subscriptions import LocalSubscriptions, ReadSubscriptions
from ordermill.domain.catalogue import read_catalogue
from ordermill.domain.commands import PlaceOrder
from ordermill.domain.dead_letters import PROCESSING
from ordermill.domain.errors import OrdermillError
from ordermill.domain.idempotency import claim_of
from ordermill.ports.ambient import Clock
from ordermill.topology.model import Topology
from ordermill.topology.views import enabled, is_streamed, left_behind, subscriptions


def engine_ports(
    store: LocalStore, topology: Topology, pipeline: str, clock: Clock, steady_ms: Callable[[], int]
) -> dict[str, object]:
    """Resource to port, for functions that run inside the engine; messages are delayed by `steady_ms`, its own time."""
    consumed = {spec.trigger.source for spec in enabled(topology, pipeline).values() if spec.trigger.kind == "queue"}
    ports: dict[str, object] = {
        "orders": LocalOrders(store, clock),
        "idempotency": LocalClaims(store, clock),
        "products": LocalProducts(store),
        "events": LocalEvents(store),
        "mails": LocalMails(store),
        "dead-letters": LocalDeadLetters(store),
        "messages": _messages(store, topology, pipeline, clock),
        "alert-log": LocalAlertLog(store.connection, store.alerts),
        "archived-orders": LocalArchive(store),
        "images": LocalImages(store.connection, store.tables.images, clock),
        "remains": LocalRemains(store),
        "subscriptions": LocalSubscriptions(store.connection, store.subscriptions),
    }
    for queue in topology.queues:
        ports[queue] = LocalQueue(store.messages, queue, clock, steady_ms)
    for topic in topology.topics:
        # A queue that nothing consumes in this pipeline would only fill up.
        wanted = {
            queue: None if filter_ is None else filter_["type"]
            for queue, filter_ in subscriptions(topology, topic).items()
            if queue in consumed
        }
        ports[topic] = LocalTopic(store.messages, wanted, clock)
    return ports


def reading_ports(readers: Readers, clock: Clock) -> dict[str, object]:
    """Resource to port, for functions that run outside it."""
    return {
        "orders": ReadOrders(readers),
        "products": ReadProducts(readers),
        "dead-letters": ReadDeadLetters(readers),
        "alert-log": ReadAlertLog(readers),
        "mails": ReadMails(readers),
        "archived-orders": ReadArchive(readers),
        "images": ReadImages(readers, clock),
        "subscriptions": ReadSubscriptions(readers),
    }


def _messages(store: LocalStore, topology: Topology, pipeline: str, clock: Clock) -> LocalMessages:
    """What sends on. Queues that were left have their consumers for good, streams only until they are drained."""
    functions = enabled(topology, pipeline)
    kept = [*functions.items(), *left_behind(topology, pipeline)]
    queues = {spec.trigger.source for _, spec in kept if spec.trigger.kind == "queue"}
    consumers = {f"{spec.trigger.source}>{name}" for name, spec in functions.items() if spec.trigger.kind == "stream"}
    streamed = is_streamed(topology, pipeline, PROCESSING)
    return LocalMessages(store.messages, store.stream, clock, queues, consumers, streamed=streamed)


def prefetches(store: LocalStore) -> dict[str, Callable[[Sequence[PlaceOrder]], None]]:
    """What brings into memory at once what a batch of requests will ask for, by function."""
    return dict.fromkeys(("start_workflow", "create_order", "submit_order"), partial(_prefetch_claims, store))


def _prefetch_claims(store: LocalStore, messages: Sequence[PlaceOrder]) -> None:
    """Bring the idempotency claims that these requests may meet into memory at once."""
    keys = []
    for message in messages:
        # What is wrong with a key, the function itself says.
        with suppress(OrdermillError):
            if claimed := claim_of(message):
                keys.append(claimed[0])
    if keys:
        store.tables.claims.prefetch(store.connection, keys)


def load_shipped_catalogue(store: LocalStore) -> None:
    """At the first start only: an operator who empties or replaces the catalogue keeps what they have."""
    if store.connection.execute(queries()["meta"], ("catalogue-shipped",)).fetchone():
        return
    store.begin()
    for product in read_catalogue(files("ordermill").joinpath("catalogue.csv").read_text(encoding="utf-8")):
        store.tables.put_product(product)
    store.connection.execute(queries()["set_meta"], ("catalogue-shipped", b"1"))
    store.commit()


def secret(connection: sqlite3.Connection, key: str) -> bytes:
    """32 random bytes, made at the first start and kept."""
    connection.execute(queries()["set_meta"], (key, secrets.token_bytes(32)))
    value: bytes = connection.execute(queries()["meta"], (key,)).fetchone()[0]
    return value
