"""`get_orders`: lists orders, newest first."""

from __future__ import annotations

from ordermill.domain.commands import GetOrders
from ordermill.domain.order_list import OrderPage
from ordermill.ports.stores import OrderStore


def get_orders(message: GetOrders, *, orders: OrderStore) -> OrderPage:
    """One page. Raises InvalidCursor where `after` is no position."""
    return orders.list(message.filter, message.limit, message.after)
