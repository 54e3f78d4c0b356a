"""What customers are told, and the record of having told them."""

from __future__ import annotations

from typing import Literal

import msgspec

from ordermill.domain.money import format as format_money
from ordermill.domain.order import Order

MailStatus = Literal["QUEUED", "SENT", "FAILED", "NO_ADDRESS"]


class MailRecord(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """One mail to one customer; `at` (epoch ms) is the last change of `status`."""

    mail_id: str
    order_id: str
    event: str
    to: str | None
    subject: str
    status: MailStatus
    attempts: int
    at: int


_OPENINGS = {
    "OrderProcessed": ("Your order is confirmed", "thank you for your order. It is paid and being prepared."),
    "OrderShipped": ("Your order is on its way", "your order has been handed to the carrier."),
    "OrderDelivered": ("Your order has arrived", "your order has been delivered."),
    "OrderCancelled": ("Your order is cancelled", "your order has been cancelled. Anything paid is refunded."),
    "OrderRejected": ("Your order could not be accepted", "we are sorry: your order could not be accepted."),
}
_REASONS = {"OUT_OF_STOCK": "Not enough of it is in stock.", "PAYMENT_DECLINED": "The payment was declined."}


def compose(order: Order, event: str, link: str) -> tuple[str, str]:
    """Subject and plain text of the mail about `event`; `link` shows the order to whoever has it."""
    heading, opening = _OPENINGS[event]
    name = f"Hello {order.customer_name}," if order.customer_name else "Hello,"
    lines = [name, "", opening]
    if event == "OrderRejected" and order.reason is not None:
        lines.append(_REASONS.get(order.reason, ""))
    lines += ["", f"Order {order.order_id}", ""]
    for line in order.items:
        label = line.product or line.sku or "item"
        lines.append(f"  {line.quantity} x {label}   {format_money(line.total, order.currency)} {order.currency}")
    lines += [
        "",
        f"Total: {format_money(order.total, order.currency)} {order.currency}",
        "",
        f"See it here: {link}",
        "",
    ]
    return f"{heading} ({order.order_id})", "\n".join(lines)
