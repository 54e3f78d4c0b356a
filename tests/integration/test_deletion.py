"""Orders that are deleted: settled, archived once, whole, and gone; whatever is under way, repeated, late, or down."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from email import message_from_bytes
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ordermill.adapters.local.subscriptions import LocalSubscriptions
from ordermill.domain.archive import ArchiveFilter, archive_key
from ordermill.domain.commands import (
    ActOnOrders,
    DeleteOrder,
    GetArchive,
    GetArchivedOrder,
    GetOrders,
    ProcessOrder,
    RedriveDeadLetters,
    TellSubscribers,
)
from ordermill.domain.deletion import deleted, is_stub
from ordermill.domain.errors import IdempotencyKeyReused, InvalidTransition, NotFound, Stale
from ordermill.domain.events import OrderChange, events_of
from ordermill.domain.order import Order, Status
from ordermill.domain.order_list import OrderFilter
from ordermill.domain.subscriptions import Subscription
from ordermill.functions.on_order_deleted import PAGE
from ordermill.ports.objects import BucketUnavailable, ObjectPage, StoredObject
from tests.audit.attempts import Attempt
from tests.audit.auditor import violations
from tests.audit.snapshot import take
from tests.integration.system_kit import Mill, StartMill, of_sku, widgets
from tests.integration.test_exits import HeldGateway, act, customer, stock_of

SKU = "KEYBOARD-TKL"


class UnsteadyBucket:
    """A bucket that is away for its first calls, of which it says how many it saw; then it keeps what it gets."""

    def __init__(self, away: int) -> None:
        self.away, self.calls = away, 0
        self.puts: list[str] = []
        self.objects: dict[str, bytes] = {}

    def put(self, key: str, body: bytes, content_type: str) -> None:
        self.calls += 1
        if self.calls <= self.away:
            raise BucketUnavailable("the bucket is away", rest_ms=1)
        self.puts.append(key)
        self.objects[key] = body

    def read(self, key: str) -> StoredObject | None:
        body = self.objects.get(key)
        return None if body is None else StoredObject(body, "application/json", "", 0)

    def read_many(self, keys: Sequence[str]) -> tuple[StoredObject | None, ...]:
        raise NotImplementedError

    def list(self, limit: int, after: str | None = None, prefix: str = "") -> ObjectPage:
        raise NotImplementedError

    def delete(self, key: str) -> None:
        raise NotImplementedError

    def link(self, key: str, *, expires_s: int, content_type: str, filename: str | None = None) -> str:
        raise NotImplementedError


def delete(mill: Mill, order_id: str, reason: str | None = None, *versions: str) -> Order:
    order: Order = mill.send(DeleteOrder(order_id, versions or None, reason), "delete_order").result(10)
    return order


def kept(mill: Mill, order_id: str) -> Order:
    """What the table has, which nobody is shown."""
    ((body,),) = mill.rows("SELECT body FROM orders WHERE order_id = ?", order_id)
    return msgspec.json.decode(body, type=Order)


def gone(mill: Mill, order_id: str) -> dict[str, Any]:
    """The order's archive, once no more than a stub is left and nothing is to be done."""
    mill.settle(lambda: is_stub(kept(mill, order_id)))
    mill.settle(mill.quiet)
    body: bytes = mill.system.readers["get_archived_order"](GetArchivedOrder(order_id))
    archived: dict[str, Any] = json.loads(body)
    return archived


def path_of(archived: dict[str, Any]) -> list[tuple[str, str, list[str]]]:
    return [(entry["status"], entry["by"], entry["changed"]) for entry in archived["history"]]


def listed(mill: Mill, **filter_: Any) -> list[str]:
    page = mill.system.readers["get_archive"](GetArchive(ArchiveFilter(**filter_), 200))
    return [row.order_id for row in page.orders]


def check(mill: Mill, *placed: tuple[dict[str, Any], str], payments: Path | None = None) -> None:
    """Audit the stopped system, of which these orders were all."""
    mill.close()
    attempts = [Attempt(body, None, "ok", order_id, order_id) for body, order_id in placed]
    assert violations(take(mill.data.parent, payments=payments), attempts) == []


def test_a_paid_order_is_refunded_archived_and_gone(any_mill: Mill) -> None:
    before, body = stock_of(any_mill, SKU), customer(of_sku(SKU, 2) | {"email": "ada@example.org", "note": "ring"})
    order_id = any_mill.place(body).order.order_id
    order = any_mill.finished(order_id)
    any_mill.settle(any_mill.quiet)

    left = delete(any_mill, order_id, "a mistake")
    assert (left.status, left.compensation) == ("CANCELLED", "RUNNING")
    assert stock_of(any_mill, SKU) == before
    with pytest.raises(NotFound):
        any_mill.order(order_id)
    assert any_mill.system.readers["get_orders"](GetOrders(OrderFilter(), 9)).orders == ()

    archived = gone(any_mill, order_id)
    assert path_of(archived)[-3:] == [
        ("CANCELLED", "staff", []),
        ("CANCELLED", "compensate_order", ["compensation", "payment"]),
        ("CANCELLED", "compensate_order", ["deleted"]),
    ]
    assert len(path_of(archived)) == order.version + 3
    assert archived["note"] == "ring"
    assert archived["payment"]["status"] == "REFUNDED"
    assert (archived["deletedBy"], archived["deletionReason"]) == ("staff", "a mistake")
    assert any_mill.charges(order_id) == [("charge", "approved"), ("void", "approved")]
    assert listed(any_mill) == [order_id]
    # The log of events, which stays, has nothing of the person.
    events = any_mill.rows("SELECT type, body FROM events WHERE order_id = ? ORDER BY seq", order_id)
    assert [kind for kind, _ in events][-3:] == ["OrderCancelled", "OrderUpdated", "OrderDeleted"]
    assert b"ring" not in b"".join(body for _, body in events)
    # Its customer is told of the cancellation, once.
    assert sorted(mail.event for mail in any_mill.mails()) == ["OrderCancelled", "OrderProcessed"]
    with pytest.raises(NotFound):
        delete(any_mill, order_id)
    check(any_mill, (body, order_id))


@pytest.mark.parametrize("charged", [True, False], ids=["charged", "not yet charged"])
def test_an_order_that_is_deleted_while_its_charge_is_out_gives_everything_back(
    start_mill: StartMill, pipeline: str, tmp_path: Path, charged: bool
) -> None:
    held = HeldGateway(tmp_path / "held", charged=charged)
    mill = start_mill(pipeline=pipeline, ports={"payments": held})
    before, body = stock_of(mill, SKU), customer(of_sku(SKU, 2))
    order_id = mill.place(body).order.order_id
    assert held.entered.wait(10)
    delete(mill, order_id)
    # The void does not wait for the charge, and the archive for neither.
    mill.settle(lambda: is_stub(kept(mill, order_id)))
    held.release.set()
    archived = gone(mill, order_id)
    assert stock_of(mill, SKU) == before
    assert archived["compensation"] == "DONE"
    moves = [move for move in held.moves(order_id) if move[1] == "approved"]
    assert sum(amount if kind == "charge" else -amount for kind, _, amount in moves) == 0
    assert mill.dead() == []
    check(mill, (body, order_id), payments=held.path)


def plant(mill: Mill, queue: str, order_id: str, *messages: object) -> None:
    """Put messages into a queue of a stopped system, as if they had been there all the time."""
    with closing(sqlite3.connect(mill.data)) as connection, connection:
        for message in messages:
            row = (queue, order_id, msgspec.json.encode(message))
            connection.execute(
                "INSERT INTO messages (queue, order_id, body, sent_at, receives) VALUES (?, ?, ?, 0, 0)", row
            )


def test_no_late_message_makes_a_ghost(start_mill: StartMill, pipeline: str) -> None:
    """What a queue may still bring: the order's id, the order as it was accepted, an event of it, its key."""
    mill = start_mill(pipeline=pipeline)
    order_id = mill.place(widgets(), key="k").order.order_id
    order = mill.finished(order_id)
    mill.settle(mill.quiet)
    delete(mill, order_id)
    archived = gone(mill, order_id)
    charges, mails = mill.charges(order_id), mill.mails()
    left, tombstone = kept(mill, order_id), deleted(order, at=1, by="staff")
    mill.close()
    accepted = msgspec.structs.replace(order, status=Status.PENDING, version=1, history=order.history[:1], charges=())
    plant(mill, "order-queue", order_id, ProcessOrder(order_id, 1), ProcessOrder(order_id, 1, accepted))
    for event in events_of(OrderChange("MODIFY", 0, None, tombstone)):
        plant(mill, "notify-customer", order_id, event)
        plant(mill, "compensate-order", order_id, event)
        plant(mill, "archive-deleted-orders", order_id, event)
    mill = start_mill(pipeline=pipeline)
    mill.settle(mill.quiet)
    with pytest.raises(IdempotencyKeyReused):
        mill.place(widgets(), key="k")
    mill.settle(mill.quiet)
    assert kept(mill, order_id) == left
    assert gone(mill, order_id) == archived
    assert mill.rows("SELECT count(*) FROM orders") == [(1,)]
    assert (mill.charges(order_id), mill.mails(), mill.dead()) == (charges, mails, [])


def test_a_failed_order_goes_with_its_dead_letter(any_mill: Mill) -> None:
    body = customer(widgets(token="tok_error"))
    order_id = any_mill.place(body).order.order_id
    any_mill.finished(order_id)
    any_mill.settle(any_mill.quiet)
    assert len(any_mill.dead()) == 1
    delete(any_mill, order_id)
    archived = gone(any_mill, order_id)
    assert path_of(archived)[-1] == ("FAILED", "staff", ["deleted"])
    assert any_mill.dead() == []
    result = any_mill.send(RedriveDeadLetters(None, None, 10, False), "redrive_dead_letters").result(10)
    assert (result.redriven, result.remaining) == ((), 0)
    check(any_mill, (body, order_id))


def test_several_deletions_at_once_are_archived_once_each(start_mill: StartMill) -> None:
    bucket = UnsteadyBucket(away=0)
    mill = start_mill(ports={"archive": bucket})
    ids = [mill.place(widgets()).order.order_id for _ in range(25)]
    for order_id in ids:
        mill.finished(order_id)
    futures = [mill.send(DeleteOrder(order_id), "delete_order") for order_id in ids]
    assert [future.result(10).order_id for future in futures] == ids
    mill.settle(lambda: all(is_stub(kept(mill, order_id)) for order_id in ids))
    assert sorted(bucket.puts) == sorted(map(archive_key, ids))
    assert sorted(listed(mill)) == sorted(ids)


def test_an_archive_that_is_away_uses_up_no_receive(start_mill: StartMill) -> None:
    """However long: each of these calls stands for one rest of a sink that is down."""
    bucket = UnsteadyBucket(away=40)
    mill = start_mill(ports={"archive": bucket})
    ids = [mill.place(widgets()).order.order_id for _ in range(3)]
    for order_id in ids:
        mill.finished(order_id)
        delete(mill, order_id)
    mill.settle(lambda: all(is_stub(kept(mill, order_id)) for order_id in ids))
    assert bucket.calls >= 40
    assert sorted(bucket.puts) == sorted(map(archive_key, ids))
    assert mill.dead() == []
    assert mill.rows("SELECT count(*) FROM dead_letters") == [(0,)]


def test_a_shipped_order_is_deleted_once_it_has_arrived(any_mill: Mill) -> None:
    body = customer(of_sku(SKU, 1))
    order_id = any_mill.place(body).order.order_id
    any_mill.finished(order_id)
    act(any_mill, order_id, "ship")
    with pytest.raises(InvalidTransition):
        delete(any_mill, order_id)
    act(any_mill, order_id, "deliver")
    delete(any_mill, order_id)
    archived = gone(any_mill, order_id)
    assert archived["status"] == "DELIVERED"
    assert archived["shipment"]["deliveredAt"] is not None
    assert any_mill.charges(order_id) == [("charge", "approved")]
    check(any_mill, (body, order_id))


def test_a_deletion_that_names_another_version_is_refused(mill: Mill) -> None:
    order_id = mill.place(widgets()).order.order_id
    version = mill.finished(order_id).version
    with pytest.raises(Stale):
        delete(mill, order_id, None, "1")
    assert mill.order(order_id).version == version
    assert delete(mill, order_id, None, "1", str(version)).deletion is not None


def test_many_are_deleted_by_one_request(mill: Mill) -> None:
    ids = [mill.place(widgets()).order.order_id for _ in range(3)]
    for order_id in ids:
        mill.finished(order_id)
    message = ActOnOrders((*ids, "none"), "delete", "spring cleaning")
    results = mill.send(message, "act_on_orders").result(10)
    assert [result.error is None for result in results] == [True, True, True, False]
    for order_id in ids:
        assert gone(mill, order_id)["deletionReason"] == "spring cleaning"


def subscribe(mill: Mill, count: int) -> list[str]:
    """Confirmed addresses, and one that is not."""
    store = mill.system.store
    addresses = [f"s{number}@example.org" for number in range(count)]
    subscriptions = LocalSubscriptions(store.connection, store.subscriptions)
    store.begin()
    for number, address in enumerate(addresses):
        record = Subscription(f"sub_{number}", address, "CONFIRMED", number, number, confirmed_at=number)
        subscriptions.put(record, expect=0)
    pending = Subscription("sub_p", "p@example.org", "PENDING", 1, 1)
    subscriptions.put(pending, expect=0)
    store.commit()
    return addresses


def test_every_confirmed_subscriber_is_told_once_whatever_is_repeated(start_mill: StartMill) -> None:
    """More than a page of them; the page's message comes again, too."""
    mill = start_mill(start=False)
    addresses = subscribe(mill, 2 * PAGE + 7)
    mill.system.start()
    body = customer(widgets() | {"note": "CANARY"}, "CANARY")
    order_id = mill.place(body).order.order_id
    mill.finished(order_id)
    delete(mill, order_id)
    gone(mill, order_id)

    def told() -> list[Path]:
        return sorted((mill.data.parent / "mail").glob(f"{order_id}-OrderDeleted-*.eml"))

    def check_told() -> None:
        assert sorted(message_from_bytes(path.read_bytes())["To"] for path in told()) == sorted(addresses)

    check_told()
    for path in told():
        mail = message_from_bytes(path.read_bytes())
        text = path.read_text(encoding="utf-8")
        assert "CANARY" not in text
        assert "ada@example.org" not in text
        assert order_id in text
        assert mail["List-Unsubscribe"].startswith("<http://127.0.0.1:8420/subscriptions/unsubscribe?token=")
    before = {path: path.read_bytes() for path in told()}
    mill.close()
    plant(mill, "on-order-deleted", order_id, TellSubscribers(order_id, 1998, "USD", 5))
    mill = start_mill()
    mill.settle(mill.quiet)
    assert {path: path.read_bytes() for path in told()} == before
