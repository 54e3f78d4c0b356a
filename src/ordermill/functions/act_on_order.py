"""`act_on_order`: what staff may do about one order: cancel it, or have a failed one tried again."""

from __future__ import annotations

from typing import Final

from ordermill.domain.commands import ActOnOrder
from ordermill.domain.deletion import required
from ordermill.domain.exits import cancelled, retried, stock_back
from ordermill.domain.order import Order
from ordermill.ports.ambient import Clock
from ordermill.ports.stores import DeadLetterStore, OrderStore, ProductStore

_STAFF: Final = "staff"


def act_on_order(
    message: ActOnOrder, *, orders: OrderStore, products: ProductStore, dead_letters: DeadLetterStore, clock: Clock
) -> Order:
    """The order after the action; where it stands there already, as it is. Raises NotFound, InvalidTransition.

    A retry begins the next attempt and closes the dead letters of the one before, in one write. It is refused until
    that one's refund is settled.
    """
    order = required(orders.read(message.order_id))
    now = clock.now_ms()
    if message.action == "retry":
        again = retried(order, at=now, by=_STAFF, why=message.reason)
        if again is not order:
            orders.update(again, expect=order.version, letters=dead_letters.resolve(order.order_id))
        return again
    left = cancelled(order, at=now, by=_STAFF, why=message.reason)
    if left is not order:
        back = stock_back(order)
        orders.update(left, expect=order.version, stock=products.reserve(back) if back else None)
    return left
