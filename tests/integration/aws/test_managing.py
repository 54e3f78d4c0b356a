"""Orders as staff change them in a deployment: edits beside their processing, shipping, many at once, whole files."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cloud.stack import Answer, Stack
from tests.integration.aws.conftest import MakeStack
from tests.integration.aws.orders_kit import (
    PIPELINES,
    alerts,
    events,
    items,
    letters,
    listed,
    mails,
    order,
    place,
    statuses,
)

PROCESSED = ["PENDING", "CONFIRMED", "PAID", "PROCESSED"]
in_each_pipeline = pytest.mark.parametrize("pipeline", PIPELINES)


def edit(stack: Stack, order_id: str, if_match: str | None, query: str = "", **patch: Any) -> Answer:
    headers = {"content-type": "application/merge-patch+json"} | ({} if if_match is None else {"if-match": if_match})
    return stack.request("PATCH", f"/orders/{order_id}", patch, headers=headers, query=query, staff=True)


def many(stack: Stack, ids: list[str], action: str, **members: str) -> list[dict[str, Any]]:
    body = {"orderIds": ids, "action": action, **members}
    answer = stack.request("POST", "/orders/actions", body, staff=True)
    assert answer.status == 200, answer.body
    results: list[dict[str, Any]] = answer.json["results"]
    return results


def send_file(stack: Stack, text: str, key: str | None = None, query: str = "") -> Answer:
    headers = {"content-type": "text/csv"} | ({} if key is None else {"idempotency-key": key})
    return stack.request("POST", "/orders/import", text.encode(), headers=headers, query=query, staff=True)


def one(stack: Stack, order_id: str) -> dict[str, Any]:
    """The order as staff see it in its list."""
    (found,) = [each for each in listed(stack, "/orders") if each["orderId"] == order_id]
    return found


@in_each_pipeline
def test_an_order_is_edited_shipped_and_delivered(stack: MakeStack, pipeline: str) -> None:
    deployed = stack(pipeline)
    accepted = place(deployed)
    deployed.settle()
    order_id = accepted["orderId"]
    answer = edit(deployed, order_id, '"4"', "reason=She%20called", note="Ring twice")
    assert (answer.status, answer.headers["etag"], answer.json["note"]) == (200, '"5"', "Ring twice")
    assert (edit(deployed, order_id, '"4"', note="x").status, edit(deployed, order_id, None, note="x").status) == (
        412,
        428,
    )
    results = many(deployed, [order_id, "nobody's", order_id], "ship", carrier="UPS", trackingNumber="1Z")
    assert [result["status"] for result in results] == [200, 404, 200]
    deployed.settle()
    there = deployed.request("POST", f"/orders/{order_id}/actions", {"action": "deliver"}, staff=True)
    assert (there.status, there.json["shipment"]["carrier"], there.json["version"]) == (200, "UPS", 7)
    deployed.settle()
    found = order(deployed, accepted)
    assert statuses(found) == [*PROCESSED, "SHIPPED", "DELIVERED"]
    assert [(entry["by"], entry["reason"]) for entry in found["history"][4:]] == [
        ("staff", "She called"),
        ("staff", None),
        ("staff", None),
    ]
    told = [(event, "SENT") for event in ("OrderProcessed", "OrderShipped", "OrderDelivered")]
    assert mails(deployed, order_id) == told
    assert events(deployed, order_id)[4:] == ["OrderUpdated", "OrderShipped", "OrderDelivered"]
    assert edit(deployed, order_id, "*", note="x").status == 409


@pytest.mark.parametrize("pipeline", ["workflow", "stream"])
def test_items_are_edited_before_processing_and_charged_as_they_are_then(stack: MakeStack, pipeline: str) -> None:
    deployed = stack(pipeline)
    accepted = place(deployed)
    lines = [{"product": "Widget", "quantity": 3, "unitPrice": "9.99"}]
    assert edit(deployed, accepted["orderId"], '"1"', items=lines).json["total"] == "29.97"
    deployed.settle()
    found = order(deployed, accepted)
    assert statuses(found) == PROCESSED
    assert found["payment"]["captured"] == found["total"] == "29.97"


@in_each_pipeline
def test_rows_become_orders_that_are_processed_once(stack: MakeStack, pipeline: str) -> None:
    deployed = stack(pipeline)
    text = 'email,product,quantity,unitPrice\nada@example.org,"Wid\r\nget",1,1\n,Widget,2,9.99\n,Gadget,1,5\n'
    report = send_file(deployed, text, "file").json
    assert (report["imported"], report["refused"]) == (2, 1)
    assert [(row["row"], row["status"]) for row in report["rows"]] == [(2, 422), (3, 202), (4, 202)]
    assert send_file(deployed, text, "file").json["rows"][1:] == report["rows"][1:]
    deployed.settle()
    assert send_file(deployed, text, "file").json["rows"][1:] == report["rows"][1:]
    deployed.settle()
    assert len(listed(deployed, "/orders")) == 2
    for row, total in zip(report["rows"][1:], ("19.98", "5.00"), strict=True):
        found = one(deployed, row["orderId"])
        assert (found["status"], found["payment"]["captured"], found["version"]) == ("PROCESSED", total, 4)
        assert events(deployed, row["orderId"]) == ["OrderCreated", "OrderConfirmed", "OrderPaid", "OrderProcessed"]
    assert (letters(deployed), alerts(deployed)) == ([], [])
    charges = [row for item in items(deployed, "payments") for row in json.loads(item.get("body", "[]"))]
    assert len(charges) == 2


@in_each_pipeline
def test_a_payment_that_fails_for_good_leaves_one_letter(stack: MakeStack, pipeline: str) -> None:
    deployed = stack(pipeline)
    (row,) = send_file(deployed, "amount,paymentToken\n5,tok_error\n").json["rows"]
    deployed.settle()
    assert one(deployed, row["orderId"])["status"] == "FAILED"
    assert [letter["orderId"] for letter in letters(deployed)] == [row["orderId"]]


@pytest.mark.parametrize("pipeline", ["workflow", "queue"])
def test_a_death_between_orders_and_messages_is_repaired_by_the_same_file(stack: MakeStack, pipeline: str) -> None:
    deployed = stack(pipeline)
    queue = deployed.deployment.queue_url("order-queue")
    text = "amount\n1\n2\n"
    (first, second) = (send_file(deployed, text, key).json["rows"] for key in ("a", "b"))
    deployed.deployment.client("sqs").purge_queue(QueueUrl=queue)
    deployed.settle()
    assert {one(deployed, row["orderId"])["status"] for row in (*first, *second)} == {"PENDING"}
    assert send_file(deployed, text, "a").json["rows"] == first
    deployed.settle()
    assert [one(deployed, row["orderId"])["status"] for row in (*first, *second)] == ["PROCESSED"] * 2 + ["PENDING"] * 2
