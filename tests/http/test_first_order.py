"""The README's first order: accepted, processed, charged, mailed, and there after the power went."""

from __future__ import annotations

import re
from email import message_from_bytes, policy

import pytest

from tests.e2e.conftest import MakeServer
from tests.e2e.server import FIRST_ORDER, Json, order_until, wait_for

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
ORDER_ID = re.compile(r"ord_[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
LAPTOP: Json = {
    "product": "Laptop",
    "sku": "LAPTOP-14",
    "quantity": 1,
    "unitPrice": "1199.00",
    "lineTotal": "1199.00",
}


@pytest.mark.parametrize(
    ("pipeline", "intake"), [(None, "create_order"), ("stream", "create_order"), ("queue", "submit_order")]
)
def test_the_first_order_is_processed_charged_mailed_and_outlives_a_power_failure(
    make_server: MakeServer, pipeline: str | None, intake: str
) -> None:
    server = make_server()
    server.pipeline = pipeline
    server.start()
    with server.client() as client:
        answer = client.post("/orders", json=FIRST_ORDER)
        placed = check_accepted(answer.status_code, answer.headers["location"], answer.json())
        holder = {"Order-Token": placed["orderToken"]}
        order = order_until(client, placed["orderId"], holder, "PROCESSED", within_s=5)
        check_processed(order, placed, intake)
        payments = client.get("/payments", params={"orderId": order["orderId"]}, headers=server.staff).json()
        check_charged_once(payments, order["orderId"])
    (mail,) = wait_for(server.mails, "the mail is there")
    check_mail(mail.read_bytes(), order, server.url)

    server.kill()
    server.start()
    with server.client() as client:
        assert client.get(f"/orders/{order['orderId']}", headers=holder).json() == order
        again = client.get("/payments", params={"orderId": order["orderId"]}, headers=server.staff).json()
    assert again == payments
    assert len(server.mails()) == 1


def check_accepted(status: int, location: str, placed: Json) -> Json:
    assert status == 202
    assert placed.keys() == {"orderId", "orderToken", "status", "total", "currency", "timestamp"}
    assert ORDER_ID.fullmatch(placed["orderId"])
    assert location == f"/orders/{placed['orderId']}"
    assert re.fullmatch(r"[A-Za-z0-9_-]{32,}", placed["orderToken"])
    assert TIME.fullmatch(placed["timestamp"])
    assert (placed["status"], placed["total"], placed["currency"]) == ("PENDING", "1199.00", "USD")
    return placed


def check_processed(order: Json, placed: Json, intake: str) -> None:
    history = order["history"]
    assert [(entry["seq"], entry["status"], entry["by"]) for entry in history] == [
        (1, "PENDING", intake),
        (2, "CONFIRMED", "process_order"),
        (3, "PAID", "process_order"),
        (4, "PROCESSED", "process_order"),
    ]
    for entry in history:
        assert entry.keys() == {"seq", "status", "at", "by", "reason", "changed"}
        assert (TIME.fullmatch(entry["at"]) is not None, entry["reason"], entry["changed"]) == (True, None, [])
    assert order == {
        "orderId": placed["orderId"],
        "customerName": "John Doe",
        "customerId": None,
        "email": "john@example.org",
        "description": None,
        "note": None,
        "items": [LAPTOP],
        "currency": "USD",
        "total": "1199.00",
        "status": "PROCESSED",
        "reason": None,
        "reasonDetail": None,
        "payment": {"status": "CAPTURED", "captured": "1199.00", "refunded": "0.00"},
        "attempt": 1,
        "compensation": "NONE",
        "shipment": None,
        "image": None,
        "timestamp": placed["timestamp"],
        "updatedAt": history[-1]["at"],
        "version": 4,
        "history": history,
    }


def check_charged_once(payments: Json, order_id: str) -> None:
    (entry,) = payments["payments"]
    assert TIME.fullmatch(entry["at"])
    assert entry["paymentId"]
    assert entry == {
        "paymentId": entry["paymentId"],
        "at": entry["at"],
        "orderId": order_id,
        "kind": "charge",
        "key": f"{order_id}/1",
        "amount": "1199.00",
        "outcome": "approved",
    }


def check_mail(raw: bytes, order: Json, url: str) -> None:
    mail = message_from_bytes(raw, policy=policy.default)
    assert mail["To"] == "john@example.org"
    assert mail["X-Ordermill-Order"] == order["orderId"]
    assert mail["X-Ordermill-Event"] == "OrderProcessed"
    assert order["orderId"] in str(mail["Subject"])
    body = mail.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert "John Doe" in text
    assert "1199.00 USD" in text
    assert url in text
