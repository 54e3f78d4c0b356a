"""`update_order`: edits an order that staff have read, unless somebody else's change came before."""

from __future__ import annotations

from ordermill.domain.commands import UpdateOrder
from ordermill.domain.deletion import required
from ordermill.domain.edits import edited
from ordermill.domain.errors import Stale
from ordermill.domain.lines import Terms
from ordermill.domain.order import Order
from ordermill.ports.ambient import Clock, Settings
from ordermill.ports.stores import OrderStore, ProductStore


def update_order(
    message: UpdateOrder, *, orders: OrderStore, products: ProductStore, clock: Clock, settings: Settings
) -> Order:
    """The order, edited; where the patch says what it says already, as it is.

    Raises NotFound, Stale where it is at none of the versions named, InvalidOrder with every wrong member, NotEditable.
    A write that somebody else's came before is a Conflict: taken again, it is Stale, or the edit of the order as it is.
    """
    order = required(orders.read(message.order_id))
    if message.versions is not None and str(order.version) not in message.versions:
        raise Stale(f"it is at version {order.version} now")
    terms = Terms(order.currency, products.find, settings.catalogue == "strict")
    after = edited(order, message.patch, terms, at=clock.now_ms(), by="staff", why=message.reason)
    if after is not order:
        orders.update(after, expect=order.version)
    return after
