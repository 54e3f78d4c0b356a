"""Pipeline `queue`: the order travels in its message, and its record is made where it is processed, once."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from ordermill.bootstrap.local import Deadlines
from ordermill.domain.catalogue import Product
from ordermill.domain.errors import IdempotencyKeyReused, NotFound
from ordermill.domain.order import Reason, Status
from ordermill.ports.stores import StockMovement
from tests.integration.system_kit import BlockingPayments, Mill, Noted, StartMill, of_sku, widgets

NOTHING_CLAIMED = Deadlines(in_flight=0)


class BrokenStock:
    """A catalogue of one counted product, whose stock cannot be moved."""

    def find(self, sku: str | None, name: str | None) -> Product:
        return Product("W", "Widget", 999, "USD", 5)

    def put(self, products: Sequence[Product]) -> None:
        raise NotImplementedError

    def reserve(self, quantities: dict[str, int]) -> StockMovement:
        raise OSError("the stock is away")


def queued(mill: Mill) -> int:
    count: int = mill.rows("SELECT count(*) FROM messages WHERE queue = 'order-queue'")[0][0]
    return count


def execute(data: Path, statement: str) -> None:
    """Write to a file that no system has open."""
    with closing(sqlite3.connect(data)) as connection, connection:
        connection.execute(statement)


def accepted(start_mill: StartMill, *keys: str | None, token: str = "tok_approve") -> tuple[Mill, list[str]]:
    """A system that stopped before it received any of its orders' messages."""
    mill = start_mill(pipeline="queue", deadlines=NOTHING_CLAIMED)
    ids = [mill.place(widgets(token=token), key).order.order_id for key in keys]
    mill.close()
    assert mill.rows("SELECT count(*) FROM orders") == [(0,)]
    return mill, ids


def check_processed_once(mill: Mill, order_id: str) -> None:
    order = mill.finished(order_id)
    mill.settle(mill.quiet)
    assert [(entry.seq, entry.status, entry.by) for entry in order.history] == [
        (1, "PENDING", "submit_order"),
        (2, "CONFIRMED", "process_order"),
        (3, "PAID", "process_order"),
        (4, "PROCESSED", "process_order"),
    ]
    assert mill.charges(order_id) == [("charge", "approved")]
    events = mill.rows("SELECT seq FROM events WHERE order_id = ? ORDER BY num", order_id)
    assert sorted(events) == [(1,), (2,), (3,), (4,)]
    assert mill.rows("SELECT status FROM mails WHERE order_id = ?", order_id) == [("SENT",)]
    assert mill.dead() == []


def test_an_order_travels_every_edge_once(start_mill: StartMill) -> None:
    noted = Noted()
    mill = start_mill(pipeline="queue", sinks=[noted])
    order_id = mill.place(widgets()).order.order_id
    check_processed_once(mill, order_id)
    mill.close()
    assert sorted(hop.edge for hop in noted.hops) == sorted(
        [
            "POST /orders>submit_order",
            "order-queue>process_order",
            "process_order>payments",
            *["orders>publish_order_event"] * 2,
            *["record-order-event>record_order_event"] * 4,
            "notify-customer>notify_customer",
            "mail-queue>send_email",
            "send_email>mail",
        ]
    )
    assert {(hop.order_id, hop.outcome, hop.attempt) for hop in noted.hops} == {(order_id, "ok", 1)}


def test_what_is_accepted_is_in_the_queue_whole_and_not_yet_an_order(start_mill: StartMill) -> None:
    mill, ids = accepted(start_mill, None)
    again = start_mill(mill.data, pipeline="queue", deadlines=NOTHING_CLAIMED)
    with pytest.raises(NotFound):
        again.order(ids[0])
    assert queued(again) == 1
    again.close()
    check_processed_once(start_mill(mill.data, pipeline="queue"), ids[0])


@pytest.mark.parametrize("copies", [1, 2, 5])
def test_duplicates_received_beside_each_other_make_one_order(start_mill: StartMill, copies: int) -> None:
    mill, (order_id,) = accepted(start_mill, None)
    for _ in range(copies):
        execute(
            mill.data,
            "INSERT INTO messages (queue, order_id, body, sent_at, receives)"
            " SELECT queue, order_id, body, sent_at, 0 FROM messages WHERE queue = 'order-queue' LIMIT 1",
        )
    again = start_mill(mill.data, pipeline="queue")
    check_processed_once(again, order_id)


def test_a_duplicate_that_comes_while_the_charge_is_out_and_one_that_comes_late_do_nothing(
    start_mill: StartMill,
) -> None:
    mill, (order_id,) = accepted(start_mill, None)
    (kept,) = mill.rows("SELECT hex(body) FROM messages")
    copy = (
        "INSERT INTO messages (queue, order_id, body, sent_at, receives)"
        f" VALUES ('order-queue', '{order_id}', x'{kept[0]}', 0, 0)"
    )
    payments = BlockingPayments()
    first = start_mill(mill.data, pipeline="queue", ports={"payments": payments})
    payments.entered.wait(10)
    first.settle(lambda: first.status(order_id) == "CONFIRMED")
    held = first.copy_files(mill.data.parent / "held")
    execute(held, copy)
    second = start_mill(held, pipeline="queue")
    check_processed_once(second, order_id)
    second.close()
    execute(held, copy)
    third = start_mill(held, pipeline="queue")
    third.settle(third.quiet)
    check_processed_once(third, order_id)


def test_a_replay_before_there_is_a_record_answers_and_sends_the_same_order(start_mill: StartMill) -> None:
    mill = start_mill(pipeline="queue", deadlines=NOTHING_CLAIMED)
    first = mill.place(widgets(), "k")
    again = mill.place(widgets(), "k")
    assert (first.replayed, again.replayed, again.order.status) == (False, True, Status.PENDING)
    assert (again.order, again.token) == (first.order, first.token)
    with pytest.raises(IdempotencyKeyReused):
        mill.place(widgets(3), "k")
    assert queued(mill) == 2
    mill.close()
    then = start_mill(mill.data, pipeline="queue")
    check_processed_once(then, first.order.order_id)
    assert then.place(widgets(), "k").order.status is Status.PROCESSED
    assert then.state()["orders"] == 1


def test_a_claim_that_was_cut_off_from_its_message_is_completed_by_the_next_repeat(start_mill: StartMill) -> None:
    mill, (order_id,) = accepted(start_mill, "k")
    execute(mill.data, "DELETE FROM messages")
    again = start_mill(mill.data, pipeline="queue")
    answer = again.place(widgets(), "k")
    assert (answer.replayed, answer.order.order_id, answer.order.total) == (True, order_id, 1998)
    check_processed_once(again, order_id)


def test_out_of_stock_makes_a_record_that_says_so_and_tells_the_customer(start_mill: StartMill) -> None:
    mill = start_mill(pipeline="queue")
    mill.stock("LAST,Last One,5.00,USD,1\n")
    body = of_sku("LAST", 2) | {"email": "ada@example.org"}
    order = mill.finished(mill.place(body).order.order_id)
    mill.settle(mill.quiet)
    assert [(entry.status, entry.by, entry.reason) for entry in order.history] == [
        ("PENDING", "submit_order", None),
        ("REJECTED", "process_order", Reason.OUT_OF_STOCK),
    ]
    assert mill.rows("SELECT seq, type FROM events ORDER BY seq") == [(1, "OrderCreated"), (2, "OrderRejected")]
    assert mill.rows("SELECT status FROM mails") == [("SENT",)]
    assert mill.rows("SELECT stock FROM products WHERE sku = 'LAST'") == [(1,)]


def test_a_dead_letter_keeps_the_order_whole(start_mill: StartMill) -> None:
    mill = start_mill(pipeline="queue", ports={"products": BrokenStock()})
    order_id = mill.place(widgets()).order.order_id
    mill.settle(lambda: bool(mill.dead()))
    (letter,) = mill.dead()
    assert (letter["queue"], letter["receives"], letter["orderId"]) == ("order-queue", 5, order_id)
    assert letter["payload"]["order"]["total"] == 1998
    assert mill.status(order_id) == "FAILED"
