"""What becomes of orders: through every function, on one file, as in production."""

from __future__ import annotations

import json
from email import message_from_bytes
from pathlib import Path

import pytest

from ordermill.domain.errors import InvalidOrder
from ordermill.domain.order import PaymentStatus, Reason, Status
from ordermill.ports.ambient import Settings
from tests.integration.system_kit import FINAL, Mill, StartMill, of_sku, widgets

HISTORY = [(1, "PENDING"), (2, "CONFIRMED"), (3, "PAID"), (4, "PROCESSED")]


@pytest.fixture
def mill(any_mill: Mill) -> Mill:
    """What holds here holds in every pipeline."""
    return any_mill


def stock_of(mill: Mill, sku: str) -> int:
    stock: int = mill.rows("SELECT stock FROM products WHERE sku = ?", sku)[0][0]
    return stock


def test_an_approved_order_is_charged_processed_recorded_and_announced(mill: Mill, tmp_path: Path) -> None:
    placed = mill.place(widgets())
    assert (placed.order.status, placed.replayed) == (Status.PENDING, False)
    order_id = placed.order.order_id
    order = mill.finished(order_id)
    mill.settle(mill.quiet)
    assert [(entry.seq, entry.status.value) for entry in order.history] == HISTORY
    assert (order.version, order.payment.status, order.payment.captured) == (4, PaymentStatus.CAPTURED, 1998)
    assert mill.charges(order_id) == [("charge", "approved")]
    assert mill.rows("SELECT seq, type FROM events WHERE order_id = ? ORDER BY seq", order_id) == [
        (1, "OrderCreated"),
        (2, "OrderConfirmed"),
        (3, "OrderPaid"),
        (4, "OrderProcessed"),
    ]
    (file,) = (tmp_path / "mail").glob("*.eml")
    assert message_from_bytes(file.read_bytes())["X-Ordermill-Order"] == order_id
    assert mill.rows("SELECT status FROM mails") == [("SENT",)]
    assert mill.system.tokens.verify(order_id, placed.token)
    assert mill.rows("SELECT count(*) FROM changes") == [(0,)]


def test_a_declined_payment_rejects_the_order_and_puts_the_stock_back(mill: Mill) -> None:
    before = stock_of(mill, "KEYBOARD-TKL")
    order = mill.finished(mill.place(of_sku("KEYBOARD-TKL", 7, "tok_decline")).order.order_id)
    assert (order.status, order.reason, order.payment.status) == (
        Status.REJECTED,
        Reason.PAYMENT_DECLINED,
        PaymentStatus.DECLINED,
    )
    assert not order.stock_reserved
    assert stock_of(mill, "KEYBOARD-TKL") == before
    assert mill.charges(order.order_id) == [("charge", "declined")]


def test_of_many_orders_for_the_last_units_exactly_as_many_succeed(mill: Mill) -> None:
    mill.stock("LAST,Last One,5.00,USD,3\n")
    futures = [mill.submit(of_sku("LAST")) for _ in range(40)]
    orders = [mill.finished(future.result(10).order.order_id) for future in futures]
    assert sum(order.status is Status.PROCESSED for order in orders) == 3
    assert {order.reason for order in orders if order.status is Status.REJECTED} == {Reason.OUT_OF_STOCK}
    assert stock_of(mill, "LAST") == 0
    refused = next(order for order in orders if order.status is Status.REJECTED)
    assert mill.charges(refused.order_id) == []


def test_the_lines_of_one_product_are_reserved_together(mill: Mill) -> None:
    mill.stock("PAIR,Pair,5.00,USD,3\n")
    body = {"items": [{"sku": "PAIR", "quantity": 2}, {"product": "pair", "quantity": 2}]}
    assert mill.finished(mill.place(body).order.order_id).reason is Reason.OUT_OF_STOCK
    assert stock_of(mill, "PAIR") == 3


def test_a_gateway_that_fails_twice_delays_the_order_and_no_more(mill: Mill) -> None:
    order = mill.finished(mill.place(widgets(token="tok_flaky")).order.order_id)
    assert order.status is Status.PROCESSED
    assert mill.charges(order.order_id) == [("charge", "error"), ("charge", "error"), ("charge", "approved")]
    mill.settle(mill.quiet)
    assert mill.dead() == []


def test_a_message_that_always_fails_is_a_dead_letter_after_five_receives_and_blocks_nobody(
    mill: Mill, pipeline: str
) -> None:
    poison = mill.place(widgets(token="tok_error")).order
    others = [mill.place(widgets()).order.order_id for _ in range(5)]
    assert {mill.finished(order_id).status for order_id in others} == {Status.PROCESSED}
    mill.settle(lambda: bool(mill.dead()))
    (letter,) = mill.dead()
    assert (letter["queue"], letter["function"], letter["orderId"], letter["receives"]) == (
        "orders>process_order" if pipeline == "stream" else "order-queue",
        "process_order",
        poison.order_id,
        5,
    )
    assert "PaymentError" in letter["error"]
    # In `workflow` the message names the order, in the others it carries it.
    assert (letter["payload"]["order"] or letter["payload"])["orderId"] == poison.order_id
    mill.settle(mill.quiet)
    assert mill.charges(poison.order_id) == [*[("charge", "error")] * 5, ("void", "approved")]


def test_a_charge_whose_answer_is_lost_is_asked_for_again_and_moves_money_once(mill: Mill) -> None:
    order = mill.finished(mill.place(widgets(token="tok_timeout_once")).order.order_id)
    assert (order.status, order.payment.captured) == (Status.PROCESSED, 1998)
    assert mill.charges(order.order_id) == [("charge", "approved")]


def test_a_time_out_of_the_gateway_takes_its_time_and_holds_up_nobody(start_mill: StartMill, pipeline: str) -> None:
    mill = start_mill(pipeline=pipeline, settings=Settings(retry_base_ms=10, payment_timeout_ms=400))
    slow = mill.place(widgets(token="tok_timeout_once")).order
    assert mill.finished(mill.place(widgets()).order.order_id).status is Status.PROCESSED
    assert mill.order(slow.order_id).status is Status.CONFIRMED
    done = mill.finished(slow.order_id)
    assert done.updated_at - slow.created_at >= 400


def test_an_invalid_order_leaves_nothing(mill: Mill) -> None:
    with pytest.raises(InvalidOrder):
        mill.place({"items": [{"product": "Widget", "quantity": 0}]}, "k")
    assert mill.rows("SELECT count(*) FROM orders") == mill.rows("SELECT count(*) FROM idempotency") == [(0,)]


def test_many_orders_at_once_all_end_with_every_event_logged_without_a_gap(mill: Mill) -> None:
    futures = [mill.submit(widgets()) for _ in range(300)]
    ids = {future.result(10).order.order_id for future in futures}
    assert len(ids) == 300
    mill.settle(lambda: {row[0] for row in mill.rows("SELECT DISTINCT status FROM orders")} <= FINAL)
    mill.settle(mill.quiet)
    logged = mill.rows("SELECT order_id, group_concat(seq, ' ') FROM (SELECT * FROM events ORDER BY num) GROUP BY 1")
    assert dict(logged) == dict.fromkeys(ids, "1 2 3 4")
    assert mill.rows("SELECT count(*), sum(status = 'SENT') FROM mails") == [(300, 300)]
    recorded = json.loads(mill.rows("SELECT body FROM events WHERE seq = 4 LIMIT 1")[0][0])
    assert (recorded["type"], recorded["specversion"]) == ("OrderProcessed", "1.0")
