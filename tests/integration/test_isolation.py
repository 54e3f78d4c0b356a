"""One that fails, hangs or comes late keeps to itself: its neighbours, its order and the intake don't suffer."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from ordermill.adapters.local.messaging import LocalTopic
from ordermill.adapters.local.stores import LocalEvents, LocalOrders
from ordermill.bootstrap.local import Deadlines
from ordermill.domain.errors import AccessDenied, Conflict
from ordermill.domain.events import OrderEvent
from ordermill.domain.order import Order, Status
from ordermill.ports.services import Charge, ChargeResult
from ordermill.ports.stores import Claim
from tests.integration.system_kit import BlockingPayments, FailingMailer, Mill, PassedOn, StartMill, widgets


class TornOrders(PassedOn):
    """Writes an order, then raises if its note says so: what a function did before it failed must not stay."""

    def create(self, order: Order, claim: Claim | None = None, **parts: Any) -> None:
        self.inner.create(order, claim, **parts)
        if order.note == "torn":
            raise Conflict("after the write")


class TornTopic:
    """Publishes, then raises for the marked order as often as told."""

    def __init__(self, failures: int) -> None:
        self.inner: LocalTopic | None = None
        self.failures = failures
        self.poison = ""
        self.tries: Counter[str] = Counter()

    def publish(self, events: Sequence[OrderEvent]) -> None:
        assert self.inner is not None
        self.inner.publish(events)
        event = events[0]
        self.tries[event.id] += 1
        if event.subject == self.poison and event.data.seq == 1 and self.tries[event.id] <= self.failures:
            raise ConnectionError("the topic is away")


class LatePayments:
    """The first charge answers only once released, and then as declined; later ones approve at once."""

    def __init__(self) -> None:
        self.release, self.first_done = threading.Event(), threading.Event()
        self.calls = 0
        self._inner = threading.Lock()

    def charge(self, charge: Charge) -> ChargeResult:
        with self._inner:
            self.calls += 1
            first = self.calls == 1
        if first:
            self.release.wait(10)
            self.first_done.set()
            return ChargeResult("declined", 0)
        return ChargeResult("approved", charge.amount)

    def void(self, key: str) -> int:
        raise NotImplementedError


def with_topic(start_mill: StartMill, topic: TornTopic, **options: object) -> Mill:
    """A system whose functions publish through `topic` into the real one."""
    mill = start_mill(ports={"order-events": topic}, start=False, **options)
    queues = {
        "record-order-event": None,
        "notify-customer": ["OrderProcessed", "OrderRejected"],
    }
    topic.inner = LocalTopic(mill.system.store.messages, queues, _Zero())
    return mill


class _Zero:
    def now_ms(self) -> int:
        return 0


def seqs(mill: Mill, order_id: str) -> list[int]:
    return [row[0] for row in mill.rows("SELECT seq FROM events WHERE order_id = ? ORDER BY num", order_id)]


def test_a_function_that_raises_after_its_writes_leaves_nothing_and_its_neighbours_stay(start_mill: StartMill) -> None:
    torn = TornOrders()
    mill = start_mill(ports={"orders": torn}, start=False, pipeline="stream")
    torn.inner = LocalOrders(mill.system.store, _Zero())
    notes = ["torn" if number % 3 == 1 else None for number in range(9)]
    futures = [mill.submit(widgets(note=note), f"k{number}") for number, note in enumerate(notes)]
    mill.system.start()
    errors = [future.exception(10) for future in futures]
    assert [isinstance(error, Conflict) for error in errors] == [note == "torn" for note in notes]
    kept = {future.result().order.order_id for future, error in zip(futures, errors, strict=True) if error is None}
    mill.settle(lambda: all(mill.order(order_id).status is Status.PROCESSED for order_id in kept))
    mill.settle(mill.quiet)
    assert {row[0] for row in mill.rows("SELECT order_id FROM orders")} == kept
    assert mill.rows("SELECT count(*) FROM idempotency") == [(len(kept),)]
    assert mill.rows("SELECT count(*), count(DISTINCT order_id) FROM events") == [(4 * len(kept), len(kept))]


def test_a_failing_record_holds_up_its_own_order_alone_and_its_order_stays_in_order(start_mill: StartMill) -> None:
    topic = TornTopic(failures=3)
    mill = with_topic(start_mill, topic)
    mill.host.before_answers = lambda answers: setattr(topic, "poison", topic.poison or answers[0][1].order.order_id)
    futures = [mill.submit(widgets()) for _ in range(6)]
    mill.system.start()
    poison, *others = [future.result(10).order.order_id for future in futures]
    mill.settle(lambda: len(seqs(mill, poison)) == 4)
    mill.settle(mill.quiet)
    assert {order_id: seqs(mill, order_id) for order_id in others} == {order_id: [1, 2, 3, 4] for order_id in others}
    assert seqs(mill, poison) == [1, 2, 3, 4]
    assert topic.tries[f"{poison}/1"] == 4
    logged = [row[0] for row in mill.rows("SELECT order_id FROM events ORDER BY num")]
    assert logged[-4:] == [poison] * 4, "the others did not wait for the one that failed"
    assert mill.dead() == []


def test_what_was_published_before_a_failure_is_not_published(start_mill: StartMill) -> None:
    topic = TornTopic(failures=99)
    mill = with_topic(start_mill, topic)
    mill.host.before_answers = lambda answers: setattr(topic, "poison", answers[0][1].order.order_id)
    future = mill.submit(widgets())
    mill.system.start()
    order_id = future.result(10).order.order_id
    mill.settle(lambda: bool(mill.dead()))
    mill.settle(mill.quiet)
    assert seqs(mill, order_id) == [2, 3, 4]
    (letter,) = mill.dead()
    assert (letter["queue"], letter["receives"], letter["payload"]["event"]) == (
        "orders>publish_order_event",
        5,
        "INSERT",
    )


def test_a_call_that_hangs_does_not_hold_up_intake_or_other_functions(start_mill: StartMill) -> None:
    payments = BlockingPayments()
    mill = start_mill(ports={"payments": payments})
    ids = [mill.place(widgets()).order.order_id for _ in range(3)]
    payments.entered.wait(10)
    ids += [mill.place(widgets()).order.order_id for _ in range(3)]
    mill.settle(lambda: all(seqs(mill, order_id) == [1, 2] for order_id in ids))
    assert {mill.order(order_id).status for order_id in ids} == {Status.CONFIRMED}
    payments.release.set()
    assert {mill.finished(order_id).status for order_id in ids} == {Status.PROCESSED}
    assert set(payments.charges.values()) == {1}


def test_an_answer_that_comes_after_the_visibility_timeout_changes_nothing(start_mill: StartMill) -> None:
    payments = LatePayments()
    mill = start_mill(ports={"payments": payments}, deadlines=Deadlines(visibility_s=1))
    order_id = mill.place(widgets()).order.order_id
    mill.settle(lambda: mill.rows("SELECT receives FROM messages WHERE queue = 'order-queue'") == [(2,)])
    payments.release.set()
    order = mill.finished(order_id)
    assert payments.first_done.is_set()
    assert order.status is Status.PROCESSED
    assert payments.calls == 2


def test_mail_that_fails_is_tried_again_until_it_is_sent(start_mill: StartMill) -> None:
    mailer = FailingMailer(3)
    mill = start_mill(ports={"mail": mailer})
    mill.place(widgets())
    mill.settle(lambda: mill.rows("SELECT status FROM mails") == [("SENT",)])
    assert set(mailer.tries.values()) == {4}
    mill.settle(mill.quiet)


def test_mail_that_never_goes_out_is_a_dead_letter_after_five_receives(start_mill: StartMill) -> None:
    mailer = FailingMailer(99)
    mill = start_mill(ports={"mail": mailer})
    order_id = mill.place(widgets()).order.order_id
    mill.settle(lambda: bool(mill.dead()))
    mill.settle(mill.quiet)
    (letter,) = mill.dead()
    assert (letter["queue"], letter["orderId"], letter["receives"]) == ("mail-queue", order_id, 5)
    assert set(mailer.tries.values()) == {5}
    assert mill.order(order_id).status is Status.PROCESSED


def test_a_function_has_the_verbs_of_its_grant_alone(start_mill: StartMill) -> None:
    writer: Any = start_mill(pipeline="stream").system.writers["create_order"]
    orders = writer.run.keywords["orders"]
    with pytest.raises(AccessDenied, match="create_order may not use this verb of orders: update"):
        orders.update(None, expect=1)


def test_fewer_in_flight_than_orders_only_delays_them(start_mill: StartMill) -> None:
    mill = start_mill(deadlines=Deadlines(in_flight=2))
    futures = [mill.submit(widgets()) for _ in range(60)]
    assert {mill.finished(future.result(10).order.order_id).status for future in futures} == {Status.PROCESSED}
    mill.settle(mill.quiet)
    assert mill.rows("SELECT count(*) FROM mails WHERE status = 'SENT'") == [(60,)]


def test_the_permanent_log_takes_a_repeat_without_a_second_row(start_mill: StartMill) -> None:
    class Twice(LocalEvents):
        def append(self, event: OrderEvent) -> None:
            super().append(event)
            super().append(event)

    doubled = _Later()
    mill = start_mill(ports={"events": doubled}, start=False)
    doubled.inner = Twice(mill.system.store)
    mill.system.start()
    order_id = mill.place(widgets()).order.order_id
    mill.settle(lambda: len(seqs(mill, order_id)) == 4)
    mill.settle(mill.quiet)
    assert seqs(mill, order_id) == [1, 2, 3, 4]


class _Later:
    """A port that is there once the store is."""

    inner: LocalEvents

    def append(self, event: OrderEvent) -> None:
        self.inner.append(event)

    def redact(self, order_id: str) -> None:
        self.inner.redact(order_id)
