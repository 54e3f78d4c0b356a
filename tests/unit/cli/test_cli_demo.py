"""`ordermill demo`."""

from __future__ import annotations

import json
from collections import Counter
from itertools import count
from typing import Any

import pytest

from ordermill.entrypoints.cli.answers import Product
from ordermill.entrypoints.cli.demo_plan import plan
from ordermill.entrypoints.cli.failures import Failure
from tests.unit.cli.cli_fake import Answer, Asked, Fake, Ordermill, placed, problem, seen

MUG = Product("MUG-1", "Mug", "9.99", "USD", None)
PENS = Product("PEN-1", "Pen", "2.50", "EUR", 3)


class Shop:
    """A shop as the contract has it: judges each body, remembers keys, and makes orders that have ended."""

    def __init__(self, fake: Fake) -> None:
        self.fake, self.numbers, self.keys = fake, count(1), dict[str, str]()
        products = [{"sku": "MUG-1", "name": "Mug", "price": "9.99", "currency": "USD", "stock": None}]
        fake.on("GET /products", Answer(200, {"products": products}))
        fake.on("POST /orders", self.place)

    def place(self, asked: Asked) -> Answer:
        body, key = asked.json(), asked.headers.get("idempotency-key")
        if "total" in body or any(item["quantity"] < 1 for item in body["items"]):
            return problem(422, "The order is invalid")
        if key in self.keys:
            return self.replay(self.keys[key])
        order_id = f"ord_{next(self.numbers)}"
        if key:
            self.keys[key] = order_id
        end = self.end(body["paymentToken"], order_id)
        self.fake.on(f"GET /orders/{order_id}", seen("PENDING", order_id=order_id), end)
        return placed(order_id)

    def replay(self, order_id: str) -> Answer:
        return placed(order_id, Idempotent_Replayed="true")

    def end(self, token: str, order_id: str) -> Answer:
        if token == "tok_decline":
            return seen("PENDING", "REJECTED", order_id=order_id, reason="PAYMENT_DECLINED")
        return seen("PENDING", "CONFIRMED", "PAID", "PROCESSED", order_id=order_id)


class Forgetful(Shop):
    """A repeated key makes another order."""

    def replay(self, order_id: str) -> Answer:
        return placed(f"{order_id}0")


class Silent(Shop):
    """A replay is not marked."""

    def replay(self, order_id: str) -> Answer:
        return placed(order_id)


class Stuck(Shop):
    """Nothing is ever processed."""

    def end(self, token: str, order_id: str) -> Answer:
        return seen("PENDING", order_id=order_id)


def test_the_plan_is_as_promised() -> None:
    cases = plan(20, [MUG, PENS])
    assert Counter(case.expected for case in cases) == {"PROCESSED": 17, "REJECTED PAYMENT_DECLINED": 1, "422": 2}
    assert Counter(case.body["paymentToken"] for case in cases) == {"tok_approve": 18, "tok_decline": 1, "tok_flaky": 1}
    assert [case.kind for case in cases if case.repeated] == ["fine"]
    assert [case.kind for case in cases[:3]] == ["fine"] * 3, "the bad ones are spread"


def test_the_plan_stays_within_the_stock_and_its_currency() -> None:
    lines = [(case.body["items"][0].get("sku"), case.body["currency"]) for case in plan(20, [MUG, PENS])]
    assert Counter(sku for sku, _ in lines)["PEN-1"] <= 3
    assert set(lines) >= {("PEN-1", "EUR"), ("MUG-1", "USD")}
    assert ("PEN-1", "USD") not in lines


@pytest.mark.parametrize("products", [[], [PENS]])
def test_too_little_in_stock_is_said(products: list[Product]) -> None:
    with pytest.raises(Failure, match="too little in stock"):
        plan(20, products)


def test_all_as_expected_is_0(ordermill: Ordermill, fake: Fake) -> None:
    Shop(fake)
    result = ordermill("demo")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert len([line for line in lines if " ok " in line]) == 21
    assert "fine                    16  PROCESSED                  16 x PROCESSED                 yes" in lines
    assert "repeated key             1  the same order             1 x the same order             yes" in lines
    assert lines[-1].startswith("21 requests, 21 as expected, in ")
    assert len([asked for asked in fake.asked if asked.method == "POST"]) == 21


def test_json_is_one_document(ordermill: Ordermill, fake: Fake) -> None:
    Shop(fake)
    document: dict[str, Any] = json.loads(ordermill("demo", "--orders", "5", "--json").stdout)
    assert document["ok"] is True
    assert Counter(request["kind"] for request in document["requests"]) == {
        "fine": 1,
        "repeated key": 1,
        "invalid quantity": 1,
        "unknown member": 1,
        "declined payment": 1,
        "flaky payment": 1,
    }
    assert all(request["asExpected"] for request in document["requests"])


@pytest.mark.parametrize(
    ("shop", "said"),
    [(Forgetful, "another order"), (Silent, "not marked as replayed"), (Stuck, "PENDING still")],
)
def test_anything_else_is_1_and_shown(ordermill: Ordermill, fake: Fake, shop: type[Shop], said: str) -> None:
    shop(fake)
    result = ordermill("demo", "--timeout", "1")
    assert result.exit_code == 1
    assert "!!" in result.stdout
    assert said in result.stdout
    assert "  NO" in result.stdout


def test_an_order_that_cannot_be_read_is_seen_as_such(ordermill: Ordermill, fake: Fake) -> None:
    shop = Shop(fake)
    fake.on("GET /orders/ord_1", problem(403, "No"), problem(403, "No"))
    result = ordermill("demo", "--orders", "5")
    assert shop.keys
    assert result.exit_code == 1
    assert "403 when read" in result.stdout


@pytest.mark.parametrize("orders", ["4", "0", "1001"])
def test_how_many_is_bounded(ordermill: Ordermill, orders: str) -> None:
    assert ordermill("demo", "--orders", orders).exit_code == 2


def test_a_server_that_is_no_shop_is_3(ordermill: Ordermill, fake: Fake) -> None:
    Shop(fake)
    fake.on("POST /orders", Answer(202, b"gone"))
    result = ordermill("demo")
    assert result.exit_code == 3
