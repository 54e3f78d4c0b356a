"""Deleting an order: what it is then, from every status, and what is left of it at the end."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
from msgspec.structs import replace

from ordermill.domain.archive import archived_json, archived_row
from ordermill.domain.deletion import buried, deleted, is_stub, is_tombstone, present, required, stub
from ordermill.domain.edits import BYTES_MAX
from ordermill.domain.erasure import erased_json
from ordermill.domain.errors import InvalidTransition, NotFound
from ordermill.domain.events import EventType, OrderChange, events_of
from ordermill.domain.exits import compensated, leave, stuck
from ordermill.domain.order import (
    Compensation,
    Deletion,
    HistoryEntry,
    Line,
    Order,
    Payment,
    PaymentStatus,
    Reason,
    Shipment,
    Status,
    Step,
    advance,
)
from ordermill.domain.order_view import order_view
from ordermill.domain.text import NOTE
from ordermill.ports.messaging import MESSAGE_LIMIT

MakeOrder = Callable[..., Order]
KEY = "ord_1/1"
PATH = [Step(Status.CONFIRMED), Step(Status.PAID), Step(Status.PROCESSED), Step(Status.SHIPPED), Step(Status.DELIVERED)]


def at_status(make_order: MakeOrder, status: Status) -> Order:
    """On the path, paid for as far as it is there."""
    reached = PATH[: [step.status for step in PATH].index(status) + 1]
    order = advance(
        make_order(stock_sku="W"), reached, at=5, by="process_order", payment=Payment(PaymentStatus.PENDING)
    )
    return replace(order, charges=(KEY,), stock_reserved=True)


def types(before: Order, after: Order) -> list[EventType]:
    return [event.type for event in events_of(OrderChange("MODIFY", before.version, before.status, after))]


def test_an_order_that_owes_nothing_is_cancelled_and_a_tombstone_at_once(make_order: MakeOrder) -> None:
    order = make_order()
    gone = deleted(order, at=9, by="staff", why="a test")
    assert gone.status is Status.CANCELLED
    assert gone.deletion == Deletion("staff", 9, "a test", done=True)
    assert [(entry.status, entry.changed, entry.by, entry.reason) for entry in gone.history[1:]] == [
        (Status.CANCELLED, (), "staff", "a test"),
        (Status.CANCELLED, ("deleted",), "staff", "a test"),
    ]
    assert types(order, gone) == [EventType.ORDER_CANCELLED, EventType.ORDER_DELETED]
    assert gone.version == 3


@pytest.mark.parametrize("status", [Status.CONFIRMED, Status.PAID, Status.PROCESSED])
def test_one_that_may_have_been_paid_waits_for_its_refund(make_order: MakeOrder, status: Status) -> None:
    order = at_status(make_order, status)
    gone = deleted(order, at=9, by="staff")
    assert (gone.status, gone.compensation) == (Status.CANCELLED, Compensation.RUNNING)
    assert gone.deletion == Deletion("staff", 9, None, done=False)
    assert types(order, gone) == [EventType.ORDER_CANCELLED]
    assert buried(gone, at=10, by="x") is gone
    # A refund that is stuck keeps it waiting too.
    assert buried(stuck(gone, at=10, by="fail_order"), at=11, by="x").deletion == gone.deletion

    settled = buried(compensated(gone, 1998, at=10, by="compensate_order"), at=10, by="compensate_order")
    assert settled.deletion == Deletion("staff", 9, None, done=True)
    assert types(gone, settled) == [EventType.ORDER_UPDATED, EventType.ORDER_DELETED]
    assert settled.payment == Payment(PaymentStatus.REFUNDED, 1998, 1998)


def test_an_order_that_nobody_wants_deleted_is_not_buried(make_order: MakeOrder) -> None:
    settled = compensated(
        leave(at_status(make_order, Status.PAID), Step(Status.CANCELLED), at=6, by="x"), 5, at=7, by="x"
    )
    assert buried(settled, at=8, by="x") is settled


def test_what_left_its_way_and_is_settled_is_a_tombstone_as_it_is(make_order: MakeOrder) -> None:
    declined = leave(make_order(), Step(Status.REJECTED, Reason.OUT_OF_STOCK), at=6, by="process_order")
    delivered = at_status(make_order, Status.DELIVERED)
    failed = leave(make_order(), Step(Status.FAILED, Reason.TIMEOUT), at=6, by="fail_order")
    for order in (declined, delivered, failed):
        gone = deleted(order, at=9, by="staff")
        assert gone.status is order.status
        assert gone.deletion is not None
        assert gone.deletion.done
        assert types(order, gone) == [EventType.ORDER_DELETED]


def test_the_wish_is_a_version_of_its_own_where_a_refund_is_under_way(make_order: MakeOrder) -> None:
    """Or the settlement, which has read the order before, would overwrite it."""
    failed = leave(at_status(make_order, Status.CONFIRMED), Step(Status.FAILED, Reason.TIMEOUT), at=6, by="fail_order")
    gone = deleted(failed, at=9, by="staff", why="enough")
    assert gone.version == failed.version + 1
    assert (gone.status, gone.history[-1].changed, gone.history[-1].reason) == (Status.FAILED, ("deletion",), "enough")
    assert not is_tombstone(gone)
    assert types(failed, gone) == [EventType.ORDER_UPDATED]


def test_what_is_on_its_way_to_the_customer_is_not_deleted(make_order: MakeOrder) -> None:
    with pytest.raises(InvalidTransition) as refused:
        deleted(at_status(make_order, Status.SHIPPED), at=9, by="staff")
    assert (refused.value.from_, refused.value.to, refused.value.allowed) == ("SHIPPED", "CANCELLED", ("DELIVERED",))


def test_a_deleted_order_is_absent_for_whoever_asks(make_order: MakeOrder) -> None:
    order = make_order()
    waiting = deleted(at_status(make_order, Status.PAID), at=9, by="staff")
    for gone in (waiting, deleted(order, at=9, by="staff"), stub(deleted(order, at=9, by="staff")), None):
        assert present(gone) is None
        with pytest.raises(NotFound):
            required(gone)
    assert required(order) is order


def test_only_the_event_of_a_deletion_carries_the_order(make_order: MakeOrder) -> None:
    gone = deleted(make_order(), at=9, by="staff")
    *others, last = events_of(OrderChange("MODIFY", 0, None, gone))
    assert last.data.order == gone
    assert msgspec.json.decode(msgspec.json.encode(last), type=type(last)) == last
    for event in (*others, last.without_order()):
        assert event.data.order is msgspec.UNSET
        assert b'"order"' not in msgspec.json.encode(event)


def test_a_stub_says_nothing_of_a_person_or_of_what_was_ordered(make_order: MakeOrder) -> None:
    order = replace(
        make_order(),
        description="CANARY",
        note="CANARY",
        reason_detail="CANARY",
        customer_name="CANARY",
        customer_id="CANARY",
        email="CANARY",
        payment_token="CANARY",
        image_id="CANARY",
        charges=(),
        shipment=Shipment("CANARY", "CANARY", 1),
    )
    gone = deleted(order, at=9, by="staff", why="CANARY")
    left = stub(gone)
    assert b"CANARY" not in msgspec.json.encode(left)
    assert b"Widget" not in msgspec.json.encode(left)
    assert (left.order_id, left.version, left.status, left.attempt) == ("ord_1", gone.version, gone.status, 1)
    assert is_stub(left)
    assert is_tombstone(gone)
    assert not is_tombstone(left)
    # Nothing is announced of it.
    assert events_of(OrderChange("MODIFY", gone.version, gone.status, left)) == []


def test_the_archive_has_the_order_as_the_api_showed_it(make_order: MakeOrder) -> None:
    gone = deleted(
        replace(make_order(email="Ada@Example.org"), note="ring twice"), at=1_763_640_000_123, by="staff", why="y"
    )
    archived = msgspec.json.decode(archived_json(gone))
    about = {"deletedAt": "2025-11-20T12:00:00.123Z", "deletedBy": "staff", "deletionReason": "y"}
    assert archived == {**msgspec.json.decode(msgspec.json.encode(order_view(gone))), **about}
    assert archived["note"] == "ring twice"
    assert archived["total"] == "19.98"
    assert [entry["changed"] for entry in archived["history"]] == [[], [], ["deleted"]]
    assert "tok_approve" not in archived_json(gone).decode()
    row = archived_row(gone)
    assert (row.order_id, row.deleted_at, row.total, row.currency) == ("ord_1", 1_763_640_000_123, 1998, "USD")
    assert (row.customer_id, row.email) == ("c1", "ada@example.org")


def test_erasing_takes_from_the_archive_what_people_typed_and_leaves_codes(make_order: MakeOrder) -> None:
    rejected = leave(make_order(), Step(Status.REJECTED, Reason.OUT_OF_STOCK), at=5, by="process_order")
    body = erased_json(archived_json(deleted(rejected, at=9, by="staff", why="CANARY")))
    archived = msgspec.json.decode(body)
    assert (archived["reason"], archived["deletedBy"], archived["deletionReason"]) == ("OUT_OF_STOCK", "staff", None)
    assert [entry["reason"] for entry in archived["history"]] == [None, "OUT_OF_STOCK", None]
    assert not any(archived[name] for name in ("customerName", "customerId", "email"))
    assert b"CANARY" not in body
    assert erased_json(body) == body


def test_the_event_of_the_largest_order_fits_into_a_message(make_order: MakeOrder) -> None:
    """Edited until it is edited no more, and then cancelled and deleted with the longest reasons there are."""
    why = "\U0001f600" * NOTE.limit
    lines = tuple(Line("ü" * 200, "ü" * 200, 1_000_000, 10**9, "W") for _ in range(50))
    order = replace(at_status(make_order, Status.PROCESSED), items=lines, note=why, description="ü" * 5000)
    entry = HistoryEntry(1, Status.PROCESSED, 5, "staff", "ü" * 200, ("note",))
    room = (BYTES_MAX - len(msgspec.json.encode(order))) // len(msgspec.json.encode(replace(entry, seq=9999))) - 1
    order = replace(
        order, history=(*order.history, *(replace(entry, seq=5 + n) for n in range(room))), version=4 + room
    )
    assert BYTES_MAX - 1000 < len(msgspec.json.encode(order)) <= BYTES_MAX
    gone = deleted(order, at=9, by="staff", why=why)
    settled = buried(compensated(gone, 10**15, at=10, by="compensate_order"), at=10, by="compensate_order")
    event = events_of(OrderChange("MODIFY", gone.version, gone.status, settled))[-1]
    assert event.data.order == settled
    # Attributes, such as what it is about, have their share of it.
    assert len(msgspec.json.encode(event)) < MESSAGE_LIMIT - 1000
