"""What goes over the wire: the contract's JSON shapes, and how the records of the domain become them.

Every member is always present, `null` where empty; only what a problem adds beyond its fixed members is left out
where it does not apply. Money is a decimal string with all digits of its currency, times are RFC 3339 in UTC.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from ordermill.domain.catalogue import Product
from ordermill.domain.commands import Accepted
from ordermill.domain.errors import FieldError
from ordermill.domain.money import format as money
from ordermill.domain.order import Order, Status
from ordermill.domain.order_view import ORDER_ID_EXAMPLE as ORDER_ID_EXAMPLE
from ordermill.domain.order_view import ORDER_ID_PATTERN as ORDER_ID_PATTERN
from ordermill.domain.order_view import Currency as Currency
from ordermill.domain.order_view import HistoryEntryView as HistoryEntryView
from ordermill.domain.order_view import LineView as LineView
from ordermill.domain.order_view import ListedOrderView as ListedOrderView
from ordermill.domain.order_view import Money as Money
from ordermill.domain.order_view import OrderId as OrderId
from ordermill.domain.order_view import OrderView as OrderView
from ordermill.domain.order_view import PaymentView as PaymentView
from ordermill.domain.order_view import ShipmentView as ShipmentView
from ordermill.domain.order_view import Time as Time
from ordermill.domain.order_view import history_entries as history_entries
from ordermill.domain.order_view import lines_view as lines_view
from ordermill.domain.order_view import listed_view as listed_view
from ordermill.domain.order_view import order_view as order_view
from ordermill.domain.times import rfc3339


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


def orders_view(orders: Iterable[Order], cursor: str | None) -> OrdersView:
    """A page of orders, and the cursor to the next."""
    return OrdersView(tuple(listed_view(order) for order in orders), cursor)


def public_view(order: Order) -> PublicOrderView:
    """What anyone who knows the id may see."""
    return PublicOrderView(
        order.order_id,
        order.status,
        lines_view(order.items, order.currency),
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
    return HistoryView(order.order_id, history_entries(order.history))


def products_view(products: Iterable[Product]) -> ProductsView:
    """The catalogue, in the order given."""
    return ProductsView(
        tuple(ProductView(p.sku, p.name, money(p.price, p.currency), p.currency, p.stock) for p in products)
    )
