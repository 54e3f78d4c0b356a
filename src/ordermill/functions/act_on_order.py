"""`act_on_order`: what staff may do about one order: cancel it, have a failed one tried again, ship it, deliver it."""

from __future__ import annotations

from ordermill.domain.acting import act
from ordermill.domain.actions import Asked
from ordermill.domain.commands import ActOnOrder
from ordermill.domain.deletion import required
from ordermill.domain.order import Order
from ordermill.ports.ambient import Clock
from ordermill.ports.stores import DeadLetterStore, OrderStore, ProductStore


def act_on_order(
    message: ActOnOrder, *, orders: OrderStore, products: ProductStore, dead_letters: DeadLetterStore, clock: Clock
) -> Order:
    """The order after the action; where it stands there already, as it is. Raises NotFound, InvalidTransition.

    A retry begins the next attempt and closes the dead letters of the one before, in one write. It is refused until
    that one's refund is settled.
    """
    order = required(orders.read(message.order_id))
    asked = Asked(message.action, message.reason, message.carrier, message.tracking_number)
    acted = act(order, asked, at=clock.now_ms(), by="staff")
    if acted.order is not order:
        stock = products.reserve(acted.back) if acted.back else None
        letters = dead_letters.resolve(order.order_id) if acted.resolves else None
        orders.update(acted.order, expect=order.version, stock=stock, letters=letters)
    return acted.order
