"""Exits: what leaving owes, when it is settled, and how an order comes back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from ordermill.domain.errors import InvalidTransition
from ordermill.domain.exits import cancelled, compensated, leave, owes, retried, stock_back, stock_of, stuck
from ordermill.domain.order import (
    TRANSITIONS,
    Compensation,
    Order,
    Payment,
    PaymentStatus,
    Reason,
    Status,
    Step,
    advance,
)

MakeOrder = Callable[..., Order]
KEY = "ord_1/1"
PATHS: dict[Status, tuple[Status, ...]] = {
    Status.PENDING: (),
    Status.CONFIRMED: (Status.CONFIRMED,),
    Status.PAID: (Status.CONFIRMED, Status.PAID),
    Status.PROCESSED: (Status.CONFIRMED, Status.PAID, Status.PROCESSED),
    Status.SHIPPED: (Status.CONFIRMED, Status.PAID, Status.PROCESSED, Status.SHIPPED),
    Status.DELIVERED: (Status.CONFIRMED, Status.PAID, Status.PROCESSED, Status.SHIPPED, Status.DELIVERED),
    Status.REJECTED: (Status.REJECTED,),
    Status.FAILED: (Status.CONFIRMED, Status.FAILED),
    Status.CANCELLED: (Status.CONFIRMED, Status.CANCELLED),
}
"""The steps to each status."""


def order_at(make_order: MakeOrder, status: Status) -> Order:
    """An order of counted stock that came to `status` the usual way; an exit is not settled yet."""
    order: Order = make_order(stock_sku="W")
    for to in PATHS[status]:
        if to in (Status.REJECTED, Status.FAILED, Status.CANCELLED):
            order = leave(order, Step(to, Reason.INTERNAL), at=5, by="f")
        else:
            order = advance(order, [Step(to)], at=5, by="f")
        if to is Status.CONFIRMED:
            order = replace(order, charges=(KEY,), stock_reserved=True, payment=Payment(PaymentStatus.PENDING))
        elif to is Status.PAID:
            order = replace(order, payment=Payment(PaymentStatus.CAPTURED, order.total))
    return order


@pytest.mark.parametrize("status", [Status.CONFIRMED, Status.PAID, Status.PROCESSED])
def test_an_exit_gives_the_stock_back_and_owes_what_may_have_moved(make_order: MakeOrder, status: Status) -> None:
    order = order_at(make_order, status)
    left = leave(order, Step(Status.CANCELLED), at=6, by="staff")
    assert stock_back(order) == {"W": -2}
    assert (left.stock_reserved, stock_back(left), left.charges) == (False, {}, (KEY,))
    assert (left.compensation, left.payment.status) == (Compensation.RUNNING, PaymentStatus.REFUND_PENDING)
    assert (left.payment.captured, owes(left)) == (order.payment.captured, True)
    assert leave(left, Step(Status.CANCELLED), at=7, by="holder") is left


def test_an_exit_before_any_charge_owes_nothing(make_order: MakeOrder) -> None:
    left = leave(make_order(stock_sku="W"), Step(Status.REJECTED, Reason.OUT_OF_STOCK), at=6, by="f")
    assert (left.compensation, left.payment, owes(left)) == (Compensation.NONE, Payment(), False)
    assert (left.reason, left.history[-1].reason) == (Reason.OUT_OF_STOCK, "OUT_OF_STOCK")


def test_an_exit_from_an_exit_owes_what_that_one_owed(make_order: MakeOrder) -> None:
    failed = order_at(make_order, Status.FAILED)
    for before in (failed, stuck(failed, at=6, by="fail_order")):
        left = cancelled(before, at=7, by="holder")
        assert (left.compensation, left.payment, left.charges) == (before.compensation, before.payment, before.charges)
    settled = cancelled(compensated(failed, 0, at=6, by="f"), at=7, by="holder")
    assert (settled.compensation, owes(settled)) == (Compensation.DONE, False)


@pytest.mark.parametrize("by", ["holder", "staff"])
@pytest.mark.parametrize("status", Status)
def test_who_may_cancel_where(make_order: MakeOrder, status: Status, by: str) -> None:
    order = order_at(make_order, status)
    allowed = Status.CANCELLED in (status, *TRANSITIONS[status]) and (by == "staff" or status is not Status.PROCESSED)
    if allowed:
        left = cancelled(order, at=6, by=by, why="changed my mind")
        assert left.status is Status.CANCELLED
        if status is Status.CANCELLED:
            assert left is order
        else:
            entry = left.history[-1]
            assert (entry.by, entry.reason, left.reason, left.reason_detail) == (
                *(by, "changed my mind", None, "changed my mind"),
            )
        return
    with pytest.raises(InvalidTransition) as refused:
        cancelled(order, at=6, by=by)
    assert (refused.value.from_, refused.value.to) == (status, Status.CANCELLED)
    assert Status.CANCELLED not in refused.value.allowed


@pytest.mark.parametrize(
    ("refunded", "payment"),
    [(1998, Payment(PaymentStatus.REFUNDED, 1998, 1998)), (0, Payment(PaymentStatus.NONE))],
)
@pytest.mark.parametrize("is_stuck", [False, True])
def test_a_refund_settles_it_with_one_entry(
    make_order: MakeOrder, refunded: int, payment: Payment, is_stuck: bool
) -> None:
    left = order_at(make_order, Status.CANCELLED)
    if is_stuck:
        left = stuck(left, at=6, by="fail_order")
        assert (left.history[-1].changed, left.compensation, owes(left)) == (
            ("compensation",),
            Compensation.STUCK,
            True,
        )
    settled = compensated(left, refunded, at=7, by="compensate_order")
    assert (settled.compensation, settled.payment, settled.charges) == (Compensation.DONE, payment, ())
    entry = settled.history[-1]
    assert (entry.seq, entry.status, entry.by, entry.changed) == (
        left.version + 1,
        Status.CANCELLED,
        "compensate_order",
        ("compensation", "payment"),
    )
    assert (settled.version, owes(settled)) == (entry.seq, False)


@pytest.mark.parametrize("status", Status)
def test_what_may_be_retried(make_order: MakeOrder, status: Status) -> None:
    order = order_at(make_order, status)
    if owes(order):
        order = compensated(order, 0, at=6, by="f")
    if status is Status.PENDING:
        assert retried(order, at=7, by="staff") is order
    elif status is Status.FAILED:
        again = retried(order, at=7, by="staff", why="mended", redriven=True)
        assert (again.status, again.attempt, again.reason, again.redrives) == (Status.PENDING, 2, None, 1)
        assert (again.payment, again.compensation, again.charges) == (Payment(), Compensation.NONE, ())
        assert (again.history[-1].reason, again.history[-1].by, again.stock_reserved) == ("mended", "staff", False)
        assert retried(order, at=7, by="staff").redrives == 0
    else:
        with pytest.raises(InvalidTransition) as refused:
            retried(order, at=7, by="staff")
        assert (refused.value.from_, refused.value.to, refused.value.allowed) == (
            *(status, Status.PENDING, TRANSITIONS[status]),
        )


@pytest.mark.parametrize("compensation", [Compensation.RUNNING, Compensation.STUCK])
@pytest.mark.parametrize("status", [Status.FAILED, Status.CANCELLED])
def test_nothing_is_retried_until_its_refund_is_settled(
    make_order: MakeOrder, compensation: Compensation, status: Status
) -> None:
    order = replace(order_at(make_order, status), compensation=compensation)
    with pytest.raises(InvalidTransition) as refused:
        retried(order, at=7, by="staff")
    assert refused.value.allowed == ((Status.CANCELLED,) if status is Status.FAILED else ())
    assert ("refund" in refused.value.detail) == (status is Status.FAILED)


def test_the_lines_of_one_product_are_added_up_and_uncounted_ones_left_out(make_order: MakeOrder) -> None:
    order = make_order(stock_sku="W", quantity=3)
    (line,) = order.items
    order = replace(order, items=(line, replace(line, stock_sku=None), line), stock_reserved=True)
    assert (stock_of(order), stock_back(order)) == ({"W": 6}, {"W": -6})
    assert stock_back(replace(order, stock_reserved=False)) == {}
