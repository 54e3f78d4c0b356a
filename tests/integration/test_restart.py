"""What a process that died, or stopped, leaves to the next one on the same file."""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from ordermill.bootstrap.local import Deadlines
from ordermill.domain.order import Status
from ordermill.ports.ambient import Settings
from ordermill.ports.services import Charge, ChargeResult, PaymentError
from tests.integration.system_kit import BlockingPayments, FailingMailer, Mill, StartMill, of_sku, widgets


@pytest.fixture
def start_mill(start_mill: StartMill) -> StartMill:
    """Of pipeline `stream`: what is in flight is a change record there, and a message in all others."""
    return partial(start_mill, pipeline="stream")


class RecordingPayments:
    """Approves; notes every key."""

    def __init__(self) -> None:
        self.keys: list[str] = []

    def charge(self, charge: Charge) -> ChargeResult:
        self.keys.append(charge.key)
        return ChargeResult("approved", charge.amount)

    def void(self, key: str) -> int:
        raise NotImplementedError


class RefusingPayments(RecordingPayments):
    """Fails; notes every key."""

    def charge(self, charge: Charge) -> ChargeResult:
        super().charge(charge)
        raise PaymentError("no")


class PickyPayments(BlockingPayments):
    """Holds what is under `tok_timeout` and fails everything else."""

    def charge(self, charge: Charge) -> ChargeResult:
        if charge.token == "tok_timeout":
            return super().charge(charge)
        raise PaymentError("no")


def in_flight_copy(start_mill: StartMill, to: Path, orders: int) -> tuple[Mill, Path, list[str]]:
    """A system with `orders` held in their charge, and the files as they are at that moment."""
    payments = BlockingPayments()
    mill = start_mill(ports={"payments": payments})
    ids = [mill.place(widgets()).order.order_id for _ in range(orders)]
    payments.entered.wait(10)
    mill.settle(lambda: all(mill.order(order_id).status is Status.CONFIRMED for order_id in ids))
    mill.settle(lambda: not mill.state()["messages"])
    time.sleep(0.05)
    return mill, mill.copy_files(to), ids


def test_a_clean_stop_leaves_nothing_in_flight(start_mill: StartMill) -> None:
    mill = start_mill()
    ids = [mill.place(widgets(token=token)).order.order_id for token in ("tok_approve", "tok_timeout_once") * 10]
    mill.close()
    assert mill.rows("SELECT count(*) FROM stream_positions WHERE claimed_to > checkpoint") == [(0,)]
    assert mill.rows("SELECT count(*) FROM messages WHERE receives > 0 AND retry_at IS NULL") == [(0,)]
    assert mill.rows("SELECT count(*) FROM stream_parked WHERE receives > 0 AND retry_at IS NULL") == [(0,)]
    again = start_mill(mill.data)
    assert {again.finished(order_id).status for order_id in ids} == {Status.PROCESSED}
    again.settle(again.quiet)
    assert again.rows("SELECT count(*) FROM events") == [(4 * len(ids),)]


def test_after_a_death_what_was_in_flight_is_done_once_and_intake_does_not_wait(
    start_mill: StartMill, tmp_path: Path
) -> None:
    _, data, ids = in_flight_copy(start_mill, tmp_path / "copy", 5)
    again = start_mill(data)
    again.place(widgets())
    assert {again.finished(order_id).status for order_id in ids} == {Status.PROCESSED}
    again.settle(again.quiet)
    assert [again.charges(order_id) for order_id in ids] == [[("charge", "approved")]] * 5
    assert again.rows("SELECT count(*), count(DISTINCT order_id || seq) FROM events") == [(24, 24)]
    assert again.dead() == []


def test_after_a_death_suspects_come_back_one_by_one_with_their_count(start_mill: StartMill, tmp_path: Path) -> None:
    _, data, ids = in_flight_copy(start_mill, tmp_path / "copy", 3)
    payments = BlockingPayments()
    again = start_mill(data, ports={"payments": payments})
    payments.entered.wait(10)
    time.sleep(0.1)
    counts = again.rows("SELECT order_id, receives FROM stream_parked WHERE consumer = 'process_order' GROUP BY 1")
    assert sorted(receives for _, receives in counts) == [1, 1, 2]
    assert sum(payments.charges.values()) == 1
    assert {order_id for order_id, _ in counts} == set(ids)


def test_the_engine_sleeps_while_a_suspect_is_under_way(start_mill: StartMill, tmp_path: Path) -> None:
    _, data, _ = in_flight_copy(start_mill, tmp_path / "copy", 3)
    payments = BlockingPayments()
    again = start_mill(data, ports={"payments": payments})
    payments.entered.wait(10)
    time.sleep(0.1)
    begins: list[str] = []
    again.system.store.connection.set_trace_callback(begins.append)
    time.sleep(0.2)
    again.system.store.connection.set_trace_callback(None)
    assert len(begins) < 10


def test_the_engine_sleeps_while_it_stops(start_mill: StartMill) -> None:
    payments = PickyPayments()
    mill = start_mill(ports={"payments": payments})
    mill.place(widgets(token="tok_approve"))
    mill.settle(lambda: mill.rows("SELECT count(*) FROM stream_parked WHERE retry_at > 0") == [(1,)])
    mill.place(widgets(token="tok_timeout"))
    payments.entered.wait(10)
    begins: list[str] = []
    mill.system.store.connection.set_trace_callback(begins.append)
    mill.system.engine.stop(0.5)
    assert len(begins) < 60


def test_a_message_whose_receives_are_used_up_is_buried_and_not_run(start_mill: StartMill) -> None:
    mailer = FailingMailer(0)
    mill = start_mill(ports={"mail": mailer}, start=False)
    mill.system.start()
    order_id = mill.place(widgets()).order.order_id
    mill.settle(lambda: mill.order(order_id).status is Status.PROCESSED)
    mill.settle(mill.quiet)
    mill.close()
    mailer.tries.clear()
    body = b'{"mailId":"m","orderId":"o","event":"OrderProcessed","to":"a@b.example","subject":"s","text":"t"}'
    with closing(sqlite3.connect(mill.data)) as file, file:
        file.execute(
            "INSERT INTO messages (queue, order_id, body, sent_at, receives) VALUES ('mail-queue', 'o', ?, 0, 5)",
            (body,),
        )
    again = start_mill(mill.data, ports={"mail": mailer})
    again.settle(lambda: bool(again.dead()))
    assert (again.dead()[0]["queue"], again.dead()[0]["receives"]) == ("mail-queue", 5)
    assert mailer.tries == {}
    again.settle(again.quiet)
    assert again.state()["messages"] == 0


def test_a_change_record_whose_receives_are_used_up_is_buried_and_not_run(
    start_mill: StartMill, tmp_path: Path
) -> None:
    _, data, ids = in_flight_copy(start_mill, tmp_path / "copy", 1)
    payments = RecordingPayments()
    again = start_mill(data, ports={"payments": payments}, start=False)
    connection = again.system.store.connection
    connection.execute("UPDATE stream_positions SET checkpoint = claimed_to WHERE consumer = 'process_order'")
    connection.execute(
        "INSERT INTO stream_parked"
        " SELECT 'process_order', seq, order_id, event, old_version, old_status, body, 5, NULL, 0"
        " FROM changes WHERE event = 'INSERT'"
    )
    again.system.start()
    again.settle(lambda: bool(again.dead()))
    assert again.dead()[0]["orderId"] == ids[0]
    assert payments.keys == []


def test_a_failed_record_behind_an_open_one_survives_a_death(start_mill: StartMill, tmp_path: Path) -> None:
    # The checkpoint stands before the order whose charge goes unanswered; the one that failed is parked behind it.
    slow = Settings(retry_base_ms=4000, payment_timeout_ms=3000)
    mill = start_mill(settings=slow)
    open_ = mill.place(widgets(token="tok_timeout_once")).order.order_id
    failed = mill.place(widgets(token="tok_error")).order.order_id
    mill.settle(lambda: mill.rows("SELECT order_id, receives FROM stream_parked") == [(failed, 1)])
    again = start_mill(mill.copy_files(tmp_path / "copy"), settings=slow)
    assert again.finished(open_).status is Status.PROCESSED
    assert again.host.ended == []
    parked = "SELECT receives, retry_at > 0 FROM stream_parked WHERE order_id = ? ORDER BY seq LIMIT 1"
    assert again.rows(parked, failed) == [(1, 1)]


def test_a_retry_that_waits_keeps_its_count_over_a_restart(start_mill: StartMill) -> None:
    mill = start_mill()
    poison = mill.place(widgets(token="tok_error")).order.order_id
    mill.settle(lambda: len(mill.charges(poison)) == 3)
    mill.close()
    again = start_mill(mill.data)
    again.settle(lambda: bool(again.dead()))
    charges = [outcome for kind, outcome in again.charges(poison) if kind == "charge"]
    assert len(charges) == again.dead()[0]["receives"] == 5


def test_no_retry_waits_longer_after_the_clock_went_back(start_mill: StartMill) -> None:
    mill = start_mill()
    mill.place(widgets())
    mill.settle(mill.quiet)
    mill.close()
    again = start_mill(mill.data, start=False)
    again.system.store.connection.execute(
        "INSERT INTO messages (queue, order_id, body, sent_at, receives, retry_at)"
        " VALUES ('mail-queue', 'o', '{}', 0, 1, 9999999999999)"
    )
    again.system.start()
    (retry_at,) = again.rows("SELECT retry_at FROM messages")[0]
    assert retry_at <= time.time_ns() // 1_000_000 + 6000


@pytest.mark.parametrize("sku", ["KEYBOARD-TKL"])
def test_stock_and_catalogue_are_as_they_were_left(start_mill: StartMill, sku: str) -> None:
    mill = start_mill()
    mill.stock("ONLY,Only One,2.00,USD,1\n")
    mill.finished(mill.place(of_sku(sku, 20)).order.order_id)
    mill.close()
    again = start_mill(mill.data)
    assert again.rows("SELECT stock FROM products WHERE sku IN (?, 'ONLY') ORDER BY sku", sku) == [(100,), (1,)]
    assert again.finished(again.place(of_sku("ONLY")).order.order_id).status is Status.PROCESSED


def test_after_a_death_a_consumer_is_given_no_change_that_its_filter_refuses(
    start_mill: StartMill, tmp_path: Path
) -> None:
    mill = start_mill(settings=Settings(retry_base_ms=10, payment_timeout_ms=4000))
    poison = mill.place(widgets(token="tok_timeout")).order.order_id
    mill.settle(lambda: mill.order(poison).status is Status.CONFIRMED)
    mill.settle(lambda: mill.rows("SELECT claimed_to FROM stream_positions WHERE consumer = 'process_order'") == [(2,)])
    payments = RefusingPayments()
    again = start_mill(mill.copy_files(tmp_path / "copy"), ports={"payments": payments})
    again.settle(lambda: bool(again.dead()))
    again.settle(again.quiet)
    letters = [letter for letter in again.dead() if letter["function"] == "process_order"]
    assert [(letter["orderId"], letter["receives"]) for letter in letters] == [(poison, 5)]
    assert payments.keys == [f"{poison}/1"] * 4, "the fifth was the one of the process that died"


def test_a_stop_claims_nothing_more(start_mill: StartMill) -> None:
    payments = BlockingPayments()
    mill = start_mill(ports={"payments": payments}, deadlines=Deadlines(in_flight=2))
    ids = [mill.place(widgets()).order.order_id for _ in range(6)]
    payments.entered.wait(10)
    threading.Timer(0.1, payments.release.set).start()
    mill.system.engine.stop(5)
    assert 1 <= sum(payments.charges.values()) <= 2
    mill.close()
    again = start_mill(mill.data)
    assert {again.finished(order_id).status for order_id in ids} == {Status.PROCESSED}
