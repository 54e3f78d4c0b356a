"""What `ordermill demo` places, and what is expected of it: pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import cycle
from typing import Any

import msgspec

from ordermill.entrypoints.cli.answers import Product
from ordermill.entrypoints.cli.failures import Failure

FEWEST = 5
_CUSTOMERS = ("Ada", "Grace", "Hedy", "Katherine", "Mary", "Radia")


class Case(msgspec.Struct, frozen=True):
    """One order to place: what kind of case it is, the body, and what is expected of it.

    `expected` is the status it should end with (with the reason of an exit), or the HTTP status of a refusal.
    With `repeated`, the same request follows under the same key once the order has ended.
    """

    kind: str
    body: dict[str, Any]
    expected: str
    repeated: bool = False


def plan(count: int, products: Sequence[Product]) -> list[Case]:
    """`count` cases (at least FEWEST) over the catalogue's products, never more of one than its stock.

    Two are invalid, one payment is declined, one gateway flaky, the rest fine; the first fine one is repeated.
    Raises Failure where nothing is in stock.
    """
    supply = _supply(products)
    bad = [
        Case("invalid quantity", {**_body(0, next(supply)), "items": [{"product": "Mug", "quantity": 0}]}, "422"),
        Case("declined payment", _body(1, next(supply), "tok_decline"), "REJECTED PAYMENT_DECLINED"),
        Case("flaky payment", _body(2, next(supply), "tok_flaky"), "PROCESSED"),
        Case("unknown member", {**_body(3, next(supply)), "total": "0.01"}, "422"),
    ]
    cases = [Case("fine", _body(number, next(supply)), "PROCESSED", number == 0) for number in range(count - len(bad))]
    for number, case in enumerate(bad):
        cases.insert((number + 1) * count // (len(bad) + 1), case)
    return cases


def _supply(products: Sequence[Product]) -> Iterator[Product]:
    left = {product.sku: product.stock for product in products}
    for product in cycle(products):
        stock = left[product.sku]
        if stock is None or stock > 0:
            left[product.sku] = None if stock is None else stock - 1
            yield product
        elif not any(amount is None or amount > 0 for amount in left.values()):
            break
    raise Failure("The catalogue has too little in stock for this. See: ordermill catalogue import --help")


def _body(number: int, product: Product, payment: str = "tok_approve") -> dict[str, Any]:
    name = _CUSTOMERS[number % len(_CUSTOMERS)]
    return {
        "customerName": name,
        "email": f"{name.lower()}@example.org",
        "currency": product.currency,
        "paymentToken": payment,
        "items": [{"sku": product.sku, "quantity": 1}],
    }
