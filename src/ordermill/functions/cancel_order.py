"""`cancel_order`: cancels one order for its holder, and gives its stock back in the same write.

What was paid, or may still be, is refunded by `compensate_order`, which that write brings about.
"""

from __future__ import annotations

from ordermill.domain.commands import CancelOrder
from ordermill.domain.deletion import required
from ordermill.domain.exits import cancelled, stock_back
from ordermill.domain.order import Order
from ordermill.ports.ambient import Clock
from ordermill.ports.stores import OrderStore, ProductStore


def cancel_order(message: CancelOrder, *, orders: OrderStore, products: ProductStore, clock: Clock) -> Order:
    """The order, CANCELLED; one that is already is returned as it is. Raises NotFound, InvalidTransition."""
    order = required(orders.read(message.order_id))
    left = cancelled(order, at=clock.now_ms(), by=message.by, why=message.reason)
    if left is not order:
        back = stock_back(order)
        orders.update(left, expect=order.version, stock=products.reserve(back) if back else None)
    return left
