"""`delete_order`: deletes one order for staff; one that is under way is cancelled, and goes once nothing is owed.

Its dead letters are closed, and its stock goes back, in the same write. What was paid is refunded by
`compensate_order`, which then makes the order the tombstone that the archive is made of.
"""

from __future__ import annotations

from ordermill.domain.acting import act
from ordermill.domain.actions import Asked
from ordermill.domain.commands import DeleteOrder
from ordermill.domain.deletion import required
from ordermill.domain.errors import Stale
from ordermill.domain.order import Order
from ordermill.ports.ambient import Clock
from ordermill.ports.stores import DeadLetterStore, OrderStore, ProductStore


def delete_order(
    message: DeleteOrder, *, orders: OrderStore, products: ProductStore, dead_letters: DeadLetterStore, clock: Clock
) -> Order:
    """The order as it was left. Raises NotFound, also for one that was deleted, Stale, InvalidTransition."""
    order = required(orders.read(message.order_id))
    if message.versions is not None and str(order.version) not in message.versions:
        raise Stale(f"it is at version {order.version} now")
    gone = act(order, Asked("delete", message.reason), at=clock.now_ms(), by="staff")
    stock = products.reserve(gone.back) if gone.back else None
    orders.update(gone.order, expect=order.version, stock=stock, letters=dead_letters.resolve(order.order_id))
    return gone.order
