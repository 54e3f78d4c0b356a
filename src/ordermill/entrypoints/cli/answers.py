"""What the command line reads of the server's answers; other members are ignored."""

from __future__ import annotations

import msgspec

from ordermill.runtime.faults import RuleState


class Entry(msgspec.Struct, frozen=True):
    """One history entry; `at` is RFC 3339."""

    seq: int
    status: str
    at: str
    by: str
    reason: str | None = None


class Placed(msgspec.Struct, frozen=True, rename="camel"):
    """The 202 of POST /orders."""

    order_id: str
    order_token: str
    status: str
    total: str
    currency: str
    timestamp: str


class OrderSeen(msgspec.Struct, frozen=True, rename="camel"):
    """The holder's view of an order; `total` is a decimal string."""

    order_id: str
    status: str
    total: str
    currency: str
    reason: str | None
    reason_detail: str | None
    history: tuple[Entry, ...]


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


class Faults(msgspec.Struct, frozen=True):
    """GET and PUT /faults: by function or service."""

    faults: dict[str, RuleState]


class Health(msgspec.Struct, frozen=True):
    """GET /health, 200."""

    status: str
    version: str
    pipeline: str


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
