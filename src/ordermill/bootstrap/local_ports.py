"""The ports that live in the local store, and what the store holds from its first start."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from functools import partial
from importlib.resources import files
from typing import Any

from ordermill.adapters.local.mail import FileMailer
from ordermill.adapters.local.messaging import LocalQueue, LocalTopic
from ordermill.adapters.local.payments import Gateway
from ordermill.adapters.local.sql import queries
from ordermill.adapters.local.store import LocalStore
from ordermill.adapters.local.stores import LocalClaims, LocalEvents, LocalMails, LocalOrders, LocalProducts
from ordermill.domain.catalogue import read_catalogue
from ordermill.domain.commands import PlaceOrder
from ordermill.domain.errors import OrdermillError
from ordermill.domain.idempotency import claim_of
from ordermill.ports.ambient import Clock
from ordermill.topology.model import Topology
from ordermill.topology.views import enabled, subscriptions


def engine_ports(store: LocalStore, topology: Topology, pipeline: str, clock: Clock) -> dict[str, object]:
    """Resource to port, for functions that run inside the engine."""
    consumed = {spec.trigger.source for spec in enabled(topology, pipeline).values() if spec.trigger.kind == "queue"}
    ports: dict[str, object] = {
        "orders": LocalOrders(store, clock),
        "idempotency": LocalClaims(store, clock),
        "products": LocalProducts(store),
        "events": LocalEvents(store),
        "mails": LocalMails(store),
    }
    for queue in topology.queues:
        ports[queue] = LocalQueue(store.messages, queue, clock)
    for topic in topology.topics:
        # A queue that nothing consumes in this pipeline would only fill up.
        wanted = {
            queue: None if filter_ is None else filter_["type"]
            for queue, filter_ in subscriptions(topology, topic).items()
            if queue in consumed
        }
        ports[topic] = LocalTopic(store.messages, wanted, clock)
    return ports


def prefetches(store: LocalStore) -> dict[str, Callable[[Sequence[PlaceOrder]], None]]:
    """What brings into memory at once what a batch of requests will ask for, by function."""
    return dict.fromkeys(("start_workflow", "create_order", "submit_order"), partial(_prefetch_claims, store))


def batches(
    gateway: Gateway, mailer: FileMailer
) -> dict[str, Callable[[Sequence[Any]], AbstractContextManager[object]]]:
    """What the calls of a chunk have in common, by service."""
    return {
        "payments": lambda calls: gateway.batch([charge.key for charge in calls]),
        "mail": lambda calls: mailer.batch([mail.mail_id for mail in calls]),
    }


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
