"""What the mail about each event says, from the order as it stands."""

from __future__ import annotations

from typing import Final

from ordermill.domain.mail import MailContent
from ordermill.domain.money import format as money
from ordermill.domain.order import Order, PaymentStatus, Reason
from ordermill.domain.times import rfc3339

_HEADINGS: Final = {
    "OrderProcessed": "Your order is confirmed",
    "OrderShipped": "Your order is on its way",
    "OrderDelivered": "Your order has arrived",
    "OrderCancelled": "Your order is cancelled",
    "OrderRejected": "We could not accept your order",
}
MAILED: Final = frozenset(_HEADINGS)
"""The events that customers are told of."""

_OPENINGS: Final = {
    "OrderProcessed": "Thank you for your order. Your payment went through, and we are getting everything ready.",
    "OrderShipped": "Good news: your order has left us and is on its way to you.",
    "OrderDelivered": "Your order has been delivered. We hope you enjoy it.",
    "OrderCancelled": "Your order has been cancelled, and nothing will be sent.",
    "OrderRejected": "We are sorry, but we could not accept your order.",
}
_REASONS: Final = {
    Reason.OUT_OF_STOCK: "There is not enough in stock of what you ordered. You have not been charged.",
    Reason.PAYMENT_DECLINED: "Your payment was declined, so you have not been charged. You are welcome to order again, "
    "with another means of payment.",
}


def compose(order: Order, event: str, link: str) -> tuple[str, MailContent]:
    """Subject and content of the mail about `event`; `link` shows the order to whoever has it.

    Raises KeyError for an event that no mail is sent about.
    """
    heading, currency = _HEADINGS[event], order.currency
    content = MailContent(
        heading,
        f"Hello {order.customer_name}," if order.customer_name else "Hello,",
        (_OPENINGS[event], *_details(order, event)),
        (("Order", order.order_id), *_shipping(order, event)),
        tuple(
            (f"{line.quantity} × {line.product or line.sku or 'item'}", f"{money(line.total, currency)} {currency}")
            for line in order.items
        ),
        f"{money(order.total, currency)} {currency}",
        link,
    )
    return f"{heading} ({order.order_id})", content


def _details(order: Order, event: str) -> tuple[str, ...]:
    if event == "OrderRejected" and order.reason in _REASONS:
        return (_REASONS[order.reason],)
    if event == "OrderCancelled":
        return _refund(order)
    return ()


def _refund(order: Order) -> tuple[str, ...]:
    """What becomes of the money, where any was paid or may have been."""
    payment = order.payment
    amount = f"{money(payment.captured, order.currency)} {order.currency}"
    if payment.status is PaymentStatus.REFUNDED:
        return (f"We have refunded the {amount} that you paid.",)
    if payment.captured:
        return (f"We are refunding the {amount} that you paid.",)
    if payment.status is PaymentStatus.REFUND_PENDING:
        return ("Should your payment have gone through already, you get it back in full.",)
    return ()


def _shipping(order: Order, event: str) -> tuple[tuple[str, str], ...]:
    shipment = order.shipment
    if shipment is None or event not in ("OrderShipped", "OrderDelivered"):
        return ()
    facts: list[tuple[str, str | None]] = [("Carrier", shipment.carrier), ("Tracking number", shipment.tracking_number)]
    facts.append(("Shipped", _day(shipment.shipped_at)))
    if event == "OrderDelivered" and shipment.delivered_at is not None:
        facts.append(("Delivered", _day(shipment.delivered_at)))
    return tuple((label, value) for label, value in facts if value)


def _day(at: int) -> str:
    return rfc3339(at)[:10]
