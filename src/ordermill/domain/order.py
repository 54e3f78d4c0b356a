"""The order: its record, its lifecycle, and the history that every change leaves.

Money is in minor units (integers), times are milliseconds since the Unix epoch (UTC). The record is immutable:
each change is a new value with one history entry per status taken, and `version` is the last entry's `seq`.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from ordermill.domain.errors import InvalidTransition
from ordermill.domain.images import OrderImage


class Status(StrEnum):
    """Where an order stands."""

    PENDING = "PENDING"
    CONFIRMED = "CONFIRMED"
    PAID = "PAID"
    PROCESSED = "PROCESSED"
    SHIPPED = "SHIPPED"
    DELIVERED = "DELIVERED"
    REJECTED = "REJECTED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class Reason(StrEnum):
    """Why an order was rejected or failed."""

    OUT_OF_STOCK = "OUT_OF_STOCK"
    PAYMENT_DECLINED = "PAYMENT_DECLINED"
    PAYMENT_ERROR = "PAYMENT_ERROR"
    TIMEOUT = "TIMEOUT"
    INTERNAL = "INTERNAL"


class PaymentStatus(StrEnum):
    NONE = "NONE"
    PENDING = "PENDING"
    CAPTURED = "CAPTURED"
    DECLINED = "DECLINED"
    REFUND_PENDING = "REFUND_PENDING"
    REFUNDED = "REFUNDED"


class Compensation(StrEnum):
    NONE = "NONE"
    RUNNING = "RUNNING"
    DONE = "DONE"
    STUCK = "STUCK"


TRANSITIONS: dict[Status, tuple[Status, ...]] = {
    Status.PENDING: (Status.CONFIRMED, Status.REJECTED, Status.FAILED, Status.CANCELLED),
    Status.CONFIRMED: (Status.PAID, Status.REJECTED, Status.FAILED, Status.CANCELLED),
    Status.PAID: (Status.PROCESSED, Status.FAILED, Status.CANCELLED),
    Status.PROCESSED: (Status.SHIPPED, Status.CANCELLED),
    Status.SHIPPED: (Status.DELIVERED,),
    Status.DELIVERED: (),
    Status.REJECTED: (),
    Status.FAILED: (Status.PENDING, Status.CANCELLED),
    Status.CANCELLED: (),
}
"""Which status may follow which; the same status again is a silent no-op."""

EXITS = frozenset({Status.REJECTED, Status.FAILED, Status.CANCELLED})
"""The statuses that leave the path to DELIVERED."""


class Line(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """One line of an order. `stock_sku` names the catalogue's product whose stock the line takes, if counted."""

    product: str | None
    sku: str | None
    quantity: int
    unit_price: int
    stock_sku: str | None = None

    @property
    def total(self) -> int:
        """Quantity times unit price, in minor units."""
        return self.quantity * self.unit_price


class Payment(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """What the gateway told us, in minor units; the gateway's own ledger is what really moved."""

    status: PaymentStatus = PaymentStatus.NONE
    captured: int = 0
    refunded: int = 0


class HistoryEntry(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """One change: `by` is a function's name, `staff` or `holder`; `changed` names edited members."""

    seq: int
    status: Status
    at: int
    by: str
    reason: str | None = None
    changed: tuple[str, ...] = ()


class Shipment(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """How the order travels, as far as whoever shipped it said."""

    carrier: str | None
    tracking_number: str | None
    shipped_at: int
    delivered_at: int | None = None


class Deletion(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """Who wanted the order gone, when (epoch ms), and why. `done` once nothing is owed any more: it is a tombstone."""

    by: str
    at: int
    reason: str | None = None
    done: bool = False


class Order(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """The whole record of one order, as stored.

    `charges` names every gateway key under which money may have moved; `redrives` counts how often its dead letter was
    redriven. With a `deletion`, nobody outside is shown it any more.
    """

    order_id: str
    customer_name: str | None
    customer_id: str | None
    email: str | None
    description: str | None
    note: str | None
    items: tuple[Line, ...]
    currency: str
    total: int
    payment_token: str
    status: Status
    reason: Reason | None
    reason_detail: str | None
    payment: Payment
    attempt: int
    compensation: Compensation
    charges: tuple[str, ...]
    stock_reserved: bool
    shipment: Shipment | None
    image_id: str | None
    created_at: int
    updated_at: int
    version: int
    history: tuple[HistoryEntry, ...]
    redrives: int = 0
    image: OrderImage | None = None
    deletion: Deletion | None = None


class OrderDraft(msgspec.Struct, frozen=True, gc=False):
    """A validated and priced request: all that an order needs but its id and its time."""

    customer_name: str | None
    customer_id: str | None
    email: str | None
    description: str | None
    note: str | None
    items: tuple[Line, ...]
    currency: str
    total: int
    payment_token: str
    image: OrderImage | None = None


class Step(msgspec.Struct, frozen=True, gc=False):
    """One status to take: the reason and its text where it is an exit, and what a person noted for the history."""

    status: Status
    reason: Reason | None = None
    detail: str | None = None
    note: str | None = None


def place(draft: OrderDraft, *, order_id: str, at: int, by: str) -> Order:
    """The new order, PENDING, first attempt, version 1."""
    return Order(
        order_id,
        draft.customer_name,
        draft.customer_id,
        draft.email,
        draft.description,
        draft.note,
        draft.items,
        draft.currency,
        draft.total,
        draft.payment_token,
        Status.PENDING,
        None,
        None,
        Payment(),
        1,
        Compensation.NONE,
        (),
        False,
        None,
        None if draft.image is None else draft.image.image_id,
        at,
        at,
        1,
        (HistoryEntry(1, Status.PENDING, at, by),),
        image=draft.image,
    )


def advance(order: Order, steps: Sequence[Step], *, at: int, by: str, payment: Payment | None = None) -> Order:
    """Take `steps` one after another, each with its history entry.

    A step to the status the order already has changes nothing. Raises InvalidTransition for any other step
    that `TRANSITIONS` does not list.
    """
    status, entries, last = order.status, list(order.history), order.version
    reason, detail = order.reason, order.reason_detail
    for step in steps:
        if step.status is status:
            continue
        allowed = TRANSITIONS[status]
        if step.status not in allowed:
            raise InvalidTransition(status, step.status, allowed)
        last += 1
        status, reason, detail = step.status, step.reason, step.detail
        entries.append(HistoryEntry(last, status, at, by, reason or step.note))
    if last == order.version:
        return order
    return replace(
        order,
        status=status,
        reason=reason,
        reason_detail=detail,
        version=last,
        updated_at=at,
        history=tuple(entries),
        payment=payment or order.payment,
    )


def charge_key(order: Order) -> str:
    """The gateway's key of the order's current attempt; `orderId/attempt`."""
    return f"{order.order_id}/{order.attempt}"
