"""`act_on_orders`: one action on many orders. Each is a write of its own: what one is refused spoils no other.

A repeat after a crash finds those that were written where they were to go, and leaves them.
"""

from __future__ import annotations

from typing import Final

import msgspec

from ordermill.domain.acting import act
from ordermill.domain.actions import Asked
from ordermill.domain.commands import ActOnOrders
from ordermill.domain.deletion import required
from ordermill.domain.errors import Conflict, OrdermillError
from ordermill.ports.ambient import Clock
from ordermill.ports.stores import DeadLetterStore, OrderStore, ProductStore

TRIES: Final = 5
"""How often an order is read and written whose write somebody else's came before."""


class Result(msgspec.Struct, frozen=True):
    """What came of one order: an error, or None where it stands as was asked for."""

    order_id: str
    error: OrdermillError | None


def act_on_orders(
    message: ActOnOrders, *, orders: OrderStore, products: ProductStore, dead_letters: DeadLetterStore, clock: Clock
) -> tuple[Result, ...]:
    """One result for each id, in the order sent; an id that is named again has the same result."""
    asked = Asked(message.action, message.reason, message.carrier, message.tracking_number)
    errors: dict[str, OrdermillError | None] = {}
    for order_id in dict.fromkeys(message.order_ids):
        try:
            _act(order_id, asked, orders, products, dead_letters, clock.now_ms())
            errors[order_id] = None
        except OrdermillError as error:
            # Its frames would hold on to the order.
            errors[order_id] = error.with_traceback(None)
    return tuple(Result(order_id, errors[order_id]) for order_id in message.order_ids)


def _act(
    order_id: str,
    asked: Asked,
    orders: OrderStore,
    products: ProductStore,
    dead_letters: DeadLetterStore,
    now: int,
) -> None:
    """As `act_on_order`; Conflict only after several tries, as the whole must not be repeated for one of them."""
    for left in reversed(range(TRIES)):
        order = required(orders.read(order_id))
        acted = act(order, asked, at=now, by="staff")
        if acted.order is order:
            return
        stock = products.reserve(acted.back) if acted.back else None
        letters = dead_letters.resolve(order_id) if acted.resolves else None
        try:
            orders.update(acted.order, expect=order.version, stock=stock, letters=letters)
            return
        except Conflict:
            if not left:
                raise
