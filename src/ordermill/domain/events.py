"""What happened to orders, past tense, as CloudEvents 1.0.

An event is derived from one history entry, so `seq` numbers an order's events without gaps. Events name no
person: they carry what routing and accounting need, and readers who need more read the order. OrderDeleted alone
carries the whole order, as nobody can read that any more.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

import msgspec
from msgspec.structs import replace

from ordermill.domain.deletion import DELETED
from ordermill.domain.order import HistoryEntry, Order, Status
from ordermill.domain.times import rfc3339


class EventType(StrEnum):
    """The types of order events."""

    ORDER_CREATED = "OrderCreated"
    ORDER_CONFIRMED = "OrderConfirmed"
    ORDER_PAID = "OrderPaid"
    ORDER_PROCESSED = "OrderProcessed"
    ORDER_SHIPPED = "OrderShipped"
    ORDER_DELIVERED = "OrderDelivered"
    ORDER_UPDATED = "OrderUpdated"
    ORDER_REJECTED = "OrderRejected"
    ORDER_FAILED = "OrderFailed"
    ORDER_RETRIED = "OrderRetried"
    ORDER_CANCELLED = "OrderCancelled"
    ORDER_DELETED = "OrderDeleted"


_BY_STATUS = {
    Status.PENDING: EventType.ORDER_RETRIED,
    Status.CONFIRMED: EventType.ORDER_CONFIRMED,
    Status.PAID: EventType.ORDER_PAID,
    Status.PROCESSED: EventType.ORDER_PROCESSED,
    Status.SHIPPED: EventType.ORDER_SHIPPED,
    Status.DELIVERED: EventType.ORDER_DELIVERED,
    Status.REJECTED: EventType.ORDER_REJECTED,
    Status.FAILED: EventType.ORDER_FAILED,
    Status.CANCELLED: EventType.ORDER_CANCELLED,
}


class OrderFact(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """The `data` of an order event; `total` in minor units of `currency`, `at` in epoch milliseconds.

    `order` is there with OrderDeleted: the order as it was stored last.
    """

    order_id: str
    seq: int
    status: Status
    by: str
    at: int
    attempt: int
    total: int
    currency: str
    reason: str | None = None
    changed: tuple[str, ...] = ()
    order: Order | msgspec.UnsetType = msgspec.UNSET


class OrderEvent(msgspec.Struct, frozen=True, gc=False):
    """A CloudEvent; `id` is `orderId/seq`, so a repeat is recognised by source and id."""

    id: str
    type: EventType
    subject: str
    time: str
    data: OrderFact
    specversion: Literal["1.0"] = "1.0"
    source: str = "/orders"
    datacontenttype: Literal["application/json"] = "application/json"

    def without_order(self) -> OrderEvent:
        """The event as it is kept: it names no person."""
        return self if self.data.order is msgspec.UNSET else replace(self, data=replace(self.data, order=msgspec.UNSET))


class OrderChange(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """One record of the orders table's change stream.

    `order` is the new image (the old one for REMOVE); `old_version` and `old_status` are what it replaced,
    0 and None for INSERT.
    """

    event: Literal["INSERT", "MODIFY", "REMOVE"]
    old_version: int
    old_status: Status | None
    order: Order


def events_of(change: OrderChange) -> list[OrderEvent]:
    """One event per history entry that the change added, in their order."""
    order = change.order
    return [_event(order, entry) for entry in order.history if entry.seq > change.old_version]


def type_of(entry: HistoryEntry) -> EventType:
    """What sort of event the entry is."""
    if entry.seq == 1:
        return EventType.ORDER_CREATED
    if entry.changed == DELETED:
        return EventType.ORDER_DELETED
    return EventType.ORDER_UPDATED if entry.changed else _BY_STATUS[entry.status]


def _event(order: Order, entry: HistoryEntry) -> OrderEvent:
    kind = type_of(entry)
    fact = OrderFact(
        order.order_id,
        entry.seq,
        entry.status,
        entry.by,
        entry.at,
        order.attempt,
        order.total,
        order.currency,
        entry.reason,
        entry.changed,
        order if kind is EventType.ORDER_DELETED else msgspec.UNSET,
    )
    return OrderEvent(f"{order.order_id}/{entry.seq}", kind, order.order_id, rfc3339(entry.at), fact)
