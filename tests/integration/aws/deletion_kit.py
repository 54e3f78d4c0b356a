"""Deletions and an erasure that put their functions through all they do."""

from __future__ import annotations

import json
from typing import Any

from ordermill.adapters.aws.subscriptions import DynamoSubscriptions
from ordermill.adapters.clock import SystemClock
from ordermill.domain.subscriptions import Subscription
from ordermill.functions.on_order_deleted import PAGE
from ordermill.topology import names
from tests.cloud.stack import Stack
from tests.integration.aws.orders_kit import listed, place
from tests.integration.aws.test_failing import sent


def delete_orders(stack: Stack, lamp: list[dict[str, Any]]) -> None:
    """Orders deleted at once, after a refund, and with a dead letter; then all of a person erased, step by step."""
    gone = [place(stack, items=lamp), place(stack, items=lamp), place(stack, "tok_decline", items=lamp)]
    kept = place(stack, "tok_decline", items=lamp)
    gone.append(place(stack, "tok_error", items=lamp))
    stack.settle()
    _fill(stack)
    answer = stack.request("DELETE", f"/orders/{gone.pop()['orderId']}", staff=True)
    assert answer.status == 202, answer.body
    stack.settle()
    _fill(stack, empty=True)
    for order in gone:
        answer = stack.request("DELETE", f"/orders/{order['orderId']}", query="reason=x", staff=True)
        assert answer.status == 202, answer.body
    stack.settle()
    for query in ("limit=1", "customer=ada%40example.org", "from=2020-01-01"):
        assert listed(stack, "/archive", query)
    assert stack.request("GET", f"/archive/{gone[0]['orderId']}", staff=True).status == 200
    # A mail to the person that nobody could send.
    mail = {"mailId": "m", "orderId": None, "event": "e", "to": "ada@example.org", "subject": "s"}
    about = {"queue": "mail-queue", "function": "send_email", "error": "X: y"}
    sent(stack, names.DEAD_LETTERS, json.dumps(mail), **about)
    sent(stack, names.DEAD_LETTERS, json.dumps({**mail, "orderId": kept["orderId"]}), orderId=kept["orderId"], **about)
    stack.request("POST", "/subscriptions", {"email": "ada@example.org"})
    stack.settle()
    cursor = None
    while True:
        body = {"customer": "ada@example.org", "cursor": cursor}
        answer = stack.request("POST", "/erasures", body, staff=True)
        assert answer.status == 200, answer.body
        cursor = answer.json["next"]
        if cursor is None:
            return


def _fill(stack: Stack, *, empty: bool = False) -> None:
    """More subscribers than are told at once; or none of them any more."""
    store = DynamoSubscriptions(stack.deployment, SystemClock())
    for number in range(PAGE + 1):
        record = Subscription(
            f"sub_{number}", f"s{number}@example.org", "CONFIRMED", number, number, confirmed_at=number
        )
        if empty:
            store.delete(record)
        else:
            store.put(record, expect=0)
