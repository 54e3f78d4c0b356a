"""`fail_order`: each letter is kept once, fails its order where that stands, and raises one kind of alert."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from ordermill.domain.alerts import Alert
from ordermill.domain.catalogue import Product
from ordermill.domain.commands import ProcessOrder
from ordermill.domain.dead_letters import DeadLetter
from ordermill.domain.deletion import buried, deleted, is_tombstone, stub
from ordermill.domain.events import OrderChange, events_of
from ordermill.domain.exits import compensated, leave
from ordermill.domain.order import Compensation, Order, PaymentStatus, Reason, Status, Step, advance, charge_key
from ordermill.functions.fail_order import REFUND_STUCK, fail_order
from tests.unit.functions.functions_kit import NOW, Alerts, Clock, DeadLetters, Orders, Products, Tables

MakeOrder = Callable[..., Order]
DECLINES = "PaymentError: the payment gateway answered with an error"


def letter_of(message: object, function: str = "process_order", error: str = DECLINES, **members: Any) -> DeadLetter:
    """A letter about ord_1, after its fifth receive."""
    payload = msgspec.Raw(msgspec.json.encode(message))
    letter = DeadLetter("l1", "order-queue", function, "ord_1", error, 5, 0, NOW - 1, payload)
    return replace(letter, **members)


def confirmed(order: Order) -> Order:
    """CONFIRMED, its stock reserved and its charge's intent recorded."""
    taken = advance(order, [Step(Status.CONFIRMED)], at=NOW, by="process_order")
    reserved = any(line.stock_sku for line in order.items)
    return replace(taken, charges=(charge_key(order),), stock_reserved=reserved)


def refunding(order: Order) -> Order:
    """CANCELLED, with money that may have to go back."""
    return leave(confirmed(order), Step(Status.CANCELLED), at=NOW, by="staff")


class Desk:
    """The function with its ports."""

    def __init__(self, *orders: Order) -> None:
        self.clock = Clock()
        self.tables = Tables(self.clock, [Product("W", "Widget", 999, "USD", 5)])
        self.tables.orders = {order.order_id: order for order in orders}
        self.letters, self.topic = DeadLetters(self.tables), Alerts()

    def take(self, letter: DeadLetter) -> list[Alert]:
        """Run it; the alerts of this run."""
        before = len(self.topic.published)
        fail_order(
            letter,
            orders=Orders(self.tables, self.clock),
            products=Products(self.tables),
            dead_letters=self.letters,
            alerts=self.topic,
            clock=self.clock,
        )
        return self.topic.published[before:]

    @property
    def order(self) -> Order:
        return self.tables.orders["ord_1"]


def messages(order: Order) -> list[object]:
    """What `process_order` may have been given of that order: a command, a change, an event."""
    change = OrderChange("INSERT", 0, None, order)
    return [ProcessOrder(order.order_id, order.attempt), change, events_of(change)[0]]


@pytest.mark.parametrize("kind", range(3))
@pytest.mark.parametrize("stands", [lambda order: order, confirmed])
def test_the_order_is_failed_with_its_stock_back_and_its_letter(
    make_order: MakeOrder, kind: int, stands: Callable[[Order], Order]
) -> None:
    order = make_order(stock_sku="W")
    desk = Desk(replace(stands(order), redrives=2))
    (alert,) = desk.take(letter_of(messages(order)[kind]))
    failed, reserved = desk.order, stands(order).stock_reserved
    assert (failed.status, failed.reason, failed.reason_detail) == (
        Status.FAILED,
        Reason.PAYMENT_ERROR,
        "the payment gateway answered with an error",
    )
    assert (failed.history[-1].by, failed.stock_reserved) == ("fail_order", False)
    assert desk.tables.stock["W"] == (7 if reserved else 5)
    assert failed.compensation is (Compensation.RUNNING if reserved else Compensation.NONE)
    assert failed.payment.status is (PaymentStatus.REFUND_PENDING if reserved else PaymentStatus.NONE)
    assert desk.tables.letters["l1"].redrives == 2, "an order's letters count the order's redrives"
    assert alert == Alert(
        "l1",
        "warning",
        "process_order",
        "ord_1",
        "PAYMENT_ERROR",
        "the payment gateway answered with an error (receive 5 of 5)",
        NOW - 1,
    )


@pytest.mark.parametrize(
    ("error", "reason", "told"),
    [
        ("PaymentTimeout: no answer within 50 ms", Reason.TIMEOUT, "no answer within 50 ms"),
        ("TimeoutError: no answer in time", Reason.TIMEOUT, "no answer in time"),
        ("KeyError: 'ada@example.org'", Reason.INTERNAL, "an internal failure (KeyError)"),
        ("the process ended", Reason.INTERNAL, "an internal failure (the process ended)"),
    ],
)
def test_the_reason_tells_no_more_than_it_may(make_order: MakeOrder, error: str, reason: Reason, told: str) -> None:
    desk = Desk(make_order())
    (alert,) = desk.take(letter_of(ProcessOrder("ord_1", 1), error=error))
    assert (desk.order.reason, desk.order.reason_detail) == (reason, told)
    assert (alert.reason, alert.detail) == (reason, f"{told} (receive 5 of 5)")
    assert desk.tables.letters["l1"].error == error


def test_a_repeat_stores_nothing_and_says_the_same(make_order: MakeOrder) -> None:
    desk = Desk(confirmed(make_order(stock_sku="W")))
    letter = letter_of(ProcessOrder("ord_1", 1))
    first = desk.take(letter)
    desk.clock.ms += 1000
    assert desk.take(letter) == first
    assert (len(desk.tables.written), desk.tables.stock["W"], len(desk.tables.letters)) == (1, 7, 1)


def test_a_letter_that_was_kept_fails_no_order_later(make_order: MakeOrder) -> None:
    desk = Desk()
    letter = letter_of(ProcessOrder("ord_1", 1))
    desk.take(letter)
    desk.tables.orders["ord_1"] = make_order()
    desk.take(letter)
    assert (desk.order.status, desk.tables.written) == (Status.PENDING, [])


def test_an_order_without_a_record_is_made_failed(make_order: MakeOrder) -> None:
    desk = Desk()
    (alert,) = desk.take(letter_of(ProcessOrder("ord_1", 1, make_order(stock_sku="W"))))
    assert [(entry.seq, entry.status, entry.by) for entry in desk.order.history] == [
        (1, Status.PENDING, "create_order"),
        (2, Status.FAILED, "fail_order"),
    ]
    assert (alert.severity, desk.tables.stock["W"], desk.letters.known("l1")) == ("warning", 5, True)


def test_a_change_of_an_order_that_is_gone_makes_none(make_order: MakeOrder) -> None:
    desk = Desk()
    (alert,) = desk.take(letter_of(OrderChange("INSERT", 0, None, make_order())))
    assert (desk.tables.orders, alert.severity, desk.letters.known("l1")) == ({}, "critical", True)


@pytest.mark.parametrize(
    ("order_at", "letter_at", "severity"),
    [(Status.CANCELLED, 1, "critical"), (Status.PENDING, 2, "critical"), (Status.FAILED, 1, "warning")],
)
def test_an_order_that_does_not_stand_there_is_left_alone(
    make_order: MakeOrder, order_at: Status, letter_at: int, severity: str
) -> None:
    order = advance(make_order(), [Step(order_at)], at=NOW, by="staff")
    desk = Desk(order)
    (alert,) = desk.take(letter_of(ProcessOrder("ord_1", letter_at)))
    assert (desk.order, desk.tables.written, alert.severity) == (order, [], severity)
    assert desk.letters.read("l1") is not None


def test_a_late_letter_of_an_attempt_that_was_retried_is_no_more_than_a_warning(make_order: MakeOrder) -> None:
    order = replace(make_order(), attempt=2)
    desk = Desk(order)
    (alert,) = desk.take(letter_of(ProcessOrder("ord_1", 1)))
    assert (desk.order, alert.severity) == (order, "warning")


def test_a_refund_that_was_given_up_is_stuck(make_order: MakeOrder) -> None:
    order = refunding(make_order())
    desk = Desk(order)
    event = events_of(OrderChange("MODIFY", order.version - 1, Status.CONFIRMED, order))[0]
    (alert,) = desk.take(letter_of(event, "compensate_order", redrives=1))
    assert (desk.order.compensation, desk.order.status) == (Compensation.STUCK, Status.CANCELLED)
    assert desk.order.history[-1].changed == ("compensation",)
    assert (alert.severity, alert.reason) == ("critical", REFUND_STUCK)
    assert desk.tables.letters["l1"].redrives == 1
    # Redriven, and given up again: it is stuck already.
    (again,) = desk.take(letter_of(event, "compensate_order", id="l2"))
    assert (len(desk.tables.written), again.reason, desk.letters.known("l2")) == (1, REFUND_STUCK, True)


def test_a_refund_that_was_settled_meanwhile_is_not_stuck(make_order: MakeOrder) -> None:
    order = replace(refunding(make_order()), compensation=Compensation.DONE)
    desk = Desk(order)
    event = events_of(OrderChange("MODIFY", order.version - 1, Status.CONFIRMED, order))[0]
    desk.take(letter_of(event, "compensate_order"))
    assert (desk.order, desk.letters.known("l1")) == (order, True)


@pytest.mark.parametrize("payload", [b"1", b'"text"', b'{"attempt": "one"}', b'{"base64": "//8="}', b"{}"])
@pytest.mark.parametrize("function", ["process_order", "compensate_order", "send_email"])
def test_what_cannot_be_read_is_kept_and_critical(make_order: MakeOrder, payload: bytes, function: str) -> None:
    order = make_order()
    desk = Desk(order)
    (alert,) = desk.take(letter_of({}, function, error="DecodeError: it is malformed", payload=msgspec.Raw(payload)))
    assert (desk.order, list(desk.tables.letters)) == (order, ["l1"])
    assert (alert.severity, alert.reason) == ("critical", "DecodeError")


@pytest.mark.parametrize(("function", "raised"), [("send_email", 1), ("alert_handler", 0), ("deliver_alert", 0)])
def test_letters_of_alerts_raise_none(function: str, raised: int) -> None:
    desk = Desk()
    alerts = desk.take(letter_of({"mailId": "m"}, function, order_id=None))
    assert len(alerts) == raised
    assert desk.letters.known("l1")


@pytest.mark.parametrize("forgotten", [False, True])
def test_a_letter_of_a_deleted_order_goes_as_those_before_it_did(make_order: MakeOrder, forgotten: bool) -> None:
    """Whatever it carries: nobody can do anything about it, and nothing is lost with it."""
    gone = deleted(make_order(), at=NOW, by="staff")
    desk = Desk(stub(gone) if forgotten else gone)
    before = desk.order
    assert desk.take(letter_of(ProcessOrder("ord_1", 1, make_order()))) == []
    assert (desk.order, desk.tables.letters) == (before, {})
    # What else is about it is kept: a mail to its customer, perhaps.
    (alert,) = desk.take(letter_of({"mailId": "m"}, "send_email", "OSError: no"))
    assert alert.function == "send_email"
    assert desk.letters.known("l1")


def test_a_refund_that_is_stuck_keeps_a_deleted_order_waiting(make_order: MakeOrder) -> None:
    desk = Desk(deleted(confirmed(make_order()), at=NOW, by="staff"))
    event = events_of(OrderChange("MODIFY", 2, None, desk.order))[0]
    (alert,) = desk.take(letter_of(event, "compensate_order"))
    assert alert.reason == REFUND_STUCK
    assert desk.order.compensation is Compensation.STUCK
    assert not is_tombstone(desk.order)
    settled = compensated(desk.order, 1998, at=NOW, by="compensate_order")
    assert is_tombstone(buried(settled, at=NOW, by="compensate_order"))
