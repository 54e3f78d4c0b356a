"""Placing orders in a deployment and looking at what became of them."""

from __future__ import annotations

import json
from typing import Any

from tests.cloud.stack import Answer, Stack

PIPELINES = ("workflow", "queue", "stream")


def place(stack: Stack, token: str = "tok_approve", key: str | None = None, **members: Any) -> dict[str, Any]:
    """The 202's body, of an order of two widgets, paid for with `token`."""
    accepted: dict[str, Any] = placed(stack, token, key, **members).json
    return accepted


def placed(stack: Stack, token: str = "tok_approve", key: str | None = None, **members: Any) -> Answer:
    """The answer to it."""
    items = [{"product": "Widget", "quantity": 2, "unitPrice": "9.99"}]
    body = {"items": items, "email": "ada@example.org", "paymentToken": token, **members}
    answer = stack.request("POST", "/orders", body, headers={} if key is None else {"idempotency-key": key})
    assert answer.status == 202, answer.body
    return answer


def order(stack: Stack, accepted: dict[str, Any]) -> dict[str, Any]:
    """The whole order, as its holder sees it."""
    path = f"/orders/{accepted['orderId']}"
    answer = stack.request("GET", path, headers={"order-token": accepted["orderToken"]})
    assert answer.status == 200, answer.body
    found: dict[str, Any] = answer.json
    return found


def statuses(found: dict[str, Any]) -> list[str]:
    """The statuses that it took, in order; edits left out."""
    return [entry["status"] for entry in found["history"] if not entry["changed"]]


def listed(stack: Stack, path: str, query: str = "") -> list[dict[str, Any]]:
    """What a staff's list shows, on its first page."""
    answer = stack.request("GET", path, query=query, staff=True)
    assert answer.status == 200, answer.body
    rows: list[dict[str, Any]] = next(value for value in answer.json.values() if isinstance(value, list))
    return rows


def letters(stack: Stack) -> list[dict[str, Any]]:
    """The open dead letters."""
    return listed(stack, "/dead-letters")


def alerts(stack: Stack) -> list[tuple[str, str]]:
    """Function and reason of the alerts, the oldest first."""
    return [(alert["function"], alert["reason"]) for alert in reversed(listed(stack, "/alerts"))]


def mails(stack: Stack, order_id: str) -> list[tuple[str, str]]:
    """Event and status of an order's mails, the oldest first."""
    found = listed(stack, "/mails", f"orderId={order_id}")
    return [(mail["event"], mail["status"]) for mail in reversed(found)]


def items(stack: Stack, table: str) -> list[dict[str, Any]]:
    """All items of a table, each attribute as its plain text."""
    found = stack.deployment.client("dynamodb").scan(TableName=stack.deployment.name(table))["Items"]
    return [{name: next(iter(value.values())) for name, value in item.items()} for item in found]


def events(stack: Stack, order_id: str) -> list[str]:
    """The types in the permanent log of an order, by seq."""
    mine = [item for item in items(stack, "events") if item["orderId"] == order_id]
    return [json.loads(item["body"])["type"] for item in sorted(mine, key=lambda item: item["seq"])]
