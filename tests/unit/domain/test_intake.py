"""POST /orders: every form, every rule of lines and prices, and every error at the place that was sent."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from ordermill.domain import money
from ordermill.domain.commands import ProcessOrder
from ordermill.domain.errors import InvalidOrder
from ordermill.domain.intake import read_order
from ordermill.domain.json_body import JsonNumber, parse_json
from ordermill.domain.order import Line, OrderDraft, place
from tests.unit.domain.intake_kit import draft, errors, errors_of, find, item, strict_draft, strict_errors

OTHER_TYPES: list[object] = [5, True, [], {}, 1.5]


def test_the_contracts_example() -> None:
    body = b"""
    {"customerName": "Ada", "customerId": "c1", "email": "ada@example.org", "currency": "USD", "description": null,
     "note": null, "items": [{"product": "Widget", "sku": null, "quantity": 2, "unitPrice": "9.99"}],
     "imageId": null, "confirmMismatch": false, "paymentToken": "tok_approve", "idempotency_key": null}
    """
    assert read_order(parse_json(body), find, strict=False) == OrderDraft(
        "Ada",
        "c1",
        "ada@example.org",
        None,
        None,
        (Line("Widget", None, 2, 999),),
        "USD",
        1998,
        "tok_approve",
    )


def test_items_alone_are_enough() -> None:
    order = draft(items=[item(), item(product=None, sku="W-2", unitPrice="0.01")])
    assert order == OrderDraft(
        None,
        None,
        None,
        None,
        None,
        (Line("Widget", None, 2, 999), Line(None, "W-2", 2, 1)),
        "USD",
        2000,
        "tok_approve",
    )


@pytest.mark.parametrize(
    ("members", "line"),
    [
        ({"product": "Widget", "quantity": 3, "price": "1.50"}, Line("Widget", None, 3, 150)),
        ({"productName": "Widget", "quantity": 3, "price": "1.50"}, Line("Widget", None, 3, 150)),
        ({"product": "laptop", "quantity": 1}, Line("laptop", "LAPTOP-14", 1, 119900)),
        ({"description": "A\nbook", "price": "5"}, Line("A\nbook", None, 1, 500)),
        ({"description": "b" * 5000, "price": "5"}, Line("b" * 5000, None, 1, 500)),
        ({"description": "Laptop", "price": "5"}, Line("Laptop", "LAPTOP-14", 1, 119900)),
        ({"amount": "19.99"}, Line("Order", None, 1, 1999)),
        ({"amount": 20}, Line("Order", None, 1, 2000)),
        (
            {"items": None, "product": None, "amount": "1", "price": None, "description": None},
            Line("Order", None, 1, 100),
        ),
    ],
)
def test_shorthands(members: dict[str, Any], line: Line) -> None:
    assert draft(**members).items == (line,)
    assert draft(**members).total == line.total


def test_a_description_stays_with_the_order_in_every_form() -> None:
    assert draft(description="red", product="Widget", quantity=1, price="1").description == "red"
    assert draft(description="red", amount="1").description == "red"
    assert draft(description="red", items=[item()]).description == "red"
    assert draft(description="red", price="1").description == "red"


@pytest.mark.parametrize(
    ("members", "unknown"),
    [
        ({"items": [item()], "product": "x"}, ["/product"]),
        ({"items": [item()], "productName": "x", "quantity": 1, "price": "1"}, ["/productName", "/quantity", "/price"]),
        ({"items": [item()], "amount": "1"}, ["/amount"]),
        ({"items": [item()], "description": "d", "price": "1"}, ["/price"]),
        ({"product": "x", "productName": "x", "quantity": 1, "price": "1"}, ["/productName"]),
        ({"product": "x", "quantity": 1, "price": "1", "amount": "1"}, ["/amount"]),
        ({"amount": "1", "price": "1", "description": "d"}, ["/price"]),
        ({"amount": "1", "quantity": 1}, ["/quantity"]),
        ({"amount": "1", "quantity": None}, ["/quantity"]),
        ({"description": "d", "price": "1", "quantity": 1}, ["/quantity"]),
        ({"amount": "1", "customerId": "a", "customer_id": "a"}, ["/customer_id"]),
        ({"amount": "1", "sku": "LAPTOP-14"}, ["/sku"]),
        ({"amount": "1", "total": "1", "status": "PAID", "orderId": "x"}, ["/total", "/status", "/orderId"]),
        ({"amount": "1", "order_id": 1, "tenant_id": 1, "version": 1}, ["/order_id", "/tenant_id", "/version"]),
        ({"amount": "1", "total": None}, ["/total"]),
        ({"amount": "1", "a/b~c": 1, "": 1, "~1": 1}, ["/a~1b~0c", "/", "/~01"]),
        ({"items": [item(price="1", total=1, **{"/": 1})]}, ["/items/0/price", "/items/0/total", "/items/0/~1"]),
        ({"items": [item(), item(productName="x")]}, ["/items/1/productName"]),
    ],
)  # fmt: skip
def test_two_forms_together_or_any_other_member_are_unknown_fields(members: dict[str, Any], unknown: list[str]) -> None:
    assert errors(**members) == [(pointer, "unknown-field") for pointer in unknown]


@pytest.mark.parametrize("body", [None, [], "x", 1, True, JsonNumber("1.5"), [{"items": []}]])
def test_a_body_that_is_no_object(body: object) -> None:
    assert errors_of(body) == [("", "wrong-type")]


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({}, [("/items", "required")]),
        ({"customerName": "Ada"}, [("/items", "required")]),
        ({"items": None}, [("/items", "required")]),
        ({"items": {}}, [("/items", "wrong-type")]),
        ({"items": "x"}, [("/items", "wrong-type")]),
        ({"items": []}, [("/items", "out-of-range")]),
        ({"items": [item()] * 51}, [("/items", "out-of-range")]),
        ({"items": [None, 5, [], item()]}, [(f"/items/{index}", "wrong-type") for index in range(3)]),
        ({"items": [{}]}, [("/items/0/product", "required"), ("/items/0/quantity", "required")]),
        ({"items": [item(product=None)]}, [("/items/0/product", "required")]),
        ({"quantity": 1}, [("/product", "required")]),
        ({"price": "1"}, [("/product", "required"), ("/quantity", "required")]),
        ({"product": None, "quantity": 1, "price": "1"}, [("/product", "required")]),
        ({"product": "x", "price": "1"}, [("/quantity", "required")]),
        ({"productName": 5, "quantity": 1, "price": "1"}, [("/productName", "wrong-type")]),
        ({"product": "a\nb", "quantity": 1, "price": "1"}, [("/product", "invalid-text")]),
        ({"description": 5, "price": "1"}, [("/description", "wrong-type")]),
        ({"description": " ", "price": "x"}, [("/description", "blank"), ("/price", "invalid-price")]),
    ],
)
def test_lines_that_are_missing_or_no_lines(members: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert errors(**members) == expected


def test_fifty_lines_are_fine_and_no_more_are_looked_at() -> None:
    assert len(draft(items=[item()] * 50).items) == 50
    assert len(errors(items=[None] * 60)) == 1 + 50


@pytest.mark.parametrize("quantity", [1, 2, 1_000_000])
def test_quantities(quantity: int) -> None:
    assert draft(items=[item(quantity=quantity, unitPrice="0.01")]).total == quantity
    assert draft(product="x", quantity=quantity, price="0.01").items[0].quantity == quantity


NO_INTEGERS: list[object] = [None, True, False, 1.0, 1.5, 1e400, [], {}, [1]]


@pytest.mark.parametrize(
    ("quantity", "code"),
    [
        *((value, "out-of-range") for value in (0, -1, 1_000_001, 2**31, 2**53 + 1, 2**63, 10**4000)),
        *((value, "wrong-type") for value in NO_INTEGERS),
        *((value, "wrong-type") for value in ("1", "1_0", "\u0661\u0662", " 7 ", "")),
    ],
)
def test_quantities_refused(quantity: object, code: str) -> None:
    raw = "1e400" if quantity == 1e400 else json.dumps(quantity)
    body = parse_json(f'{{"items": [{{"product": "x", "unitPrice": "1", "quantity": {raw}}}]}}'.encode())
    assert errors_of(body) == [("/items/0/quantity", code)]
    body = parse_json(f'{{"product": "x", "price": "1", "quantity": {raw}}}'.encode())
    assert errors_of(body) == [("/quantity", code)]


def test_a_quantity_error_says_what_is_expected() -> None:
    with pytest.raises(InvalidOrder) as caught:
        draft(items=[item(quantity=0)])
    assert caught.value.errors[0].detail == "a whole number from 1 to 1,000,000"
    assert caught.value.detail == "1 member needs attention"


@pytest.mark.parametrize(
    ("raw", "minor"),
    [
        ("9.99", 999),
        ('"9.99"', 999),
        ("10", 1000),
        ('"10"', 1000),
        ("0.1", 10),
        ("19.9", 1990),
        ("90071992547.93", 9007199254793),
    ],
)
def test_prices_are_read_from_their_text(raw: str, minor: int) -> None:
    for body in ('{"product": "x", "quantity": 1, "price": %s}', '{"amount": %s}', '{"description": "x", "price": %s}',
                 '{"items": [{"sku": "x", "quantity": 1, "unitPrice": %s}]}'):  # fmt: skip
        assert read_order(parse_json((body % raw).encode()), find, strict=False).total == minor


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        *((raw, "invalid-price") for raw in ("0", "0.0", "-1", "-0.5", "1e2", "1E2", "1e400", "9.999", "9.990")),
        *((f'"{text}"', "invalid-price") for text in ("", " ", "0.00", "19.999", "-0.00", "1e2", "1,5", "$1", "NaN")),
        *((raw, "invalid-price") for raw in ("9" * 39, "9" * 4000, f'"{"9" * 39}"', f'"{"9" * 5000}"')),
        *((raw, "wrong-type") for raw in ("true", "false", "[]", "{}")),
        ("10000000000000.01", "out-of-range"),
        ('"10000000000000.01"', "out-of-range"),
    ],
)
def test_prices_refused(raw: str, code: str) -> None:
    for pointer, body in (
        ("/price", '{"product": "x", "quantity": 1, "price": %s}'),
        ("/amount", '{"amount": %s}'),
        ("/price", '{"description": "x", "price": %s}'),
        ("/items/0/unitPrice", '{"items": [{"sku": "x", "quantity": 1, "unitPrice": %s}]}'),
        ("/items/0/unitPrice", '{"items": [{"sku": "LAPTOP-14", "quantity": 1, "unitPrice": %s}]}'),
    ):
        assert errors_of(parse_json((body % raw).encode())) == [(pointer, code)]


def test_prices_have_the_digits_of_the_currency() -> None:
    assert draft(amount="500", currency="JPY").total == 500
    assert draft(amount="1.234", currency="KWD").total == 1234
    assert errors(amount="500.0", currency="JPY") == [("/amount", "invalid-price")]
    assert errors(amount="1.2345", currency="KWD") == [("/amount", "invalid-price")]


@pytest.mark.parametrize(
    ("currency", "code"),
    [
        *[(text, "unknown-currency") for text in ("usd", "XXX", "XAU", "US$", "", "\ud800", "USD ")],
        *[(other, "wrong-type") for other in OTHER_TYPES],
    ],
)
def test_currencies_refused_beside_wrong_prices(currency: object, code: str) -> None:
    assert errors(currency=currency, amount="1.50") == [("/currency", code)]
    assert errors(currency=currency, amount="x") == [("/currency", code), ("/amount", "invalid-price")]
    assert errors(currency=currency, product="Laptop", quantity=1) == [("/currency", code)]


def test_without_a_price_anywhere() -> None:
    assert errors(items=[item(unitPrice=None)]) == [("/items/0/unitPrice", "price-required")]
    assert errors(items=[{"sku": "W", "quantity": 0}]) == [
        ("/items/0/quantity", "out-of-range"),
        ("/items/0/unitPrice", "price-required"),
    ]
    assert errors(product="Widget", quantity=1) == [("/price", "price-required")]
    assert errors(productName="Widget", quantity=1, price=None) == [("/price", "price-required")]
    assert errors(description="Widget") == [("/price", "price-required")]
    assert errors(description="Laptop", price=None) == [("/price", "price-required")]


@pytest.mark.parametrize(
    ("sent", "line"),
    [
        ({"product": "lapTOP", "unitPrice": "1"}, Line("lapTOP", "LAPTOP-14", 2, 119900)),
        ({"sku": "LAPTOP-14"}, Line("Laptop", "LAPTOP-14", 2, 119900)),
        ({"sku": "LAPTOP-14", "product": "My laptop"}, Line("My laptop", "LAPTOP-14", 2, 119900)),
        ({"sku": "laptop-14", "unitPrice": "1"}, Line(None, "laptop-14", 2, 100)),
        ({"sku": "DESK-1", "product": "Laptop"}, Line("Laptop", "DESK-1", 2, 45000, "DESK-1")),
        ({"product": "standing desk"}, Line("standing desk", "DESK-1", 2, 45000, "DESK-1")),
        ({"product": "Standing Desk", "sku": "OLD-7"}, Line("Standing Desk", "OLD-7", 2, 45000, "DESK-1")),
    ],
)
def test_the_catalogues_price_wins(sent: dict[str, Any], line: Line) -> None:
    assert draft(items=[{"quantity": 2, **sent}]).items == (line,)


def test_strict_refuses_what_the_catalogue_does_not_have() -> None:
    assert strict_draft(items=[{"product": "Laptop", "quantity": 1}]).total == 119900
    assert strict_errors(items=[item()]) == [("/items/0/product", "unknown-product")]
    assert strict_errors(items=[item(sku="W")]) == [("/items/0/sku", "unknown-product")]
    assert strict_errors(productName="x", quantity=1) == [("/productName", "unknown-product")]
    assert strict_errors(amount="1") == [("/amount", "unknown-product")]
    assert strict_errors(description="x", price="0") == [
        ("/price", "invalid-price"),
        ("/description", "unknown-product"),
    ]


@pytest.mark.parametrize("sku", ["../x", "a/b", "%", "_", "'; DROP", "\u212aEY-1", "x" * 200])
def test_no_spelling_of_a_sku_finds_another_product(sku: str) -> None:
    assert strict_errors(items=[item(sku=sku)]) == [("/items/0/sku", "unknown-product")]
    assert draft(items=[item(sku=sku)]).items[0].sku == sku


def test_a_catalogue_price_in_another_currency() -> None:
    line = {"quantity": 1}
    assert draft(currency="JPY", items=[{**line, "product": "\u8336"}]).total == 500
    assert errors(items=[{**line, "product": "\u8336"}]) == [("/items/0/product", "currency-mismatch")]
    assert errors(items=[{**line, "sku": "TEA-JP", "product": "x"}]) == [("/items/0/sku", "currency-mismatch")]
    assert errors(items=[{**line, "sku": "x", "product": "\u8336"}]) == [("/items/0/product", "currency-mismatch")]
    assert errors(product="\u8336", quantity=0) == [("/quantity", "out-of-range"), ("/product", "currency-mismatch")]


def test_caps_of_lines_and_orders() -> None:
    most = money.format(money.MAX_TOTAL, "USD")
    assert draft(amount=most).total == money.MAX_TOTAL
    assert errors(product="x", quantity=2, price=most) == [("/quantity", "out-of-range")]
    assert errors(items=[item(quantity=1, unitPrice=most), item(unitPrice="0.01")]) == [("/items", "out-of-range")]
    assert errors(items=[item(quantity=2, unitPrice=most)]) == [("/items/0/quantity", "out-of-range")]
    assert draft(items=[item(quantity=10**6, unitPrice="10000000.00")]).total == money.MAX_TOTAL
    assert errors(items=[item(quantity=10**6, unitPrice="10000000.01")]) == [("/items/0/quantity", "out-of-range")]


def test_every_wrong_member_is_named_at_once() -> None:
    assert errors(
        total=1,
        customerName=5,
        email="x",
        currency="usd",
        note="",
        items=[item(quantity=0, unitPrice=True, colour=1), 5, {"product": 5, "sku": "", "quantity": "1"}],
        paymentToken="x",
        confirmMismatch="x",
    ) == [
        ("/total", "unknown-field"),
        ("/customerName", "wrong-type"),
        ("/note", "blank"),
        ("/email", "invalid-email"),
        ("/currency", "unknown-currency"),
        ("/paymentToken", "unknown-payment-token"),
        ("/confirmMismatch", "wrong-type"),
        ("/items/0/colour", "unknown-field"),
        ("/items/0/quantity", "out-of-range"),
        ("/items/0/unitPrice", "wrong-type"),
        ("/items/1", "wrong-type"),
        ("/items/2/product", "wrong-type"),
        ("/items/2/sku", "blank"),
        ("/items/2/quantity", "wrong-type"),
    ]


def test_the_largest_order_has_at_most_200_kb_as_json() -> None:
    wide = "\U00020000"
    line = {"product": wide * 200, "sku": wide * 200, "quantity": 1_000_000, "unitPrice": "0.01"}
    order = draft(
        customerName=wide * 200,
        customerId=wide * 200,
        email="a" * 64 + "@" + "b" * 63 + "." + "c" * 63 + ".example",
        description=wide * 5000,
        note=wide * 2000,
        items=[line] * 50,
    )
    placed = place(order, order_id="ord_" + "0" * 36, at=2**42, by="create_order")
    # As of a catalogue that counts them.
    placed = replace(placed, items=tuple(replace(each, stock_sku=each.sku) for each in placed.items))
    assert len(msgspec.json.encode(placed)) <= 200_000
    assert len(msgspec.json.encode(ProcessOrder(placed.order_id, 1, placed))) <= 256 * 1024
