"""`process_order`: each step once, whatever is repeated, late or beside itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from ordermill.domain.catalogue import Product
from ordermill.domain.commands import ProcessOrder
from ordermill.domain.events import OrderChange
from ordermill.domain.order import Order, PaymentStatus, Reason, Status, Step, advance
from ordermill.functions import process_order
from ordermill.ports.services import Charge, ChargeResult
from ordermill.ports.staged import DONE, Done
from tests.unit.functions.functions_kit import Clock, Orders, Payments, Products, Tables

MakeOrder = Callable[..., Order]
APPROVED, DECLINED = ChargeResult("approved", 1998), ChargeResult("declined", 0)
FIRST = ProcessOrder("ord_1", 1)


class Line:
    """The three stages over tables with one counted product, `W`, of which there are five."""

    def __init__(self, order: Order | None) -> None:
        self.clock = Clock()
        self.tables = Tables(self.clock, [Product("W", "Widget", 999, "USD", 5)])
        self.orders, self.products = Orders(self.tables, self.clock), Products(self.tables)
        if order is not None:
            self.orders.create(order)

    def prepare(self, message: ProcessOrder = FIRST) -> Charge | Done:
        return process_order.prepare(message, orders=self.orders, products=self.products, clock=self.clock)

    def settle(self, outcome: ChargeResult, message: ProcessOrder = FIRST) -> Order:
        process_order.settle(message, outcome, orders=self.orders, products=self.products, clock=self.clock)
        return self.order

    @property
    def order(self) -> Order:
        return self.tables.orders["ord_1"]

    @property
    def stock(self) -> int | None:
        return self.tables.stock["W"]


@pytest.fixture
def line(make_order: MakeOrder) -> Line:
    return Line(make_order(stock_sku="W"))


def test_prepare_reserves_and_records_the_charges_key_before_it_is_used(line: Line) -> None:
    assert line.prepare() == Charge("ord_1/1", "ord_1", 1998, "USD", "tok_approve")
    assert (line.order.status, line.order.charges, line.order.stock_reserved, line.stock) == (
        Status.CONFIRMED,
        ("ord_1/1",),
        True,
        3,
    )
    assert line.order.payment.status is PaymentStatus.PENDING


def test_a_repeat_asks_for_the_same_charge_and_moves_no_more_stock(line: Line) -> None:
    first = line.prepare()
    assert line.prepare() == first
    assert (line.stock, line.order.version) == (3, 2)


def test_the_call_charges_what_was_prepared() -> None:
    payments, charge = Payments(APPROVED), Charge("k", "ord_1", 5, "USD", "tok_approve")
    assert process_order.call(charge, payments=payments) == APPROVED
    assert payments.charges == [charge]


def test_an_approved_charge_makes_the_order_paid_and_processed_in_one_write(line: Line) -> None:
    line.prepare()
    writes = len(line.tables.written)
    order = line.settle(APPROVED)
    assert [(e.seq, e.status) for e in order.history] == [
        (1, "PENDING"),
        (2, "CONFIRMED"),
        (3, "PAID"),
        (4, "PROCESSED"),
    ]
    assert (order.payment.status, order.payment.captured, order.version) == (PaymentStatus.CAPTURED, 1998, 4)
    assert len(line.tables.written) == writes + 1
    assert line.settle(APPROVED) == order
    assert line.prepare() is DONE


def test_a_declined_charge_rejects_the_order_and_puts_its_stock_back_once(line: Line) -> None:
    line.prepare()
    order = line.settle(DECLINED)
    assert (order.status, order.reason, order.payment.status) == (
        Status.REJECTED,
        Reason.PAYMENT_DECLINED,
        PaymentStatus.DECLINED,
    )
    assert (order.stock_reserved, line.stock) == (False, 5)
    line.settle(DECLINED)
    assert (line.stock, line.prepare()) == (5, DONE)


def test_without_enough_stock_the_order_is_rejected_and_nothing_is_charged(make_order: MakeOrder) -> None:
    line = Line(make_order(stock_sku="W", quantity=6))
    assert line.prepare() is DONE
    assert (line.order.status, line.order.reason, line.order.charges) == (Status.REJECTED, Reason.OUT_OF_STOCK, ())
    assert (line.stock, line.order.stock_reserved) == (5, False)


def test_lines_of_one_product_are_taken_together(make_order: MakeOrder) -> None:
    order = make_order(stock_sku="W", quantity=3)
    line = Line(replace(order, items=order.items * 2))
    line.prepare()
    assert line.order.reason is Reason.OUT_OF_STOCK


def test_an_uncounted_order_moves_no_stock(make_order: MakeOrder) -> None:
    line = Line(make_order())
    line.prepare()
    assert (line.stock, line.order.stock_reserved, line.settle(DECLINED).status) == (5, False, Status.REJECTED)


def test_a_message_of_another_attempt_does_nothing(line: Line) -> None:
    stale = ProcessOrder("ord_1", 2)
    assert line.prepare(stale) is DONE
    line.prepare()
    before = line.order
    assert line.settle(APPROVED, stale) == before


def test_an_order_that_is_gone_is_done() -> None:
    clock = Clock()
    tables = Tables(clock)
    message = ProcessOrder("ord_9", 1)
    ports = {"orders": Orders(tables, clock), "products": Products(tables), "clock": clock}
    assert process_order.prepare(message, **ports) is DONE  # type: ignore[arg-type]
    process_order.settle(message, APPROVED, **ports)  # type: ignore[arg-type]
    assert tables.written == []


def test_an_order_left_paid_is_completed_without_another_charge(make_order: MakeOrder) -> None:
    steps = [Step(Status.CONFIRMED), Step(Status.PAID)]
    line = Line(advance(make_order(), steps, at=5, by="process_order"))
    assert line.prepare() is DONE
    assert line.order.status is Status.PROCESSED


def test_an_order_that_left_meanwhile_is_left_alone(make_order: MakeOrder) -> None:
    line = Line(make_order())
    line.prepare()
    cancelled = advance(line.order, [Step(Status.CANCELLED)], at=5, by="staff")
    line.orders.update(cancelled, expect=2)
    assert line.settle(APPROVED) == cancelled
    assert line.prepare() is DONE


@pytest.fixture
def queued(make_order: MakeOrder) -> ProcessOrder:
    """A message that carries its order."""
    order = make_order(stock_sku="W")
    return ProcessOrder(order.order_id, order.attempt, order)


def test_a_message_with_its_order_makes_the_record_with_the_first_step_in_one_write(queued: ProcessOrder) -> None:
    line = Line(None)
    assert line.prepare(queued) == Charge("ord_1/1", "ord_1", 1998, "USD", "tok_approve")
    assert len(line.tables.written) == 1
    assert (line.order.status, line.order.charges, line.order.stock_reserved, line.stock) == (
        Status.CONFIRMED,
        ("ord_1/1",),
        True,
        3,
    )
    assert [(e.seq, e.status, e.by) for e in line.order.history] == [
        (1, "PENDING", "create_order"),
        (2, "CONFIRMED", "process_order"),
    ]
    assert [e.status for e in line.settle(APPROVED, queued).history] == ["PENDING", "CONFIRMED", "PAID", "PROCESSED"]


@pytest.mark.parametrize("steps", range(4))
def test_a_duplicate_of_such_a_message_goes_on_from_where_the_order_is(queued: ProcessOrder, steps: int) -> None:
    line = Line(None)
    first = line.prepare(queued)
    if steps == 1:
        assert line.prepare(queued) == first
    if steps >= 2:
        line.settle(APPROVED if steps == 2 else DECLINED, queued)
        assert line.prepare(queued) is DONE
    order = line.settle(APPROVED, queued)
    assert len(order.history) == len({entry.seq for entry in order.history}) == (3 if steps == 3 else 4)
    assert line.stock == (5 if steps == 3 else 3)


def test_without_enough_stock_the_record_is_made_rejected(make_order: MakeOrder) -> None:
    line, order = Line(None), make_order(stock_sku="W", quantity=6)
    assert line.prepare(ProcessOrder("ord_1", 1, order)) is DONE
    assert [(e.seq, e.status, e.reason) for e in line.order.history] == [
        (1, "PENDING", None),
        (2, "REJECTED", "OUT_OF_STOCK"),
    ]
    assert (line.stock, len(line.tables.written), line.order.charges) == (5, 1, ())
    assert line.prepare(ProcessOrder("ord_1", 1, order)) is DONE
    assert len(line.tables.written) == 1


def test_a_message_with_its_order_finds_the_record_that_another_pipeline_made(queued: ProcessOrder) -> None:
    line = Line(replace(queued.order, note="the record counts") if queued.order else None)
    assert isinstance(line.prepare(queued), Charge)
    assert (line.order.note, line.order.version, line.stock) == ("the record counts", 2, 3)


def test_a_message_with_its_order_of_another_attempt_does_nothing(queued: ProcessOrder) -> None:
    line = Line(replace(queued.order, attempt=2) if queued.order else None)
    before = line.order
    assert line.prepare(queued) is DONE
    assert line.order is before


def test_a_change_stands_for_the_orders_attempt(make_order: MakeOrder) -> None:
    change = OrderChange("MODIFY", 3, Status.FAILED, replace(make_order(), attempt=2))
    assert process_order.from_change(change) == ProcessOrder("ord_1", 2)
