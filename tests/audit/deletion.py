"""Rules about deleted orders: settled first, then archived whole, then no more than a stub; nothing of it twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from tests.audit.attempts import Json
from tests.audit.orders import owes
from tests.audit.snapshot import Snapshot

_ARCHIVING: Final = ("publish_order_event", "archive_deleted_orders")


def deletions(snapshot: Snapshot) -> Iterator[str]:
    """A wish leads to a tombstone, a tombstone to the archive, and only what is archived is forgotten."""
    for order_id, order in snapshot.orders.items():
        wish = order.get("deletion")
        if wish is None:
            if order_id in snapshot.archived or order_id in snapshot.archive_rows:
                yield f"{order_id} is archived and was not deleted"
            continue
        marks = sum(entry["changed"] == ["deleted"] for entry in order["history"])
        if wish["done"] == owes(order):
            yield f"{order_id} is {'' if wish['done'] else 'not '}deleted, its compensation {order['compensation']}"
        if marks != wish["done"]:
            yield f"{order_id} became a tombstone {marks} times"
        if order_id in snapshot.stubs:
            if order_id not in snapshot.archived:
                yield f"{order_id} is forgotten and its archive is not there"
            if order_id not in snapshot.archive_rows:
                yield f"{order_id} is forgotten and the archive does not list it"
        elif wish["done"] and order_id not in _under_way(snapshot):
            yield f"{order_id} is a tombstone and nothing is left to archive it"
    for order_id in snapshot.archive_rows - snapshot.orders.keys():
        if order_id not in snapshot.archived:
            yield f"{order_id} is in the archive's list and not in the archive"


def nothing_left(snapshot: Snapshot) -> Iterator[str]:
    """Of a system that has settled: every tombstone is archived, but for those given up."""
    given_up = {letter["orderId"] for letter in snapshot.dead}
    for order_id, order in snapshot.orders.items():
        if order.get("deletion") is not None and order_id not in snapshot.stubs | dict.fromkeys(given_up):
            yield f"{order_id} was deleted and is still there"


def _under_way(snapshot: Snapshot) -> set[Any]:
    found: set[Any] = {message.order_id for message in snapshot.messages if message.queue == "archive-deleted-orders"}
    found |= {change.order_id for change in (*snapshot.changes, *snapshot.parked) if _buries(change.order)}
    return found | {letter["orderId"] for letter in snapshot.dead if letter["function"] in _ARCHIVING}


def _buries(order: Json) -> bool:
    return any(entry["changed"] == ["deleted"] for entry in order["history"])
