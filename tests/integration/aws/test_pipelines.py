"""Orders through a whole deployment, in each pipeline: what a customer and staff see, and what is kept."""

from __future__ import annotations

import pytest

from tests.integration.aws.conftest import MakeStack
from tests.integration.aws.orders_kit import (
    PIPELINES,
    alerts,
    events,
    letters,
    listed,
    mails,
    order,
    place,
    placed,
    statuses,
)

pytestmark = pytest.mark.parametrize("pipeline", PIPELINES)

DONE = ["PENDING", "CONFIRMED", "PAID", "PROCESSED"]


def test_an_order_is_processed_once(stack: MakeStack, pipeline: str) -> None:
    deployed = stack(pipeline)
    first = placed(deployed, key="k1")
    deployed.settle()
    again = placed(deployed, key="k1")
    deployed.settle()
    found = order(deployed, first.json)
    assert statuses(found) == DONE
    assert found["payment"] == {"status": "CAPTURED", "captured": "19.98", "refunded": "0.00"}
    assert mails(deployed, found["orderId"]) == [("OrderProcessed", "SENT")]
    assert events(deployed, found["orderId"]) == ["OrderCreated", "OrderConfirmed", "OrderPaid", "OrderProcessed"]
    assert again.json == {**first.json, "status": "PROCESSED"}
    assert again.headers["idempotent-replayed"] == "true"
    assert [each["orderId"] for each in listed(deployed, "/orders")] == [found["orderId"]]
    assert (letters(deployed), alerts(deployed)) == ([], [])


def test_a_payment_that_is_declined_rejects_the_order(stack: MakeStack, pipeline: str) -> None:
    deployed = stack(pipeline)
    accepted = place(deployed, "tok_decline")
    deployed.settle()
    found = order(deployed, accepted)
    assert statuses(found) == ["PENDING", "CONFIRMED", "REJECTED"]
    assert (found["reason"], found["compensation"]) == ("PAYMENT_DECLINED", "NONE")
    assert mails(deployed, found["orderId"]) == [("OrderRejected", "SENT")]


def test_a_payment_that_fails_for_good_fails_the_order(stack: MakeStack, pipeline: str) -> None:
    deployed = stack(pipeline)
    accepted = place(deployed, "tok_error")
    deployed.settle()
    found = order(deployed, accepted)
    assert statuses(found) == ["PENDING", "CONFIRMED", "FAILED"]
    assert (found["reason"], found["compensation"]) == ("PAYMENT_ERROR", "DONE")
    assert alerts(deployed) == [("process_order", "PAYMENT_ERROR")]
    (letter,) = letters(deployed)
    place_of = "orders>process_order" if pipeline == "stream" else "order-queue"
    assert (letter["queue"], letter["orderId"], letter["receives"]) == (place_of, found["orderId"], 5)
    assert letter["error"].startswith("PaymentError: ")


def test_a_failed_order_is_redriven(stack: MakeStack, pipeline: str) -> None:
    deployed = stack(pipeline)
    accepted = place(deployed, "tok_error")
    deployed.settle()
    answer = deployed.request("POST", "/dead-letters/redrive", {"all": True}, staff=True)
    assert (answer.status, answer.json["redriven"], answer.json["refused"]) == (200, 1, [])
    assert letters(deployed) == []
    deployed.settle()
    found = order(deployed, accepted)
    assert (found["status"], found["attempt"]) == ("FAILED", 2)
    assert [letter["redrives"] for letter in letters(deployed)] == [1]


def test_a_payment_that_fails_twice_is_taken(stack: MakeStack, pipeline: str) -> None:
    deployed = stack(pipeline)
    accepted = place(deployed, "tok_flaky")
    deployed.settle()
    assert statuses(order(deployed, accepted)) == DONE
    assert letters(deployed) == []


def test_an_order_is_cancelled_and_refunded(stack: MakeStack, pipeline: str) -> None:
    deployed = stack(pipeline)
    accepted = place(deployed)
    deployed.settle()
    path = f"/orders/{accepted['orderId']}/actions"
    # Staff's token goes to the authorizer on this route.
    answer = deployed.request("POST", path, {"action": "cancel", "reason": "asked for"}, staff=True)
    assert answer.status == 200, answer.body
    deployed.settle()
    found = order(deployed, accepted)
    assert (found["status"], found["compensation"]) == ("CANCELLED", "DONE")
    assert found["payment"] == {"status": "REFUNDED", "captured": "19.98", "refunded": "19.98"}


def test_stock_is_taken_once_and_given_back(stack: MakeStack, pipeline: str) -> None:
    deployed = stack(pipeline)
    csv = b"sku,name,price,currency,stock\nLAMP,Lamp,20.00,USD,3\n"
    imported = deployed.request("PUT", "/catalogue", csv, headers={"content-type": "text/csv"}, staff=True)
    assert imported.status == 200, imported.body

    def lamps(quantity: int) -> dict[str, str]:
        accepted: dict[str, str] = place(deployed, items=[{"product": "lamp", "quantity": quantity}])
        deployed.settle()
        return accepted

    two, two_more = lamps(2), lamps(2)
    assert order(deployed, two)["status"] == "PROCESSED"
    assert (order(deployed, two_more)["status"], order(deployed, two_more)["reason"]) == ("REJECTED", "OUT_OF_STOCK")
    stock = {product["sku"]: product["stock"] for product in listed(deployed, "/products")}
    assert stock == {"LAMP": 1}
