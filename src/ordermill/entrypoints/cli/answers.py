"""What the command line reads of the server's answers; other members are ignored."""

from __future__ import annotations

import msgspec

from ordermill.runtime.faults import RuleState


class Entry(msgspec.Struct, frozen=True):
    """One history entry; `at` is RFC 3339, `changed` names the members of an entry that took no status."""

    seq: int
    status: str
    at: str
    by: str
    reason: str | None = None
    changed: tuple[str, ...] = ()


class Placed(msgspec.Struct, frozen=True, rename="camel"):
    """The 202 of POST /orders."""

    order_id: str
    order_token: str
    status: str
    total: str
    currency: str
    timestamp: str


class ImageSeen(msgspec.Struct, frozen=True, rename="camel"):
    """The 201 of POST /images."""

    image_id: str
    verdict: str
    warning: str | None


class ShipmentSeen(msgspec.Struct, frozen=True, rename="camel"):
    """How an order travels; times are RFC 3339."""

    carrier: str | None
    tracking_number: str | None
    shipped_at: str
    delivered_at: str | None


class LineSeen(msgspec.Struct, frozen=True, rename="camel"):
    """One line of an order; money is decimal strings."""

    product: str | None
    sku: str | None
    quantity: int
    unit_price: str
    line_total: str


class OrderSeen(msgspec.Struct, frozen=True, rename="camel"):
    """The holder's view of an order; `total` is a decimal string."""

    order_id: str
    status: str
    total: str
    currency: str
    reason: str | None
    reason_detail: str | None
    history: tuple[Entry, ...]


class OrderDetail(OrderSeen, frozen=True, rename="camel"):
    """The same with what staff see and edit."""

    customer_name: str | None
    email: str | None
    note: str | None
    items: tuple[LineSeen, ...]
    shipment: ShipmentSeen | None
    version: int


class StateSeen(msgspec.Struct, frozen=True, rename="camel"):
    """One attempt at one step of an order; `at` is RFC 3339."""

    name: str
    status: str
    attempt: int
    at: str
    duration_ms: float | None
    error: str | None
    cause: str | None


class ExecutionSeen(msgspec.Struct, frozen=True, rename="camel"):
    """GET /orders/{orderId}/execution."""

    order_id: str
    status: str
    states: tuple[StateSeen, ...]


class Product(msgspec.Struct, frozen=True):
    """One product; `price` is a decimal string, `stock` None where uncounted."""

    sku: str
    name: str
    price: str
    currency: str
    stock: int | None


class Products(msgspec.Struct, frozen=True):
    """GET /products."""

    products: tuple[Product, ...]


class Imported(msgspec.Struct, frozen=True):
    """PUT /catalogue."""

    imported: int


class Total(msgspec.Struct, frozen=True):
    """What the orders of one currency came to; a decimal string."""

    currency: str
    total: str


class ReportMade(msgspec.Struct, frozen=True):
    """The 201 of POST /reports."""

    url: str
    orders: int
    totals: tuple[Total, ...]


class ErasureStep(msgspec.Struct, frozen=True):
    """The 200 of POST /erasures: counts by kind, the orders that are left, and the next step's cursor."""

    erased: dict[str, int]
    remaining: tuple[str, ...]
    next: str | None


class Letter(msgspec.Struct, frozen=True, rename="camel"):
    """One dead letter; `at` is RFC 3339."""

    id: str
    order_id: str | None
    function: str
    error: str
    receives: int
    redrives: int
    at: str


class Letters(msgspec.Struct, frozen=True, rename="camel"):
    """GET /dead-letters."""

    dead_letters: tuple[Letter, ...]
    next_cursor: str | None


class Refusal(msgspec.Struct, frozen=True):
    """A dead letter that stays."""

    id: str
    reason: str


class Redriven(msgspec.Struct, frozen=True):
    """POST /dead-letters/redrive."""

    redriven: int
    refused: tuple[Refusal, ...]
    remaining: int


class Subscriber(msgspec.Struct, frozen=True, rename="camel"):
    """One subscription; times are RFC 3339."""

    subscription_id: str
    email: str
    status: str
    at: str
    confirmed_at: str | None


class Subscribers(msgspec.Struct, frozen=True, rename="camel"):
    """GET /subscriptions."""

    subscriptions: tuple[Subscriber, ...]
    next_cursor: str | None


class Faults(msgspec.Struct, frozen=True):
    """GET and PUT /faults: by function or service."""

    faults: dict[str, RuleState]


class Health(msgspec.Struct, frozen=True):
    """GET /health, 200; `stale` is what has not gone through for long."""

    status: str
    version: str
    pipeline: str
    stale: tuple[str, ...] = ()


class SignInLink(msgspec.Struct, frozen=True):
    """The 201 of POST /sign-in/links."""

    url: str


class Wrong(msgspec.Struct, frozen=True):
    """One wrong member of a request."""

    pointer: str
    detail: str


class Problem(msgspec.Struct, frozen=True):
    """An RFC 9457 problem."""

    title: str
    status: int
    detail: str = ""
    errors: tuple[Wrong, ...] = ()


class ActionResult(msgspec.Struct, frozen=True, rename="camel"):
    """What came of an action on one order."""

    order_id: str
    problem: Problem | None


class ActionResults(msgspec.Struct, frozen=True):
    """POST /orders/actions."""

    results: tuple[ActionResult, ...]


class ImportedRow(msgspec.Struct, frozen=True, rename="camel"):
    """What came of one row of an import."""

    row: int
    order_id: str | None
    status: int
    problem: Problem | None


class ImportReport(msgspec.Struct, frozen=True):
    """POST /orders/import."""

    imported: int
    refused: int
    rows: tuple[ImportedRow, ...]
