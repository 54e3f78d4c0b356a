"""An order as JSON, as the API shows it and its archive keeps it.

Every member is always present, `null` where empty. Money is a decimal string with all digits of its currency, times are
RFC 3339 in UTC.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Final

from msgspec import Meta, Struct
from msgspec.structs import asdict

from ordermill.domain.images import OrderImage, Verdict
from ordermill.domain.money import format as money
from ordermill.domain.order import (
    Compensation,
    HistoryEntry,
    Line,
    Order,
    PaymentStatus,
    Reason,
    Shipment,
    Status,
)
from ordermill.domain.times import rfc3339

ORDER_ID_PATTERN: Final = "^ord_[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"
ORDER_ID_EXAMPLE: Final = "ord_019aa1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"

OrderId = Annotated[str, Meta(pattern=ORDER_ID_PATTERN, examples=[ORDER_ID_EXAMPLE])]
Money = Annotated[str, Meta(pattern=r"^[0-9]+(\.[0-9]+)?$", examples=["19.98"])]
Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$", examples=["USD"])]
Time = Annotated[str, Meta(examples=["2026-11-20T12:00:00.123Z"], extra_json_schema={"format": "date-time"})]


class LineView(Struct, frozen=True, rename="camel", gc=False):
    """One line: `lineTotal` is `quantity` times `unitPrice`."""

    product: str | None
    sku: str | None
    quantity: int
    unit_price: Money
    line_total: Money


class PaymentView(Struct, frozen=True, gc=False):
    """What the payment gateway answered so far."""

    status: PaymentStatus
    captured: Money
    refunded: Money


class ShipmentView(Struct, frozen=True, rename="camel", gc=False):
    """How the order travels, as far as is known; `deliveredAt` is null until it arrived."""

    carrier: str | None
    tracking_number: str | None
    shipped_at: Time
    delivered_at: Time | None


class HistoryEntryView(Struct, frozen=True, gc=False):
    """One change; `by` is a function's name, `staff` or `holder`; `changed` names the members an edit changed."""

    seq: int
    status: Status
    at: Time
    by: str
    reason: str | None
    changed: tuple[str, ...]


class LabelView(Struct, frozen=True, gc=False):
    """What is seen in a picture, how certainly (0 to 1), and what it is a kind of."""

    name: str
    confidence: float
    parents: tuple[str, ...]


class ImageView(Struct, frozen=True, rename="camel", gc=False):
    """An image and the verdict on it: `confidence` is that of the label it rests on, `warning` what is to be known."""

    image_id: str
    verdict: Verdict
    confidence: float | None
    labels: tuple[LabelView, ...]
    warning: str | None


class ListedOrderView(Struct, frozen=True, rename="camel"):
    """An order as lists show it: whole, but for its history."""

    order_id: OrderId
    customer_name: str | None
    customer_id: str | None
    email: str | None
    description: str | None
    note: str | None
    items: tuple[LineView, ...]
    currency: Currency
    total: Money
    status: Status
    reason: Reason | None
    reason_detail: str | None
    payment: PaymentView
    attempt: int
    compensation: Compensation
    shipment: ShipmentView | None
    image: ImageView | None
    timestamp: Time
    updated_at: Time
    version: int


class OrderView(ListedOrderView, frozen=True, rename="camel"):
    """The whole order, for staff and the holder of its token. `version` is the ETag and the last entry's `seq`."""

    history: tuple[HistoryEntryView, ...]


def order_view(order: Order) -> OrderView:
    """The whole order."""
    return OrderView(**asdict(listed_view(order)), history=history_entries(order.history))


def listed_view(order: Order) -> ListedOrderView:
    """The order without its history."""
    currency = order.currency
    payment = order.payment
    return ListedOrderView(
        order.order_id,
        order.customer_name,
        order.customer_id,
        order.email,
        order.description,
        order.note,
        lines_view(order.items, currency),
        currency,
        money(order.total, currency),
        order.status,
        order.reason,
        order.reason_detail,
        PaymentView(payment.status, money(payment.captured, currency), money(payment.refunded, currency)),
        order.attempt,
        order.compensation,
        _shipment(order.shipment),
        None if order.image is None else image_view(order.image),
        rfc3339(order.created_at),
        rfc3339(order.updated_at),
        order.version,
    )


def image_view(image: OrderImage) -> ImageView:
    """The image with its verdict."""
    labels = tuple(LabelView(label.name, label.confidence, label.parents) for label in image.labels)
    return ImageView(image.image_id, image.verdict, image.confidence, labels, image.warning)


def lines_view(lines: Iterable[Line], currency: str) -> tuple[LineView, ...]:
    """The lines, with what each comes to."""
    return tuple(
        LineView(line.product, line.sku, line.quantity, money(line.unit_price, currency), money(line.total, currency))
        for line in lines
    )


def history_entries(entries: Iterable[HistoryEntry]) -> tuple[HistoryEntryView, ...]:
    """The entries, in their order."""
    return tuple(HistoryEntryView(e.seq, e.status, rfc3339(e.at), e.by, e.reason, e.changed) for e in entries)


def _shipment(shipment: Shipment | None) -> ShipmentView | None:
    if shipment is None:
        return None
    delivered = None if shipment.delivered_at is None else rfc3339(shipment.delivered_at)
    return ShipmentView(shipment.carrier, shipment.tracking_number, rfc3339(shipment.shipped_at), delivered)
