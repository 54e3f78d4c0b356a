"""The contract's JSON, member for member."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from ordermill.domain.catalogue import Product
from ordermill.domain.errors import FieldError
from ordermill.domain.order import (
    Line,
    Order,
    OrderDraft,
    Payment,
    PaymentStatus,
    Reason,
    Shipment,
    Status,
    Step,
    advance,
    place,
)
from ordermill.entrypoints import wire

AT = 1_763_640_000_123
ORDER_ID = wire.ORDER_ID_EXAMPLE


@pytest.fixture
def order() -> Order:
    lines = (Line("Widget", None, 2, 999), Line(None, "MUG", 1, 2, stock_sku="MUG"))
    draft = OrderDraft("Ada", "c1", "ada@example.org", None, None, lines, "USD", 2000, "tok_approve")
    return place(draft, order_id=ORDER_ID, at=AT, by="create_order")


def sent(view: object) -> Any:
    return json.loads(msgspec.json.encode(view))


LINES = [
    {"product": "Widget", "sku": None, "quantity": 2, "unitPrice": "9.99", "lineTotal": "19.98"},
    {"product": None, "sku": "MUG", "quantity": 1, "unitPrice": "0.02", "lineTotal": "0.02"},
]
PENDING = {
    "seq": 1,
    "status": "PENDING",
    "at": "2025-11-20T12:00:00.123Z",
    "by": "create_order",
    "reason": None,
    "changed": [],
}


def test_the_whole_order_has_every_member(order: Order) -> None:
    payment = Payment(PaymentStatus.CAPTURED, 2000, 0)
    steps = [Step(Status.CONFIRMED), Step(Status.PAID), Step(Status.PROCESSED)]
    done = advance(order, steps, at=AT + 877, by="process_order", payment=payment)
    later: dict[str, Any] = {"at": "2025-11-20T12:00:01.000Z", "by": "process_order", "reason": None, "changed": []}
    assert sent(wire.order_view(done)) == {
        "orderId": ORDER_ID,
        "customerName": "Ada",
        "customerId": "c1",
        "email": "ada@example.org",
        "description": None,
        "note": None,
        "items": LINES,
        "currency": "USD",
        "total": "20.00",
        "status": "PROCESSED",
        "reason": None,
        "reasonDetail": None,
        "payment": {"status": "CAPTURED", "captured": "20.00", "refunded": "0.00"},
        "attempt": 1,
        "compensation": "NONE",
        "shipment": None,
        "image": None,
        "timestamp": "2025-11-20T12:00:00.123Z",
        "updatedAt": "2025-11-20T12:00:01.000Z",
        "version": 4,
        "history": [
            PENDING,
            {"seq": 2, "status": "CONFIRMED", **later},
            {"seq": 3, "status": "PAID", **later},
            {"seq": 4, "status": "PROCESSED", **later},
        ],
    }


def test_an_exit_tells_its_reason(order: Order) -> None:
    step = Step(Status.REJECTED, Reason.OUT_OF_STOCK, "not enough stock of MUG")
    view = sent(wire.order_view(advance(order, [step], at=AT, by="process_order")))
    assert (view["status"], view["reason"], view["reasonDetail"]) == (
        "REJECTED",
        "OUT_OF_STOCK",
        "not enough stock of MUG",
    )
    assert view["history"][1]["reason"] == "OUT_OF_STOCK"


@pytest.mark.parametrize(("delivered", "shown"), [(None, None), (AT + 1, "2025-11-20T12:00:00.124Z")])
def test_a_shipment_has_its_times(order: Order, delivered: int | None, shown: str | None) -> None:
    view = sent(wire.order_view(replace(order, shipment=Shipment("UPS", "1Z", AT, delivered))))
    assert view["shipment"] == {
        "carrier": "UPS",
        "trackingNumber": "1Z",
        "shippedAt": "2025-11-20T12:00:00.123Z",
        "deliveredAt": shown,
    }


def test_the_id_alone_shows_nothing_about_the_person(order: Order) -> None:
    assert sent(wire.public_view(order)) == {
        "orderId": ORDER_ID,
        "status": "PENDING",
        "items": LINES,
        "currency": "USD",
        "total": "20.00",
        "timestamp": "2025-11-20T12:00:00.123Z",
        "updatedAt": "2025-11-20T12:00:00.123Z",
        "version": 1,
    }


def test_placing_answers_id_token_and_total(order: Order) -> None:
    assert sent(wire.placed_view(order, "secret")) == {
        "orderId": ORDER_ID,
        "orderToken": "secret",
        "status": "PENDING",
        "total": "20.00",
        "currency": "USD",
        "timestamp": "2025-11-20T12:00:00.123Z",
    }


def test_the_history_alone(order: Order) -> None:
    assert sent(wire.history_view(order)) == {"orderId": ORDER_ID, "history": [PENDING]}


def test_products_have_all_digits_of_their_currency() -> None:
    products = [Product("A", "Tea", 30, "USD", None), Product("B", "Cup", 500, "JPY", 0)]
    assert sent(wire.products_view(products)) == {
        "products": [
            {"sku": "A", "name": "Tea", "price": "0.30", "currency": "USD", "stock": None},
            {"sku": "B", "name": "Cup", "price": "500", "currency": "JPY", "stock": 0},
        ]
    }


def test_a_problem_has_its_fixed_members_and_no_others() -> None:
    fault = FieldError("/items/0/quantity", "out-of-range", "a whole number from 1 to 1,000,000")
    problem = wire.Problem("/problems/invalid-order", "The order is invalid", 422, "1 member", "req_1", (fault,))
    assert sent(problem) == {
        "type": "/problems/invalid-order",
        "title": "The order is invalid",
        "status": 422,
        "detail": "1 member",
        "instance": "req_1",
        "errors": [{"pointer": fault.pointer, "code": fault.code, "detail": fault.detail}],
    }


def test_a_refused_transition_adds_where_it_could_go() -> None:
    problem = wire.Problem("/problems/invalid-transition", "t", 409, "d", "req_1", (), Status.PAID, Status.SHIPPED, ())
    shown = sent(problem)
    assert (shown["from"], shown["to"], shown["allowed"], shown["errors"]) == ("PAID", "SHIPPED", [], [])
    assert "executionId" not in shown
