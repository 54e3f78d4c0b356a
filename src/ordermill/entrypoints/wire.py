"""What goes over the wire: the contract's JSON shapes, and how the records of the domain become them.

Every member is always present, `null` where empty; only what a problem adds beyond its fixed members is left out
where it does not apply. Money is a decimal string with all digits of its currency, times are RFC 3339 in UTC.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Final, Literal

from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.structs import asdict

from ordermill.domain.catalogue import Product
from ordermill.domain.commands import Accepted
from ordermill.domain.errors import FieldError
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
    image: None
    timestamp: Time
    updated_at: Time
    version: int


class OrderView(ListedOrderView, frozen=True, rename="camel"):
    """The whole order, for staff and the holder of its token. `version` is the ETag and the last entry's `seq`."""

    history: tuple[HistoryEntryView, ...]


class OrdersView(Struct, frozen=True, rename="camel"):
    """A page of orders, newest first; `nextCursor` leads to the next page, null at the end."""

    orders: tuple[ListedOrderView, ...]
    next_cursor: str | None


class PublicOrderView(Struct, frozen=True, rename="camel"):
    """What the order's id alone shows: nothing about the person."""

    order_id: OrderId
    status: Status
    items: tuple[LineView, ...]
    currency: Currency
    total: Money
    timestamp: Time
    updated_at: Time
    version: int


class PlacedView(Struct, frozen=True, rename="camel", gc=False):
    """The answer to POST /orders. Keep `orderToken`: it alone gives the holder's rights."""

    order_id: OrderId
    order_token: str
    status: Status
    total: Money
    currency: Currency
    timestamp: Time


class HistoryView(Struct, frozen=True, rename="camel"):
    """What happened to one order, in order."""

    order_id: OrderId
    history: tuple[HistoryEntryView, ...]


class ProductView(Struct, frozen=True, gc=False):
    """One product; `stock` is null where it is not counted."""

    sku: str
    name: str
    price: Money
    currency: Currency
    stock: int | None


class ProductsView(Struct, frozen=True):
    """The catalogue, by sku."""

    products: tuple[ProductView, ...]


class LedgerEntryView(Struct, frozen=True, rename="camel", gc=False):
    """One entry of the gateway's own ledger; `key` is `orderId/attempt`."""

    payment_id: str
    order_id: OrderId
    kind: Literal["charge", "void"]
    key: str
    amount: Money
    outcome: Literal["approved", "declined", "error"]
    at: Time


class PaymentsView(Struct, frozen=True):
    """What really moved for one order, oldest first."""

    payments: tuple[LedgerEntryView, ...]


class HealthView(Struct, frozen=True, gc=False):
    """Orders are accepted, by which version and through which pipeline.

    `degraded`: but what `stale` names, scheduled functions and maintenance, has not gone through for three intervals.
    """

    status: Literal["ok", "degraded"]
    version: str
    pipeline: str
    stale: tuple[str, ...] | UnsetType = UNSET


class ImportedView(Struct, frozen=True, gc=False):
    """How many rows were written."""

    imported: int


class Problem(Struct, frozen=True, rename={"from_": "from", "execution_id": "executionId"}):
    """A problem after RFC 9457. `type` is the path of its page, `instance` the request's id.

    `errors` holds every wrong member, empty where none is to blame. `from_`, `to` and `allowed` come with
    `invalid-transition`, `execution_id` with an intake that left no order.
    """

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: tuple[FieldError, ...] = ()
    from_: Status | UnsetType = UNSET
    to: Status | UnsetType = UNSET
    allowed: tuple[Status, ...] | UnsetType = UNSET
    execution_id: str | UnsetType = UNSET


def order_view(order: Order) -> OrderView:
    """The whole order."""
    return OrderView(**asdict(listed_view(order)), history=_history(order.history))


def orders_view(orders: Iterable[Order], cursor: str | None) -> OrdersView:
    """A page of orders, and the cursor to the next."""
    return OrdersView(tuple(listed_view(order) for order in orders), cursor)


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
        _lines(order.items, currency),
        currency,
        money(order.total, currency),
        order.status,
        order.reason,
        order.reason_detail,
        PaymentView(payment.status, money(payment.captured, currency), money(payment.refunded, currency)),
        order.attempt,
        order.compensation,
        _shipment(order.shipment),
        None,
        rfc3339(order.created_at),
        rfc3339(order.updated_at),
        order.version,
    )


def public_view(order: Order) -> PublicOrderView:
    """What anyone who knows the id may see."""
    return PublicOrderView(
        order.order_id,
        order.status,
        _lines(order.items, order.currency),
        order.currency,
        money(order.total, order.currency),
        rfc3339(order.created_at),
        rfc3339(order.updated_at),
        order.version,
    )


def placed_view(order: Order | Accepted, token: str) -> PlacedView:
    """The answer to POST /orders; `token` is the holder's."""
    total = money(order.total, order.currency)
    return PlacedView(order.order_id, token, order.status, total, order.currency, rfc3339(order.created_at))


def history_view(order: Order) -> HistoryView:
    """The order's history alone."""
    return HistoryView(order.order_id, _history(order.history))


def products_view(products: Iterable[Product]) -> ProductsView:
    """The catalogue, in the order given."""
    return ProductsView(
        tuple(ProductView(p.sku, p.name, money(p.price, p.currency), p.currency, p.stock) for p in products)
    )


def _lines(lines: Iterable[Line], currency: str) -> tuple[LineView, ...]:
    return tuple(
        LineView(line.product, line.sku, line.quantity, money(line.unit_price, currency), money(line.total, currency))
        for line in lines
    )


def _history(entries: Iterable[HistoryEntry]) -> tuple[HistoryEntryView, ...]:
    return tuple(HistoryEntryView(e.seq, e.status, rfc3339(e.at), e.by, e.reason, e.changed) for e in entries)


def _shipment(shipment: Shipment | None) -> ShipmentView | None:
    if shipment is None:
        return None
    delivered = None if shipment.delivered_at is None else rfc3339(shipment.delivered_at)
    return ShipmentView(shipment.carrier, shipment.tracking_number, rfc3339(shipment.shipped_at), delivered)
