"""Leaving the path to DELIVERED and coming back: what an exit owes, when it is settled, and how an order is retried.

An exit is one change: the status, who did it, the stock given back, and `charges`, every gateway key under which money
may have moved. Voiding these settles it. Invariant: captured less refunded is the total from PAID to DELIVERED, and 0
once an exit's compensation is DONE, or NONE because nothing was ever asked of the gateway.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

from msgspec.structs import replace

from ordermill.domain.errors import InvalidTransition
from ordermill.domain.order import (
    TRANSITIONS,
    Compensation,
    HistoryEntry,
    Order,
    Payment,
    PaymentStatus,
    Status,
    Step,
    advance,
)

UNFINISHED: Final = frozenset({Status.PENDING, Status.CONFIRMED, Status.PAID})
"""Where an order waits for its processing."""

_HOLDERS = UNFINISHED | {Status.FAILED, Status.CANCELLED}
"""Where the holder of an order may cancel it, or did."""

_OWED = frozenset({Compensation.RUNNING, Compensation.STUCK})


def stock_of(order: Order) -> dict[str, int]:
    """Units of each counted product that the order takes, the lines of one product added up."""
    units: Counter[str] = Counter()
    for line in order.items:
        if line.stock_sku is not None:
            units[line.stock_sku] += line.quantity
    return dict(units)


def stock_back(order: Order) -> dict[str, int]:
    """The movement that gives the order's stock back; nothing where none is reserved."""
    return {sku: -units for sku, units in stock_of(order).items()} if order.stock_reserved else {}


def leave(order: Order, step: Step, *, at: int, by: str) -> Order:
    """The order with the exit `step` taken; whoever stores it moves `stock_back(order)` in the same write.

    The same exit again changes nothing. Raises InvalidTransition.
    """
    left = advance(order, [step], at=at, by=by)
    if left is order:
        return order
    left = replace(left, stock_reserved=False)
    if not order.charges or order.compensation in _OWED:
        return left
    owed = Payment(PaymentStatus.REFUND_PENDING, order.payment.captured, order.payment.refunded)
    return replace(left, compensation=Compensation.RUNNING, payment=owed)


def cancelled(order: Order, *, at: int, by: str, why: str | None = None) -> Order:
    """The order CANCELLED, as an exit; a `holder` may do so until it is processed, staff wherever `TRANSITIONS` says.

    One that is CANCELLED is returned as it is. Raises InvalidTransition.
    """
    if by == "holder" and order.status not in _HOLDERS:
        allowed = [status for status in TRANSITIONS[order.status] if status is not Status.CANCELLED]
        detail = f"{order.status} cannot become CANCELLED: its holder may cancel an order until it is processed"
        raise InvalidTransition(order.status, Status.CANCELLED, allowed, detail)
    return leave(order, Step(Status.CANCELLED, detail=why, note=why), at=at, by=by)


def compensated(order: Order, refunded: int, *, at: int, by: str) -> Order:
    """The order once all of `charges` is voided, which gave `refunded` back, in minor units.

    What the gateway refunds it had captured, also where its answer to the charge never came.
    """
    payment = Payment(PaymentStatus.REFUNDED, refunded, refunded) if refunded else Payment(PaymentStatus.NONE)
    settled = replace(order, compensation=Compensation.DONE, payment=payment, charges=())
    return _edited(order, settled, ("compensation", "payment"), at=at, by=by)


def stuck(order: Order, *, at: int, by: str) -> Order:
    """The order whose refund failed for too long; a void that succeeds later settles it all the same."""
    return _edited(order, replace(order, compensation=Compensation.STUCK), ("compensation",), at=at, by=by)


def owes(order: Order) -> bool:
    """Whether money of an exit may still have to go back."""
    return order.compensation in _OWED


def retried(order: Order, *, at: int, by: str, why: str | None = None, redriven: bool = False) -> Order:
    """A FAILED order PENDING again, for its next attempt; `redriven` where its dead letter is.

    One that is PENDING is returned as it is. Raises InvalidTransition, also until the exit's refund is settled.
    """
    if order.status is Status.PENDING:
        return order
    if order.status is Status.FAILED and owes(order):
        raise InvalidTransition(
            order.status, Status.PENDING, (Status.CANCELLED,), "the refund of its last attempt is not settled yet"
        )
    pending = advance(order, [Step(Status.PENDING, note=why)], at=at, by=by)
    return replace(
        pending,
        attempt=order.attempt + 1,
        payment=Payment(),
        compensation=Compensation.NONE,
        charges=(),
        redrives=order.redrives + redriven,
    )


def noted(before: Order, after: Order, changed: tuple[str, ...], *, at: int, by: str, why: str | None = None) -> Order:
    """`after` with the history entry that says what was changed, who did it and why."""
    entry = HistoryEntry(before.version + 1, before.status, at, by, why, changed)
    return replace(after, version=entry.seq, updated_at=at, history=(*before.history, entry))


def _edited(before: Order, after: Order, changed: tuple[str, ...], *, at: int, by: str) -> Order:
    """The same, with those of the members `changed` that differ; the first of them if none does."""
    differing = tuple(name for name in changed if getattr(before, name) != getattr(after, name))
    return noted(before, after, differing or changed[:1], at=at, by=by)
