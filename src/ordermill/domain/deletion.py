"""Deleting an order: settle what is owed, leave a tombstone, and at last no more than a stub.

From the wish on nobody outside is shown the order. What may have been paid for it goes back first. Then a last history
entry makes it a tombstone, whose event carries the whole order to the archive. Once that has it, a stub is left, so
that no message which comes late finds the order missing and makes it anew.
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from ordermill.domain.errors import InvalidTransition, NotFound
from ordermill.domain.exits import cancelled, noted, owes
from ordermill.domain.order import TRANSITIONS, Compensation, Deletion, Order, Payment, Status

DELETED: Final = ("deleted",)
"""What the history entry that makes a tombstone says was changed."""

STUB_KEPT_MS: Final = 30 * 24 * 3_600_000
"""How long a stub stays: longer than any queue keeps a message, and any idempotency key its order."""

_LIVE: Final = frozenset({Status.PENDING, Status.CONFIRMED, Status.PAID, Status.PROCESSED})


def deleted(order: Order, *, at: int, by: str, why: str | None = None) -> Order:
    """The order once somebody wants it gone: cancelled if it was under way, and a tombstone unless something is owed.

    Whoever stores it moves `stock_back(order)` in the same write. Raises InvalidTransition for one that is SHIPPED.
    """
    if order.status is Status.SHIPPED:
        detail = "a SHIPPED order is on its way: it can be deleted once it is DELIVERED"
        raise InvalidTransition(order.status, Status.CANCELLED, TRANSITIONS[order.status], detail)
    wanted = Deletion(by, at, why)
    if order.status in _LIVE:
        left = replace(cancelled(order, at=at, by=by, why=why), deletion=wanted)
    elif owes(order):
        # An entry, and so a version, of its own: the refund's settlement must not overwrite it.
        left = noted(order, replace(order, deletion=wanted), ("deletion",), at=at, by=by, why=why)
    else:
        left = replace(order, deletion=wanted)
    return buried(left, at=at, by=by)


def buried(order: Order, *, at: int, by: str) -> Order:
    """The tombstone, if the order is to be deleted and nothing is owed any more; else the order as it is."""
    wanted = order.deletion
    if wanted is None or wanted.done or owes(order):
        return order
    return noted(order, replace(order, deletion=replace(wanted, done=True)), DELETED, at=at, by=by, why=wanted.reason)


def present(order: Order | None) -> Order | None:
    """The order, unless there is none or it was deleted."""
    return None if order is None or order.deletion is not None else order


def required(order: Order | None) -> Order:
    """The order that somebody asks for by its id. Raises NotFound, for one that was deleted too."""
    there = present(order)
    if there is None:
        raise NotFound("no order has this id")
    return there


def is_tombstone(order: Order) -> bool:
    """Whether the order is deleted, settled, and still whole."""
    return order.deletion is not None and order.deletion.done and not is_stub(order)


def is_stub(order: Order) -> bool:
    """Whether all but the stub is forgotten."""
    return order.deletion is not None and not order.history


def stub(order: Order) -> Order:
    """What stays of a tombstone: which order it was, at which version, and that it was deleted; nothing of a person."""
    assert order.deletion is not None
    return Order(
        order_id=order.order_id,
        customer_name=None,
        customer_id=None,
        email=None,
        description=None,
        note=None,
        items=(),
        currency=order.currency,
        total=0,
        payment_token="",
        status=order.status,
        reason=None,
        reason_detail=None,
        payment=Payment(),
        attempt=order.attempt,
        compensation=Compensation.NONE,
        charges=(),
        stock_reserved=False,
        shipment=None,
        image_id=None,
        created_at=order.created_at,
        updated_at=order.updated_at,
        version=order.version,
        history=(),
        deletion=replace(order.deletion, reason=None),
    )
