"""Messages come again, late, and in any order: once an order is through, nothing of it is done twice."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from ordermill.adapters.local.database import open_writer
from ordermill.domain.commands import ActOnOrder
from ordermill.domain.order import Status
from ordermill.runtime.faults import RuleState
from ordermill.topology.loader import load
from tests.integration.system_kit import Mill, StartMill, of_sku

Act = Callable[[Mill], None]


def noted(mill: Mill) -> list[tuple[str, str | None, bytes]]:
    """Every message that the system sends from now on: its queue, its order, its body."""
    log, sent = mill.system.store.messages, list[tuple[str, str | None, bytes]]()
    send = log.send

    def noting(queue: str, order_id: str | None, body: bytes, *rest: Any) -> None:
        sent.append((queue, order_id, body))
        send(queue, order_id, body, *rest)

    log.send = noting  # type: ignore[assignment]
    return sent


def through(mill: Mill) -> None:
    """An order that is bought, one that is declined, one whose stock is short."""
    for token, quantity in (("tok_approve", 2), ("tok_decline", 1), ("tok_approve", 99)):
        mill.finished(mill.place(of_sku("PEN", quantity, token)).order.order_id)


def cancelled(mill: Mill) -> None:
    """One that is cancelled when it was paid, and refunded."""
    order_id = mill.place(of_sku("PEN", 2)).order.order_id
    mill.finished(order_id)
    mill.send(ActOnOrder(order_id, "cancel"), "act_on_order").result(10)
    mill.settle(lambda: mill.order(order_id).compensation.value == "DONE")


def retried(mill: Mill) -> None:
    """One that failed once it was charged, and was retried."""
    mill.system.faults.set({"process_order": RuleState("fail", None, "after-charge")})
    order_id = mill.place(of_sku("PEN", 2)).order.order_id
    mill.settle(lambda: mill.status(order_id) == "FAILED" and mill.order(order_id).compensation.value == "DONE")
    mill.system.faults.set({})
    mill.send(ActOnOrder(order_id, "retry"), "act_on_order").result(10)
    mill.settle(lambda: mill.status(order_id) == "PROCESSED")


def looked_at(mill: Mill) -> dict[str, Any]:
    """All that may not change."""
    ids = [row[0] for row in mill.rows("SELECT order_id FROM orders ORDER BY num")]
    return {
        "orders": [mill.order(order_id) for order_id in ids],
        "charges": {order_id: mill.charges(order_id) for order_id in ids},
        "stock": mill.rows("SELECT sku, stock FROM products ORDER BY sku"),
        "mails": sorted(path.name for path in (mill.data.parent / "mail").glob("*.eml")),
        "events": mill.rows("SELECT order_id, seq, type FROM events ORDER BY num"),
        "letters": len(mill.dead()),
        "alerts": mill.rows("SELECT sum(json_extract(CAST(body AS TEXT), '$.count')) FROM alert_log"),
    }


@pytest.mark.parametrize("act", [through, cancelled, retried], ids=lambda act: act.__name__)
@pytest.mark.parametrize("pipeline", sorted(load().pipelines))
def test_what_comes_again_late_and_in_any_order_changes_nothing(start_mill: StartMill, pipeline: str, act: Act) -> None:
    mill = start_mill(pipeline=pipeline)
    mill.stock("PEN,Pen,1.50,USD,50\n")
    sent = noted(mill)
    act(mill)
    mill.settle(mill.quiet)
    before = looked_at(mill)
    mill.close()
    assert {queue for queue, _, _ in sent} >= {"notify-customer", "record-order-event", "mail-queue"}
    # Alerts of an alert's minute are one; their delayed summary is no message of an order's.
    again = [message for message in sent * 2 if message[0] != "alert-queue"]
    random.Random(len(again)).shuffle(again)
    with closing(open_writer(mill.data)) as connection:
        connection.executemany(
            "INSERT INTO messages (queue, order_id, body, sent_at, receives) VALUES (?, ?, ?, 0, 0)", again
        )
    later = start_mill(mill.data, pipeline=pipeline)
    later.settle(later.quiet, 20)
    assert looked_at(later) == before
    assert later.order(before["orders"][-1].order_id).status in (Status.PROCESSED, Status.REJECTED, Status.CANCELLED)
