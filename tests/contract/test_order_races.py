"""Two functions that read the same order before either writes it, over every adapter: nothing of either is lost.

Whoever writes second is told so, and takes the step again, as on AWS; locally the engine lets nobody come between.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ordermill.domain.commands import ActOnOrders, ProcessOrder, UpdateOrder
from ordermill.domain.errors import Conflict, Stale
from ordermill.domain.order import Order, Status
from ordermill.functions import process_order
from ordermill.functions.act_on_orders import act_on_orders
from ordermill.functions.update_order import update_order
from ordermill.ports.ambient import Settings
from ordermill.ports.services import Charge, ChargeResult
from tests.contract.stores_kit import MakeOrder, Stores

Step = Callable[[Any], object]
THREE = [{"product": "Widget", "quantity": 3, "unitPrice": "9.99"}]


class Between:
    """Port `orders`, as one function has it: after its first read somebody else does `work`."""

    def __init__(self, orders: Any, work: Step) -> None:
        self._orders, self._work = orders, [work]

    def read(self, order_id: str) -> Order | None:
        order: Order | None = self._orders.read(order_id)
        if self._work:
            self._work.pop()(self._orders)
        return order

    def update(self, order: Order, **how: Any) -> None:
        self._orders.update(order, **how)


class Race:
    """Steps on one order, each as the function that takes it does."""

    def __init__(self, stores: Stores, order: Order) -> None:
        self._stores, self.charges = stores, list[int]()
        self._ports: dict[str, Any] = {"products": stores.products, "clock": stores.time}
        with stores.write():
            stores.orders.create(order)

    def prepare(self, orders: Any) -> None:
        charge = process_order.prepare(ProcessOrder("ord_1", 1), orders=orders, **self._ports)
        if isinstance(charge, Charge):
            self.charges.append(charge.amount)

    def settle(self, orders: Any) -> None:
        answer = ChargeResult("approved", self.charges[-1])
        process_order.settle(ProcessOrder("ord_1", 1), answer, orders=orders, **self._ports)

    def edit(self, versions: tuple[str, ...] | None = None, **patch: Any) -> Step:
        message = UpdateOrder("ord_1", patch, versions)
        return lambda orders: update_order(message, orders=orders, **self._ports, settings=Settings())

    def cancel(self, orders: Any) -> None:
        message = ActOnOrders(("ord_1",), "cancel")
        (result,) = act_on_orders(message, orders=orders, **self._ports, dead_letters=self._stores.letters)
        assert result.error is None

    def run(self, step: Step, meanwhile: Step | None = None) -> int:
        """Take the step, with the other one after its read; how often it was taken."""
        orders = self._stores.orders
        with self._stores.write():
            if meanwhile is None:
                step(orders)
                return 1
            try:
                step(Between(orders, meanwhile))
                return 1
            except Conflict:
                step(orders)
                return 2

    @property
    def order(self) -> Order:
        order = self._stores.orders.read("ord_1")
        assert order is not None
        assert [entry.seq for entry in order.history] == list(range(1, order.version + 1))
        assert [change.order.version for change in self._stores.changes()][-1] == order.version
        return order


@pytest.fixture
def race(stores: Stores, make_order: MakeOrder) -> Race:
    return Race(stores, make_order("ord_1"))


def test_an_edit_beside_the_reservation(race: Race) -> None:
    assert race.run(race.edit(note="mine"), meanwhile=race.prepare) == 2
    assert (race.order.note, race.order.status, race.order.version) == ("mine", Status.CONFIRMED, 3)


def test_a_reservation_beside_an_edit_charges_what_it_says_now(race: Race) -> None:
    assert race.run(race.prepare, meanwhile=race.edit(items=THREE)) == 2
    assert (race.order.total, race.charges, race.order.status) == (2997, [2997], Status.CONFIRMED)


def test_a_charges_answer_beside_an_edit(race: Race) -> None:
    race.run(race.prepare)
    assert race.run(race.settle, meanwhile=race.edit(email=None)) == 2
    order = race.order
    assert (order.status, order.email, order.payment.captured, order.version) == (Status.PROCESSED, None, 1998, 5)


def test_an_edit_for_the_version_that_was_read_is_stale(race: Race) -> None:
    with pytest.raises(Stale):
        race.run(race.edit(("1",), note="mine"), meanwhile=race.prepare)


def test_two_edits(race: Race) -> None:
    assert race.run(race.edit(note="mine"), meanwhile=race.edit(customerName="theirs")) == 2
    assert (race.order.note, race.order.customer_name, race.order.version) == ("mine", "theirs", 3)


def test_one_of_many_actions_is_taken_again_by_itself(race: Race) -> None:
    assert race.run(race.cancel, meanwhile=race.edit(note="theirs")) == 1
    assert (race.order.note, race.order.status) == ("theirs", Status.CANCELLED)
