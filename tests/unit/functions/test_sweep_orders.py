"""`sweep_orders`: orders that stand unfinished are sent again at growing distances, and never failed."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ordermill.domain.commands import ProcessOrder, Tick
from ordermill.domain.order import Order, Status
from ordermill.functions.sweep_orders import ORDER_STUCK, SENT_MAX, sweep_orders, turn_within
from ordermill.ports.ambient import Settings
from tests.unit.functions.functions_kit import NOW, Alerts, Clock, Messages, Orders, Tables

MakeOrder = Callable[..., Order]
DEADLINE_S = 900
DEADLINE_MS = 1000 * DEADLINE_S


class Sweep:
    """The function with its ports."""

    def __init__(self, *orders: Order) -> None:
        self.clock = Clock()
        self.tables = Tables(self.clock)
        self.tables.orders = {order.order_id: order for order in orders}
        self.messages, self.alerts = Messages(), Alerts()

    def tick(self, since: int, at: int) -> list[str]:
        """One tick at that many ms after the orders' last change; the orders that it sent."""
        before = len(self.messages.processed)
        sweep_orders(
            Tick(NOW + at, NOW + since),
            orders=Orders(self.tables, self.clock),
            messages=self.messages,
            alerts=self.alerts,
            settings=Settings(order_deadline_s=DEADLINE_S),
        )
        return [message.order_id for message in self.messages.processed[before:]]


@pytest.mark.parametrize("status", list(Status))
def test_what_stands_unfinished_is_sent_again_with_its_attempt(make_order: MakeOrder, status: Status) -> None:
    sweep = Sweep(replace(make_order(), status=status, attempt=2))
    unfinished = status in ("PENDING", "CONFIRMED", "PAID")
    assert sweep.tick(DEADLINE_MS - 1, DEADLINE_MS) == (["ord_1"] if unfinished else [])
    assert sweep.messages.processed == [ProcessOrder("ord_1", 2)] * unfinished
    assert sweep.tables.written == [], "nothing is failed"
    assert [(alert.severity, alert.reason, alert.order_id) for alert in sweep.alerts.published] == [
        ("warning", ORDER_STUCK, "ord_1")
    ] * unfinished


def test_it_is_sent_after_one_three_and_seven_deadlines(make_order: MakeOrder) -> None:
    sweep = Sweep(make_order())
    minute = 60_000
    sent = [at for at in range(minute, 16 * DEADLINE_MS, minute) if sweep.tick(at - minute, at)]
    assert [at / DEADLINE_MS for at in sent] == [1, 3, 7, 15]
    assert len({alert.alert_id for alert in sweep.alerts.published}) == 4


def test_a_tick_that_comes_again_says_the_same(make_order: MakeOrder) -> None:
    sweep = Sweep(make_order())
    assert sweep.tick(0, DEADLINE_MS) == sweep.tick(0, DEADLINE_MS) == ["ord_1"]
    first, again = sweep.alerts.published
    assert first == again


def test_the_time_runs_from_the_last_change(make_order: MakeOrder) -> None:
    order = replace(make_order(), updated_at=NOW + 1)
    assert Sweep(order).tick(0, DEADLINE_MS) == []
    assert Sweep(order).tick(0, DEADLINE_MS + 1) == ["ord_1"]


def test_an_order_that_went_on_meanwhile_is_not_sent(make_order: MakeOrder) -> None:
    sweep = Sweep(make_order())

    class Stale(Orders):
        def read(self, order_id: str) -> Order | None:
            return replace(sweep.tables.orders[order_id], version=2)

    sweep_orders(
        Tick(NOW + DEADLINE_MS, NOW),
        orders=Stale(sweep.tables, sweep.clock),
        messages=sweep.messages,
        alerts=sweep.alerts,
        settings=Settings(order_deadline_s=DEADLINE_S),
    )
    assert (sweep.messages.processed, sweep.alerts.published) == ([], [])


def test_of_many_the_oldest_are_sent(make_order: MakeOrder) -> None:
    count = SENT_MAX + 50
    orders = [replace(make_order(f"o{n:03d}"), created_at=NOW - n, updated_at=NOW - n) for n in range(count)]
    sent = Sweep(*orders).tick(-1, DEADLINE_MS)
    assert sent == [f"o{n:03d}" for n in range(count - 1, count - 1 - SENT_MAX, -1)]


@given(st.integers(1, 50), st.lists(st.integers(0, 500), min_size=2, max_size=30))
def test_every_turn_is_taken_once_however_the_ticks_fall(deadline: int, moments: list[int]) -> None:
    ticks = sorted({0, *moments})
    taken = [turn_within(since, at, deadline) for since, at in pairwise(ticks)]
    due = [n for n in range(1, 12) if (2**n - 1) * deadline <= ticks[-1]]
    # Of several that fall between two ticks the last counts.
    expected = []
    for since, at in pairwise(ticks):
        within = [n for n in due if since < (2**n - 1) * deadline <= at]
        expected.append(within[-1] if within else None)
    assert taken == expected
