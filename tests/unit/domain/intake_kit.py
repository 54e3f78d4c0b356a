"""A small catalogue, and short ways to place orders against it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ordermill.domain.catalogue import Product
from ordermill.domain.errors import InvalidOrder
from ordermill.domain.intake import read_order
from ordermill.domain.json_body import parse_json
from ordermill.domain.order import OrderDraft

PRODUCTS = (
    Product("LAPTOP-14", "Laptop", 119900, "USD", None),
    Product("DESK-1", "Standing Desk", 45000, "USD", 25),
    Product("TEA-JP", "\u8336", 500, "JPY", 10),
)


def find(sku: str | None, name: str | None) -> Product | None:
    """The catalogue of these tests, as the port looks products up."""
    for product in PRODUCTS:
        if product.sku == sku:
            return product
    for product in PRODUCTS:
        if name is not None and product.name.casefold() == name.casefold():
            return product
    return None


def draft(**members: Any) -> OrderDraft:
    """The order that these members ask for."""
    return read_order(parse_json(json.dumps(members).encode()), find, strict=False)


def strict_draft(**members: Any) -> OrderDraft:
    """The same where only the catalogue's products are sold."""
    return read_order(parse_json(json.dumps(members).encode()), find, strict=True)


def errors_of(body: object, *, strict: bool = False) -> list[tuple[str, str]]:
    """Pointers and codes of all errors of a parsed body that must be refused."""
    with pytest.raises(InvalidOrder) as caught:
        read_order(body, find, strict=strict)
    assert all(error.detail for error in caught.value.errors)
    return [(error.pointer, error.code) for error in caught.value.errors]


def errors(**members: Any) -> list[tuple[str, str]]:
    """The errors of an order of these members."""
    return errors_of(parse_json(json.dumps(members).encode()))


def strict_errors(**members: Any) -> list[tuple[str, str]]:
    """The same where only the catalogue's products are sold."""
    return errors_of(parse_json(json.dumps(members).encode()), strict=True)


def item(**changes: Any) -> dict[str, Any]:
    """A line that is fine, with changes."""
    return {"product": "Widget", "quantity": 2, "unitPrice": "9.99", **changes}
