"""`ordermill orders`."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ordermill.domain.actions import ORDERS_MAX
from tests.unit.cli.cli_fake import Answer, Fake, Ordermill, problem

ORDER: dict[str, Any] = {
    "orderId": "ord_1",
    "status": "SHIPPED",
    "total": "19.98",
    "currency": "USD",
    "reason": None,
    "reasonDetail": None,
    "customerName": "Ada\x1b[2J",
    "email": "ada@example.org",
    "note": None,
    "items": [{"product": "Mug", "sku": None, "quantity": 2, "unitPrice": "9.99", "lineTotal": "19.98"}],
    "shipment": {"carrier": "UPS", "trackingNumber": None, "shippedAt": "2026-11-20T12:00:00Z", "deliveredAt": None},
    "version": 5,
    "history": [
        {"seq": 1, "status": "PENDING", "at": "2026-11-20T12:00:00.000Z", "by": "create_order"},
        {
            "seq": 2,
            "status": "PENDING",
            "at": "2026-11-20T12:00:01.000Z",
            "by": "staff",
            "reason": "asked",
            "changed": ["note"],
        },
    ],
}
READ = Answer(200, ORDER, {"ETag": '"5"'})


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch, ordermill: Ordermill) -> None:
    monkeypatch.setenv("ORDERMILL_STAFF_TOKEN", "t")


def test_show(ordermill: Ordermill, fake: Fake) -> None:
    fake.on("GET /orders/ord_1", READ)
    result = ordermill("orders", "show", "ord_1")
    assert (result.exit_code, result.stderr) == (0, "")
    assert [line.rstrip() for line in result.stdout.splitlines()] == [
        "ord_1  SHIPPED  19.98 USD",
        "  2 x Mug  19.98",
        "Customer         Ada\ufffd[2J",
        "E-mail           ada@example.org",
        "Carrier          UPS",
        "  2026-11-20T12:00:00.000Z  PENDING    create_order",
        "  2026-11-20T12:00:01.000Z  PENDING    staff  changed note  asked",
    ]
    assert fake.asked[0].headers["authorization"] == "Bearer t"
    assert json.loads(ordermill("orders", "show", "ord_1", "--json").stdout) == ORDER


def test_edit_sends_what_was_given_for_the_version_that_was_read(ordermill: Ordermill, fake: Fake) -> None:
    fake.on("GET /orders/ord_1", READ)
    fake.on("PATCH /orders/ord_1?reason=She+called", READ)
    result = ordermill(
        *("orders", "edit", "ord_1", "--email", "g@example.org", "--remove", "note", "--reason", "She called")
    )
    assert result.exit_code == 0
    assert result.stdout.startswith("ord_1  SHIPPED")
    sent = fake.asked[1]
    assert sent.json() == {"email": "g@example.org", "note": None}
    assert (sent.headers["if-match"], sent.headers["content-type"]) == ('"5"', "application/merge-patch+json")


def test_an_edit_that_somebody_else_came_before_is_refused(ordermill: Ordermill, fake: Fake) -> None:
    fake.on("GET /orders/ord_1", READ)
    fake.on("PATCH /orders/ord_1", problem(412, "The order changed since it was read"))
    result = ordermill("orders", "edit", "ord_1", "--note", "")
    assert (result.exit_code, result.stdout) == (4, "")
    assert "changed since it was read (412)" in result.stderr
    assert fake.asked[1].json() == {"note": ""}


@pytest.mark.parametrize("args", [[], ["--reason", "x"], ["--note", "x", "--remove", "note"], ["--remove", "status"]])
def test_an_edit_of_nothing_or_of_both_ways(ordermill: Ordermill, fake: Fake, args: list[str]) -> None:
    assert ordermill("orders", "edit", "ord_1", *args).exit_code == 2
    assert fake.asked == []


@pytest.mark.parametrize(
    ("args", "body"),
    [
        (["ship", "a", "b"], {"orderIds": ["a", "b"], "action": "ship"}),
        (
            ["ship", "a", "--carrier", "UPS", "--tracking-number", "1Z", "--reason", "r"],
            {"orderIds": ["a"], "action": "ship", "reason": "r", "carrier": "UPS", "trackingNumber": "1Z"},
        ),
        (["deliver", "a"], {"orderIds": ["a"], "action": "deliver"}),
        (["cancel", "a", "--reason", "r"], {"orderIds": ["a"], "action": "cancel", "reason": "r"}),
        (["retry", "a"], {"orderIds": ["a"], "action": "retry"}),
    ],
)
def test_what_is_asked_for(ordermill: Ordermill, fake: Fake, args: list[str], body: dict[str, Any]) -> None:
    results = [{"orderId": id_, "status": 200, "problem": None} for id_ in body["orderIds"]]
    fake.on("POST /orders/actions", Answer(200, {"results": results}))
    result = ordermill("orders", *args)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "".join(f"{id_}: done\n" for id_ in body["orderIds"])
    assert fake.asked[0].json() == body


def test_what_one_is_refused_is_shown_and_the_end_is_not_good(ordermill: Ordermill, fake: Fake) -> None:
    wrong = {"title": "The order cannot take that status now", "status": 409, "detail": "PENDING cannot"}
    results = [
        {"orderId": "a", "status": 200, "problem": None},
        {"orderId": "b\x1b", "status": 409, "problem": wrong},
    ]
    fake.on("POST /orders/actions", Answer(200, {"results": results}))
    result = ordermill("orders", "ship", "a", "b")
    assert (result.exit_code, result.stdout) == (1, "a: done\n")
    assert result.stderr == "b\ufffd: The order cannot take that status now (409): PENDING cannot\n"
    as_json = ordermill("orders", "ship", "a", "b", "--json")
    assert (as_json.exit_code, json.loads(as_json.stdout)) == (1, {"results": results})


@pytest.mark.parametrize(
    "args", [["ship"], ["ship", *["a"] * (ORDERS_MAX + 1)], ["send", "a"], ["deliver", "--carrier"]]
)
def test_misuse(ordermill: Ordermill, fake: Fake, args: list[str]) -> None:
    assert ordermill("orders", *args).exit_code == 2
    assert fake.asked == []
