"""POST /orders, for any JSON: an order or InvalidOrder, and text that comes back as it was."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ordermill.domain import money
from ordermill.domain.catalogue import Product
from ordermill.domain.errors import FieldError, InvalidOrder
from ordermill.domain.intake import read_order
from ordermill.domain.json_body import JsonNumber, parse_json
from ordermill.domain.order import OrderDraft
from ordermill.domain.text import NAME, NOTE, text_fault

LAPTOP = Product("LAPTOP-14", "Laptop", 119900, "USD", 5)


def find(sku: str | None, name: str | None) -> Product | None:
    return LAPTOP if sku == LAPTOP.sku or (name or "").casefold() == "laptop" else None


NUMBERS = st.sampled_from(["1.0", "9.99", "9.999", "-0.0", "1e2", "1e400"]).map(JsonNumber)
TEXTS = st.text(st.characters(), max_size=8)
TELLING = st.sampled_from(
    ["Laptop", "LAPTOP-14", "9.99", "0.1", "USD", "JPY", "tok_error", "a@b.example", "\ud800", ""]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.integers(1, 9) | NUMBERS | TEXTS | TELLING
ANY_JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
LINE_NAMES = st.sampled_from(["product", "sku", "quantity", "unitPrice"]) | TEXTS
LINES = st.lists(st.dictionaries(LINE_NAMES, SCALARS | ANY_JSON, max_size=5), max_size=3)
PEOPLE = st.sampled_from(["customerName", "customerId", "customer_id", "email", "description", "note", "imageId"])
FORMS = st.sampled_from(["items", "product", "productName", "quantity", "price", "amount"])
TERMS = st.sampled_from(["currency", "confirmMismatch", "paymentToken", "idempotency_key"])
NAMES = PEOPLE | FORMS | TERMS
BODIES = st.dictionaries(NAMES | TEXTS, SCALARS | LINES | ANY_JSON, max_size=8)


def outcome(body: object, strict: bool) -> tuple[OrderDraft | None, tuple[FieldError, ...]]:
    try:
        return read_order(body, find, strict=strict), ()
    except InvalidOrder as error:
        return None, error.errors


@settings(max_examples=300)
@given(ANY_JSON | BODIES, st.booleans())
def test_any_json_is_an_order_or_invalid(body: object, strict: bool) -> None:
    order, wrong = outcome(body, strict)
    if order is None:
        assert wrong
        assert all(error.pointer == "" or error.pointer.startswith("/") for error in wrong)
        "".join(error.pointer + error.detail for error in wrong).encode()
        return
    assert order.total == sum(line.quantity * line.unit_price for line in order.items)
    assert 0 < order.total <= money.MAX_TOTAL
    assert not strict or all(line.stock_sku == LAPTOP.sku for line in order.items)


def valid(rule: Any, limit: int) -> st.SearchStrategy[str]:
    return st.text(st.characters(), min_size=1, max_size=limit).filter(lambda text: text_fault(text, rule) is None)


@given(name=valid(NAME, 20), note=valid(NOTE, 40), product=valid(NAME, 20), sku=valid(NAME, 20))
def test_accepted_text_comes_back_as_it_was(name: str, note: str, product: str, sku: str) -> None:
    line = {"product": product, "sku": sku, "quantity": 1, "unitPrice": "1"}
    body = {"customerName": name, "customerId": name, "note": note, "description": note, "items": [line]}
    order = read_order(parse_json(json.dumps(body).encode()), find, strict=False)
    sent = (name, name, note, note, product, sku)
    got = (
        order.customer_name,
        order.customer_id,
        order.note,
        order.description,
        order.items[0].product,
        order.items[0].sku,
    )
    assert got == sent
    json.dumps(got, ensure_ascii=False).encode()


@pytest.mark.parametrize("strict", [False, True])
@given(quantity=st.integers(1, 1000), cents=st.integers(1, 10**9))
def test_the_same_price_as_number_and_as_text(strict: bool, quantity: int, cents: int) -> None:
    def order(price: str) -> OrderDraft:
        raw = f'{{"product": "Laptop", "quantity": {quantity}, "price": {price}}}'
        return read_order(parse_json(raw.encode()), find if strict else lambda sku, name: None, strict=strict)

    text = money.format(cents, "USD")
    assert order(text) == order(f'"{text}"')
    assert order(text).total == quantity * (LAPTOP.price if strict else cents)
