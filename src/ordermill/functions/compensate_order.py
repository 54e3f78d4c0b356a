"""`compensate_order`: gives back what an order that left its path may have paid.

Staged. A void refunds what its key captured and has the gateway refuse any later charge under it, so a charge that is
still on its way moves nothing any more. It is repeatable, and one that succeeds after all settles an order whose
compensation was STUCK.
"""

from __future__ import annotations

from ordermill.domain.deletion import buried
from ordermill.domain.events import OrderEvent
from ordermill.domain.exits import compensated, owes
from ordermill.ports.ambient import Clock
from ordermill.ports.services import Payments, Refund, Refunded
from ordermill.ports.staged import DONE, Done
from ordermill.ports.stores import OrderStore

NAME = "compensate_order"


def prepare(message: OrderEvent, *, orders: OrderStore) -> Refund | Done:
    """The keys that the order's exit left to be voided."""
    order = orders.read(message.subject)
    return DONE if order is None or not owes(order) else Refund(order.charges)


def call(refund: Refund, *, payments: Payments) -> Refunded:
    """Void all of them. Raises PaymentError if one fails; those before it stay voided, and a repeat finds them so."""
    return Refunded(refund.keys, sum(payments.void(key) for key in refund.keys))


def settle(message: OrderEvent, outcome: Refunded, *, orders: OrderStore, clock: Clock) -> None:
    """Record the refund, unless it is recorded, or the order is at another attempt by now: its keys are others.

    An order that is to be deleted, and waited for nothing else, is a tombstone with the same write.
    """
    order = orders.read(message.subject)
    if order is None or not owes(order) or order.charges != outcome.keys:
        return
    now = clock.now_ms()
    settled = compensated(order, outcome.amount, at=now, by=NAME)
    orders.update(buried(settled, at=now, by=NAME), expect=order.version)
