"""`cancel_order`, `act_on_order` and `compensate_order`: what each writes, once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import msgspec
import pytest
from msgspec.structs import replace

from ordermill.domain.catalogue import Product
from ordermill.domain.commands import ActOnOrder, CancelOrder, ProcessOrder
from ordermill.domain.dead_letters import DeadLetter
from ordermill.domain.errors import InvalidTransition, NotFound
from ordermill.domain.events import EventType, OrderChange, OrderEvent, events_of
from ordermill.domain.exits import compensated, leave, retried, stuck
from ordermill.domain.order import Compensation, Order, Payment, PaymentStatus, Status, Step, advance
from ordermill.functions import compensate_order, process_order
from ordermill.functions.act_on_order import act_on_order
from ordermill.functions.cancel_order import cancel_order
from ordermill.ports.services import Charge, ChargeResult, PaymentError, Refund, Refunded
from ordermill.ports.staged import DONE
from tests.unit.functions.functions_kit import NOW, Clock, DeadLetters, Orders, Products, Tables

MakeOrder = Callable[..., Order]
KEY = "ord_1/1"


class Desk:
    """The functions over tables with three of `W` left, of which `order` holds two where it says so."""

    def __init__(self, order: Order | None) -> None:
        self.clock = Clock()
        self.tables = Tables(self.clock, [Product("W", "Widget", 999, "USD", 3)])
        self.ports: dict[str, Any] = {
            "orders": Orders(self.tables, self.clock),
            "products": Products(self.tables),
            "clock": self.clock,
        }
        if order is not None:
            self.tables.orders[order.order_id] = order

    def cancel(self, by: str = "holder", reason: str | None = None) -> Order:
        return cancel_order(CancelOrder("ord_1", by, reason), **self.ports)

    def act(self, action: Literal["cancel", "retry"], reason: str | None = None) -> Order:
        return act_on_order(ActOnOrder("ord_1", action, reason), **self.ports, dead_letters=DeadLetters(self.tables))

    @property
    def order(self) -> Order:
        return self.tables.orders["ord_1"]


class Voids:
    """Port `payments`: gives back what it is told for each key, or fails."""

    def __init__(self, **amounts: int) -> None:
        self.amounts, self.voided = amounts, list[str]()

    def charge(self, charge: object) -> Any:
        raise NotImplementedError

    def void(self, key: str) -> int:
        if key not in self.amounts:
            raise PaymentError("no")
        self.voided.append(key)
        return self.amounts[key]


def confirmed(make_order: MakeOrder) -> Order:
    order = advance(make_order(stock_sku="W"), [Step(Status.CONFIRMED)], at=5, by="process_order")
    return replace(order, charges=(KEY,), stock_reserved=True, payment=Payment(PaymentStatus.PENDING))


def failed(make_order: MakeOrder) -> Order:
    return leave(confirmed(make_order), Step(Status.FAILED), at=6, by="fail_order")


def event_of(order: Order) -> OrderEvent:
    """Of its last history entry."""
    return events_of(OrderChange("MODIFY", order.version - 1, None, order))[0]


@pytest.mark.parametrize(
    ("cancel", "by"),
    [
        (lambda desk: desk.cancel(reason="too slow"), "holder"),
        (lambda desk: desk.cancel("staff", "too slow"), "staff"),
        (lambda desk: desk.act("cancel", "too slow"), "staff"),
    ],
    ids=["holder", "staff", "action"],
)
def test_a_cancellation_is_one_write_with_the_stock(
    make_order: MakeOrder, cancel: Callable[[Desk], Order], by: str
) -> None:
    desk = Desk(confirmed(make_order))
    order = cancel(desk)
    assert (desk.order, len(desk.tables.written), desk.tables.stock) == (order, 1, {"W": 5})
    assert (order.status, order.compensation, order.history[-1].by) == (Status.CANCELLED, Compensation.RUNNING, by)
    assert (order.history[-1].reason, order.history[-1].at) == ("too slow", NOW)
    assert cancel(desk) is order
    assert (len(desk.tables.written), desk.tables.stock) == (1, {"W": 5})


def test_a_cancellation_without_stock_moves_none(make_order: MakeOrder) -> None:
    desk = Desk(make_order(stock_sku="W"))
    desk.cancel()
    assert (desk.tables.stock, desk.order.compensation) == ({"W": 3}, Compensation.NONE)


def test_the_holder_may_not_cancel_what_is_processed_and_staff_may(make_order: MakeOrder) -> None:
    steps = [Step(Status.PAID), Step(Status.PROCESSED)]
    ways: list[Callable[[Desk], Order]] = [lambda desk: desk.cancel("staff"), lambda desk: desk.act("cancel")]
    for cancel in ways:
        desk = Desk(advance(confirmed(make_order), steps, at=6, by="f"))
        with pytest.raises(InvalidTransition, match="holder") as refused:
            desk.cancel()
        assert (refused.value.allowed, desk.tables.written) == ((Status.SHIPPED,), [])
        assert cancel(desk).status is Status.CANCELLED


def test_an_order_that_is_not_there_is_not_found() -> None:
    desk = Desk(None)
    asks: list[Callable[[], Order]] = [desk.cancel, lambda: desk.act("cancel"), lambda: desk.act("retry")]
    for ask in asks:
        with pytest.raises(NotFound):
            ask()


def test_a_retry_is_one_write_that_closes_the_dead_letters(make_order: MakeOrder) -> None:
    desk = Desk(compensated(failed(make_order), 0, at=7, by="f"))
    for function in ("process_order", "send_email"):
        letter = DeadLetter(function, "q", function, "ord_1", "it failed", 5, 0, 7, msgspec.Raw(b"{}"))
        desk.tables.letters[letter.id] = letter
    order = desk.act("retry", "mended")
    assert (order, len(desk.tables.written)) == (desk.order, 1)
    assert (order.status, order.attempt, order.history[-1].by) == (Status.PENDING, 2, "staff")
    assert (order.history[-1].reason, order.redrives) == ("mended", 0)
    assert desk.tables.closed == {"process_order"}
    assert desk.act("retry") is order
    assert len(desk.tables.written) == 1


@pytest.mark.parametrize("is_stuck", [False, True])
def test_a_retry_waits_for_the_refund(make_order: MakeOrder, is_stuck: bool) -> None:
    order = failed(make_order)
    desk = Desk(stuck(order, at=7, by="f") if is_stuck else order)
    with pytest.raises(InvalidTransition, match="refund"):
        desk.act("retry")
    assert (desk.tables.written, desk.tables.closed) == ([], set())


def test_a_retried_order_is_charged_under_its_own_key_and_late_messages_of_the_first_attempt_do_nothing(
    make_order: MakeOrder,
) -> None:
    desk = Desk(retried(compensated(failed(make_order), 0, at=7, by="f"), at=8, by="staff"))
    again = process_order.from_event(event_of(desk.order))
    assert again == ProcessOrder("ord_1", 2)
    assert process_order.prepare(ProcessOrder("ord_1", 1), **desk.ports) is DONE
    assert desk.tables.written == []
    charge = process_order.prepare(again, **desk.ports)
    assert isinstance(charge, Charge)
    assert (charge.keys, desk.order.charges, desk.tables.stock) == (("ord_1/2",), ("ord_1/2",), {"W": 1})
    before = desk.order
    process_order.settle(ProcessOrder("ord_1", 1), ChargeResult("approved", 1998), **desk.ports)
    assert desk.order is before


def compensate(desk: Desk, event: OrderEvent, payments: Voids) -> Order:
    """All three stages."""
    refund = compensate_order.prepare(event, orders=desk.ports["orders"])
    assert isinstance(refund, Refund)
    outcome = compensate_order.call(refund, payments=payments)
    compensate_order.settle(event, outcome, orders=desk.ports["orders"], clock=desk.clock)
    return desk.order


def test_all_charges_of_an_exit_are_voided_and_their_sum_recorded(make_order: MakeOrder) -> None:
    desk = Desk(replace(failed(make_order), charges=("a", "b", "c")))
    payments = Voids(a=1000, b=0, c=998)
    order = compensate(desk, event_of(desk.order), payments)
    assert payments.voided == ["a", "b", "c"]
    assert (order.compensation, order.payment) == (
        Compensation.DONE,
        Payment(PaymentStatus.REFUNDED, 1998, 1998),
    )
    assert (order.history[-1].by, event_of(order).type) == ("compensate_order", EventType.ORDER_UPDATED)


def test_a_void_that_fails_leaves_it_to_a_repeat(make_order: MakeOrder) -> None:
    desk = Desk(replace(failed(make_order), charges=("a", "b")))
    with pytest.raises(PaymentError):
        compensate(desk, event_of(desk.order), Voids(a=1))
    assert (desk.order.compensation, desk.tables.written) == (Compensation.RUNNING, [])
    assert compensate(desk, event_of(desk.order), Voids(a=1, b=2)).payment.refunded == 3


def test_one_that_was_stuck_is_settled_by_a_void_that_succeeds(make_order: MakeOrder) -> None:
    desk = Desk(stuck(failed(make_order), at=7, by="fail_order"))
    assert compensate(desk, event_of(failed(make_order)), Voids(**{KEY: 0})).compensation is Compensation.DONE


@pytest.mark.parametrize("late", ["repeat", "retried", "failed again", "gone", "never left"])
def test_what_comes_late_records_nothing(make_order: MakeOrder, late: str) -> None:
    first = failed(make_order)
    event, desk = event_of(first), Desk(first)
    settled = compensate(desk, event, Voids(**{KEY: 0}))
    again = retried(settled, at=8, by="staff")
    if late == "gone":
        del desk.tables.orders["ord_1"]
    elif late == "never left":
        desk.tables.orders["ord_1"] = confirmed(make_order)
    elif late == "retried":
        desk.tables.orders["ord_1"] = again
    elif late == "failed again":
        paid = replace(advance(again, [Step(Status.CONFIRMED)], at=9, by="f"), charges=("ord_1/2",))
        desk.tables.orders["ord_1"] = leave(paid, Step(Status.FAILED), at=9, by="fail_order")
    before, writes = desk.tables.orders.get("ord_1"), len(desk.tables.written)
    compensate_order.settle(event, Refunded((KEY,), 1998), orders=desk.ports["orders"], clock=desk.clock)
    assert (desk.tables.orders.get("ord_1"), len(desk.tables.written)) == (before, writes)
    if late != "failed again":
        assert compensate_order.prepare(event, orders=desk.ports["orders"]) is DONE


def test_a_declined_order_owes_nothing_for_the_key_that_was_declined(make_order: MakeOrder) -> None:
    desk = Desk(confirmed(make_order))
    process_order.settle(ProcessOrder("ord_1", 1), ChargeResult("declined", 0), **desk.ports)
    assert (desk.order.compensation, desk.order.charges, desk.tables.stock) == (Compensation.NONE, (), {"W": 5})
    assert compensate_order.prepare(event_of(desk.order), orders=desk.ports["orders"]) is DONE
