"""`sweep_orders`: sends again what stands unfinished for too long, and says so.

It fails no order: what it sends is counted by its queue whenever it is received, and ends in `fail_order` if it
fails each time. So only tries count against an order, never the time that it waited for one.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from ordermill.domain.alerts import Alert
from ordermill.domain.commands import ProcessOrder, Tick
from ordermill.domain.deletion import present
from ordermill.domain.exits import UNFINISHED
from ordermill.domain.order import Order, Status
from ordermill.domain.order_list import PAGE_MAX, OrderFilter
from ordermill.ports.ambient import Settings
from ordermill.ports.messaging import AlertTopic
from ordermill.ports.services import Messages
from ordermill.ports.stores import OldOrders

NAME = "sweep_orders"

SENT_MAX: Final = 500
"""How many orders a tick sends again at most, the oldest first."""

READ_MAX: Final = 500
"""How many old orders of each status a tick looks at. More are a backlog, which moves without being swept."""

ORDER_STUCK: Final = "ORDER_STUCK"


def sweep_orders(
    message: Tick, *, orders: OldOrders, messages: Messages, alerts: AlertTopic, settings: Settings
) -> None:
    """Send again every order for which one of the times 1, 3, 7, … deadlines after its last change has come."""
    deadline_ms = 1000 * settings.order_deadline_s
    old = [
        order
        for status in sorted(UNFINISHED)
        for order in islice(_old(orders, status, message.at - deadline_ms), READ_MAX)
    ]
    raised: list[Alert] = []
    for order in sorted(old, key=lambda order: (order.updated_at, order.order_id)):
        turn = turn_within(message.since - order.updated_at, message.at - order.updated_at, deadline_ms)
        if turn is None:
            continue
        now = present(orders.read(order.order_id))
        # What the list shows is committed; meanwhile the order may have gone on, or away.
        if now is None or now.version != order.version:
            continue
        messages.process(ProcessOrder(order.order_id, order.attempt))
        raised.append(_alert(order, turn, message.at))
        if len(raised) == SENT_MAX:
            break
    if raised:
        alerts.publish(raised)


def turn_within(since: int, until: int, deadline: int) -> int | None:
    """Which of the turns at 1, 3, 7, … deadlines lies after `since` and not after `until`, the last if several do.

    Turn n is at 2ⁿ - 1 deadlines, so each is waited for about as long as all before it together.
    """
    last = (until // deadline + 1).bit_length() - 1 if until >= 0 else 0
    return last if last > 0 and (2**last - 1) * deadline > since else None


def _old(orders: OldOrders, status: Status, before: int) -> Iterator[Order]:
    """Orders with that status that are as old, the oldest first, by pages."""
    after = None
    while True:
        page = orders.oldest(OrderFilter(status=status, until=before + 1), PAGE_MAX, after)
        yield from page.orders
        if page.next is None:
            return
        after = page.next


def _alert(order: Order, turn: int, at: int) -> Alert:
    """The same at every repeat of the tick."""
    minutes = (at - order.updated_at) // 60_000
    detail = f"{order.status} for {minutes} min; sent again {'once' if turn == 1 else f'{turn} times'}"
    return Alert(
        f"{NAME}-{order.order_id}-{order.version}-{turn}", "warning", NAME, order.order_id, ORDER_STUCK, detail, at
    )
