"""`get_order_by_id`: reads one order."""

from __future__ import annotations

from ordermill.domain.commands import GetOrder
from ordermill.domain.deletion import required
from ordermill.domain.order import Order
from ordermill.ports.stores import OrderStore


def get_order_by_id(message: GetOrder, *, orders: OrderStore) -> Order:
    """The order; who asks decides how much of it is shown. Raises NotFound, for one that was deleted too."""
    return required(orders.read(message.order_id))
