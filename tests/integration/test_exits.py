"""Orders that leave their path, and come back: money and stock, whatever comes between."""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from ordermill.adapters.local.payments import Gateway
from ordermill.adapters.local.stores import LocalOrders
from ordermill.bootstrap.local import Deadlines
from ordermill.domain.commands import ActOnOrder, CancelOrder
from ordermill.domain.dead_letters import DeadLetter
from ordermill.domain.errors import InvalidTransition
from ordermill.domain.exits import leave, owes, stock_back
from ordermill.domain.order import Compensation, Order, Payment, PaymentStatus, Reason, Status, Step
from ordermill.ports.ambient import Settings
from ordermill.ports.services import Charge, ChargeResult
from ordermill.ports.stores import StockMovement
from tests.audit.attempts import Attempt, Json
from tests.audit.auditor import violations
from tests.audit.snapshot import take
from tests.integration.system_kit import Mill, Noted, SettableClock, StartMill, of_sku, widgets

SKU = "KEYBOARD-TKL"
NOTHING_CLAIMED = Deadlines(in_flight=0)
TWICE = 2 * 999


class HeldGateway:
    """A real gateway whose first charge is held before it moves money, or after it, until `release` is set."""

    def __init__(self, path: Path, *, charged: bool) -> None:
        self.path = path
        self._gateway, self._charged = Gateway(path, SettableClock(), 50), charged
        self.entered, self.release = threading.Event(), threading.Event()

    def charge(self, charge: Charge) -> ChargeResult:
        result = self._gateway.charge(charge) if self._charged else None
        if not self.entered.is_set():
            self.entered.set()
            self.release.wait(20)
        return result or self._gateway.charge(charge)

    def void(self, key: str) -> int:
        return self._gateway.void(key)

    def moves(self, order_id: str) -> list[tuple[str, str, int]]:
        return [(entry.kind, entry.outcome, entry.amount) for entry in self._gateway.payments_of(order_id)]


def customer(body: Json, name: str = "Ada") -> Json:
    """The body, and whose order it is: what the auditor tells orders apart by."""
    return body | {"customerName": name}


def cancel(mill: Mill, order_id: str, by: str = "holder") -> Order:
    order: Order = mill.send(CancelOrder(order_id, by, "not wanted"), "cancel_order").result(10)
    return order


def act(mill: Mill, order_id: str, action: str) -> Order:
    message = msgspec.convert({"orderId": order_id, "action": action}, ActOnOrder)
    order: Order = mill.send(message, "act_on_order").result(10)
    return order


def compensated(mill: Mill, order_id: str) -> Order:
    """The order once its refund is settled and nothing is left to do."""
    mill.settle(lambda: mill.order(order_id).compensation is Compensation.DONE)
    mill.settle(mill.quiet)
    return mill.order(order_id)


def path_of(order: Order) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(entry.status.value, entry.by, entry.changed) for entry in order.history]


def stock_of(mill: Mill, sku: str = SKU) -> int:
    stock: int = mill.rows("SELECT stock FROM products WHERE sku = ?", sku)[0][0]
    return stock


def check(mill: Mill, placed: Sequence[tuple[Json, str]], payments: Path | None = None) -> None:
    """Audit the stopped system, of which these orders were all."""
    mill.close()
    attempts = [Attempt(body, None, "ok", order_id, order_id) for body, order_id in placed]
    assert violations(take(mill.data.parent, payments=payments), attempts) == []


@pytest.mark.parametrize("charged", [True, False], ids=["charged", "not yet charged"])
def test_an_order_that_is_cancelled_while_its_charge_is_out_gives_everything_back(
    start_mill: StartMill, pipeline: str, tmp_path: Path, charged: bool
) -> None:
    held = HeldGateway(tmp_path / "held", charged=charged)
    mill = start_mill(pipeline=pipeline, ports={"payments": held})
    before, body = stock_of(mill), customer(of_sku(SKU, 2))
    order_id = mill.place(body).order.order_id
    assert held.entered.wait(10)
    assert stock_of(mill) == before - 2
    total = mill.order(order_id).total
    left = cancel(mill, order_id)
    assert (left.status, left.compensation, left.payment.status) == (
        Status.CANCELLED,
        Compensation.RUNNING,
        PaymentStatus.REFUND_PENDING,
    )
    assert stock_of(mill) == before
    # The void does not wait for the charge: a function that hangs holds up no other.
    mill.settle(lambda: mill.order(order_id).compensation is Compensation.DONE)
    held.release.set()
    order = compensated(mill, order_id)
    entry = (*("CANCELLED", "compensate_order"), ("compensation", "payment"))
    assert path_of(order)[1:] == [("CONFIRMED", "process_order", ()), ("CANCELLED", "holder", ()), entry]
    if charged:
        assert order.payment == Payment(PaymentStatus.REFUNDED, total, total)
        assert held.moves(order_id) == [("charge", "approved", total), ("void", "approved", total)]
    else:
        assert order.payment == Payment(PaymentStatus.NONE)
        assert held.moves(order_id) == [("void", "approved", 0), ("charge", "declined", total)]
    assert cancel(mill, order_id) == order
    check(mill, [(body, order_id)], held.path)


def test_a_death_between_a_cancellation_and_its_refund_loses_nothing(
    start_mill: StartMill, pipeline: str, tmp_path: Path
) -> None:
    mill = start_mill(pipeline=pipeline)
    body = customer(of_sku(SKU, 3))
    order_id = mill.finished(mill.place(body).order.order_id).order_id
    mill.settle(mill.quiet)
    mill.close()
    stopped = start_mill(mill.data, pipeline=pipeline, deadlines=NOTHING_CLAIMED)
    act(stopped, order_id, "cancel")
    copied = stopped.copy_files(tmp_path / "copied")
    stopped.close(0)
    again = start_mill(copied, pipeline=pipeline)
    order = compensated(again, order_id)
    assert again.charges(order_id) == [("charge", "approved"), ("void", "approved")]
    assert (order.payment.refunded, stock_of(again)) == (order.total, 120)


def test_a_refund_that_fails_twice_is_settled_all_the_same(any_mill: Mill) -> None:
    mill, body = any_mill, customer(widgets(token="tok_refund_flaky"))
    order_id = mill.finished(mill.place(body).order.order_id).order_id
    with pytest.raises(InvalidTransition, match="holder"):
        cancel(mill, order_id)
    assert act(mill, order_id, "cancel").payment == Payment(PaymentStatus.REFUND_PENDING, TWICE)
    order = compensated(mill, order_id)
    assert order.payment == Payment(PaymentStatus.REFUNDED, TWICE, TWICE)
    assert mill.charges(order_id) == [("charge", "approved"), *[("void", "error")] * 2, ("void", "approved")]
    assert mill.rows("SELECT mail_id, status FROM mails ORDER BY num") == [
        (f"{order_id}-{event}", "SENT") for event in ("OrderProcessed", "OrderCancelled")
    ]
    assert act(mill, order_id, "cancel") == order
    check(mill, [(body, order_id)])


def test_a_refund_that_never_comes_is_given_up_after_eight_receives_and_still_owed(any_mill: Mill) -> None:
    mill = any_mill
    poison = mill.finished(mill.place(widgets(token="tok_refund_fail")).order.order_id).order_id
    other = mill.finished(mill.place(widgets()).order.order_id).order_id
    act(mill, poison, "cancel")
    act(mill, other, "cancel")
    assert compensated(mill, other).payment.refunded == TWICE
    assert mill.charges(poison) == [("charge", "approved"), *[("void", "error")] * 8]
    assert owes(mill.order(poison))
    with pytest.raises(InvalidTransition):
        act(mill, poison, "retry")


def test_twenty_buyers_of_the_last_piece_are_one_that_gets_it_and_nineteen_that_are_told(any_mill: Mill) -> None:
    mill = any_mill
    mill.stock("LAST,Last One,5.00,USD,1\n")
    futures = [mill.submit(of_sku("LAST")) for _ in range(20)]
    orders = [mill.finished(future.result(10).order.order_id) for future in futures]
    assert Counter(order.status.value for order in orders) == {"PROCESSED": 1, "REJECTED": 19}
    refused = [order for order in orders if order.status is Status.REJECTED]
    assert {(order.reason, order.compensation, order.charges) for order in refused} == {
        (Reason.OUT_OF_STOCK, Compensation.NONE, ())
    }
    assert [mill.charges(order.order_id) for order in refused] == [[]] * 19
    assert stock_of(mill, "LAST") == 0
    mill.settle(mill.quiet)
    (sold,) = [order for order in orders if order.status is Status.PROCESSED]
    act(mill, sold.order_id, "cancel")
    compensated(mill, sold.order_id)
    assert stock_of(mill, "LAST") == 1
    assert mill.finished(mill.place(of_sku("LAST")).order.order_id).status is Status.PROCESSED


def fail(mill: Mill, order_id: str) -> None:
    """What becomes of an order that was given up, in a system that does not run, and its dead letter."""
    store, orders = mill.system.store, LocalOrders(mill.system.store, SettableClock())
    store.begin()
    order = orders.read(order_id)
    assert order is not None
    assert order.status is Status.CONFIRMED
    failed = leave(order, Step(Status.FAILED, Reason.TIMEOUT, "no answer"), at=order.updated_at, by="fail_order")
    orders.update(failed, expect=order.version, stock=StockMovement(stock_back(order)))
    for function in ("process_order", "notify_customer"):
        letter = DeadLetter(
            f"letter of {function}",
            "order-queue",
            function,
            order_id,
            "PaymentTimeout: no",
            5,
            0,
            1,
            msgspec.Raw(b'{"type": "OrderCreated"}'),
        )
        row = (letter.id, letter.queue, order_id, msgspec.json.encode(letter))
        store.connection.execute(
            "INSERT INTO dead_letters (letter_id, queue, order_id, open, body) VALUES (?, ?, ?, 1, ?)", row
        )
    store.commit()


def failed_mill(start_mill: StartMill, pipeline: str, tmp_path: Path, noted: Noted) -> tuple[Mill, str, Json]:
    """A system with an order that failed while its charge was out, and was refunded; nothing is left to do."""
    held = HeldGateway(tmp_path / "held", charged=False)
    first, body = start_mill(pipeline=pipeline, ports={"payments": held}), customer(of_sku(SKU, 2))
    order_id = first.place(body).order.order_id
    assert held.entered.wait(10)
    copied = first.copy_files(tmp_path / "copied")
    held.release.set()
    first.close()
    mill = start_mill(copied, pipeline=pipeline, start=False, sinks=[noted])
    fail(mill, order_id)
    mill.system.start()
    order = compensated(mill, order_id)
    assert (order.status, order.payment.status, stock_of(mill)) == (Status.FAILED, PaymentStatus.NONE, 120)
    return mill, order_id, body


def test_a_retry_processes_the_order_once_more_under_its_own_key(
    start_mill: StartMill, pipeline: str, tmp_path: Path
) -> None:
    noted = Noted()
    mill, order_id, body = failed_mill(start_mill, pipeline, tmp_path, noted)
    noted.hops.clear()
    again = act(mill, order_id, "retry")
    assert (again.status, again.attempt, again.reason) == (Status.PENDING, 2, None)
    order = mill.finished(order_id)
    mill.settle(mill.quiet)
    assert (order.status, order.charges, order.payment.captured) == (Status.PROCESSED, (f"{order_id}/2",), order.total)
    assert [step for step in path_of(order) if not step[2]][1:] == [
        ("CONFIRMED", "process_order", ()),
        ("FAILED", "fail_order", ()),
        ("PENDING", "staff", ()),
        ("CONFIRMED", "process_order", ()),
        ("PAID", "process_order", ()),
        ("PROCESSED", "process_order", ()),
    ]
    assert mill.charges(order_id) == [("void", "approved"), ("charge", "approved")]
    mill.close()
    # One way carries it on, whichever the pipeline has.
    (carrier,) = [hop.edge for hop in noted.hops if hop.edge.endswith(">process_order")]
    assert carrier == ("orders>process_order" if pipeline == "stream" else "order-queue>process_order")
    assert [hop.outcome for hop in noted.of("process_order>payments")] == ["ok"]
    assert mill.rows("SELECT letter_id FROM dead_letters WHERE open") == [("letter of notify_customer",)]
    # The test made the letters up: nothing led to them.
    with closing(sqlite3.connect(mill.data)) as connection, connection:
        connection.execute("DELETE FROM dead_letters")
    check(mill, [(body, order_id)], mill.data.with_name(mill.data.name + ".payments"))


def test_an_event_of_a_retry_that_was_under_way_at_a_death_is_read_as_one(
    start_mill: StartMill, tmp_path: Path
) -> None:
    mill, order_id, _ = failed_mill(start_mill, "queue", tmp_path, Noted())
    mill.close()
    held = HeldGateway(tmp_path / "held again", charged=False)
    dying = start_mill(mill.data, pipeline="queue", ports={"payments": held})
    act(dying, order_id, "retry")
    assert held.entered.wait(10)
    assert dying.rows("SELECT order_id, receives FROM messages WHERE queue = 'order-queue'") == [(order_id, 1)]
    copied = dying.copy_files(tmp_path / "died")
    held.release.set()
    dying.close()
    again = start_mill(copied, pipeline="queue")
    assert again.finished(order_id).status is Status.PROCESSED
    again.settle(again.quiet)
    assert again.charges(order_id) == [("void", "approved"), ("charge", "approved")]


@pytest.mark.parametrize("body", [b'{"specversion": "1.0", "id": "x"}', b'{"orderId": 1}', b"[]"])
def test_a_body_that_is_neither_message_nor_event_is_given_up_and_blocks_nobody(
    start_mill: StartMill, body: bytes
) -> None:
    mill = start_mill(pipeline="queue", start=False)
    mill.system.store.begin()
    mill.system.store.messages.send("order-queue", None, body, None, 1)
    mill.system.store.commit()
    mill.system.start()
    assert mill.finished(mill.place(widgets()).order.order_id).status is Status.PROCESSED
    mill.settle(mill.quiet)
    (letter,) = mill.dead()
    assert (letter["function"], letter["receives"]) == ("process_order", 5)


def test_an_order_may_be_cancelled_instead_of_retried(start_mill: StartMill, pipeline: str, tmp_path: Path) -> None:
    mill, order_id, _ = failed_mill(start_mill, pipeline, tmp_path, Noted())
    order = cancel(mill, order_id)
    mill.settle(mill.quiet)
    assert (order.status, order.compensation) == (Status.CANCELLED, Compensation.DONE)
    assert mill.charges(order_id) == [("void", "approved")]
    with pytest.raises(InvalidTransition):
        act(mill, order_id, "retry")


def test_a_cancelled_order_that_backs_off_is_not_charged_when_its_turn_comes(
    start_mill: StartMill, pipeline: str
) -> None:
    mill = start_mill(pipeline=pipeline, settings=Settings(retry_base_ms=300, payment_timeout_ms=50))
    order_id = mill.place(widgets(token="tok_flaky")).order.order_id
    mill.settle(lambda: mill.charges(order_id) != [])
    cancel(mill, order_id)
    order = compensated(mill, order_id)
    assert (order.status, order.payment.status) == (Status.CANCELLED, PaymentStatus.NONE)
    assert ("charge", "approved") not in mill.charges(order_id)
    assert mill.charges(order_id)[-1] == ("void", "approved")
