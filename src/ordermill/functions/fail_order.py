"""`fail_order`: takes every dead letter: keeps it, fails the order whose processing it was, and raises an alert.

Three effects, of which a letter has the first or the second, then the third: the order with its letter, the letter by
itself, the alert. Each is known by the letter's id, so a repeat does nothing twice and completes what was cut off.
The letter of a deleted order's processing has none of them.
"""

from __future__ import annotations

import logging
from typing import Final

from msgspec.structs import replace

from ordermill.domain.alerts import Alert, Severity
from ordermill.domain.commands import ProcessOrder
from ordermill.domain.dead_letters import (
    COMPENSATING,
    PROCESSING,
    DeadLetter,
    attempt_of,
    name_of,
    reason_of,
    told_of,
)
from ordermill.domain.exits import UNFINISHED, leave, stock_back, stuck
from ordermill.domain.order import Compensation, Order, Status, Step
from ordermill.ports.ambient import Clock
from ordermill.ports.messaging import AlertTopic
from ordermill.ports.stores import DeadLetterStore, OrderStore, ProductStore

log = logging.getLogger(__name__)

NAME = "fail_order"

REFUND_STUCK: Final = "REFUND_STUCK"
"""The alert's reason where money could not be given back."""

_ALERTING: Final = frozenset({"alert_handler", "deliver_alert"})
"""Whose letters raise no alert: it would come back as the next of them."""


def fail_order(
    message: DeadLetter,
    *,
    orders: OrderStore,
    products: ProductStore,
    dead_letters: DeadLetterStore,
    alerts: AlertTopic,
    clock: Clock,
) -> None:
    """Keep the letter, and say so once."""
    about = attempt_of(message)
    order = None if message.order_id is None else orders.read(message.order_id)
    if message.function == PROCESSING and order is not None and order.deletion is not None:
        # Such letters of the order were closed when it was deleted: one that comes later is with them.
        log.info("a dead letter of an order that was deleted is dropped", extra={"orderId": order.order_id})
        return
    if not dead_letters.known(message.id):
        letter = message if order is None else replace(message, redrives=_redrives(message, order))
        if message.function == PROCESSING and (standing := _standing(about, order)) is not None:
            _fail(letter, standing, orders, products, dead_letters, clock.now_ms(), new=order is None)
        elif message.function == COMPENSATING and _refunding(about, order):
            assert order is not None
            marked = stuck(order, at=clock.now_ms(), by=NAME)
            orders.update(marked, expect=order.version, letters=dead_letters.keep(letter))
        else:
            dead_letters.append(letter)
    if message.function not in _ALERTING:
        order = None if message.order_id is None else orders.read(message.order_id)
        alerts.publish([_alert(message, about, order)])


def _standing(about: ProcessOrder | None, order: Order | None) -> Order | None:
    """The order, if that attempt of it is still to be completed; the message's own where there is no record of it."""
    standing = order or (about.order if about else None)
    if about is None or standing is None or standing.attempt != about.attempt or standing.status not in UNFINISHED:
        return None
    return standing


def _refunding(about: ProcessOrder | None, order: Order | None) -> bool:
    return (
        about is not None
        and order is not None
        and order.attempt == about.attempt
        and order.compensation is Compensation.RUNNING
    )


def _redrives(letter: DeadLetter, order: Order) -> int:
    """How often it was redriven: an order's processing comes back as a new message, so the order counts."""
    return order.redrives if letter.function == PROCESSING else letter.redrives


def _fail(
    letter: DeadLetter,
    order: Order,
    orders: OrderStore,
    products: ProductStore,
    dead_letters: DeadLetterStore,
    now: int,
    *,
    new: bool,
) -> None:
    """One write: the status, the stock, what has to be refunded, and the letter; a `new` order's record with it."""
    failed = leave(order, Step(Status.FAILED, reason_of(letter.error), told_of(letter.error)), at=now, by=NAME)
    back = stock_back(order)
    stock, kept = products.reserve(back) if back else None, dead_letters.keep(letter)
    if new:
        orders.create(failed, stock=stock, letters=kept)
    else:
        orders.update(failed, expect=order.version, stock=stock, letters=kept)


def _alert(letter: DeadLetter, about: ProcessOrder | None, order: Order | None) -> Alert:
    """What operators are told; the same at every repeat, unless the order has moved on meanwhile."""
    severity: Severity = "critical"
    reason = name_of(letter.error)
    if letter.function == PROCESSING and _failed(about, order):
        severity, reason = "warning", reason_of(letter.error).value
    elif letter.function == COMPENSATING and order is not None and order.compensation is Compensation.STUCK:
        reason = REFUND_STUCK
    detail = f"{told_of(letter.error)} (receive {letter.receives} of {letter.receives})"
    return Alert(letter.id, severity, letter.function, letter.order_id, reason, detail, letter.at)


def _failed(about: ProcessOrder | None, order: Order | None) -> bool:
    """Whether that attempt is FAILED, or was and the order is at a later one."""
    if about is None or order is None:
        return False
    return order.attempt > about.attempt or (order.attempt == about.attempt and order.status is Status.FAILED)
