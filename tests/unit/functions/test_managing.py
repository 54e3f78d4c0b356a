"""`update_order` and `act_on_orders`: what they write, once, and what somebody else's write between does to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from ordermill.domain.actions import Action
from ordermill.domain.catalogue import Product
from ordermill.domain.commands import ActOnOrders, ProcessOrder, UpdateOrder
from ordermill.domain.dead_letters import DeadLetter
from ordermill.domain.errors import Conflict, InvalidTransition, NotFound, Stale
from ordermill.domain.order import Order, Status
from ordermill.functions import process_order
from ordermill.functions.act_on_orders import TRIES, Result, act_on_orders
from ordermill.functions.update_order import update_order
from ordermill.ports.ambient import Settings
from ordermill.ports.services import Charge, ChargeResult
from ordermill.ports.stores import LetterChange, StockMovement
from tests.unit.functions.functions_kit import NOW, Clock, DeadLetters, Orders, Products, Tables

MakeOrder = Callable[..., Order]


class Meanwhile(Orders):
    """Port `orders`: before a write, somebody else does `work`, `times` times."""

    def __init__(self, tables: Tables, clock: Clock) -> None:
        super().__init__(tables, clock)
        self.work: Callable[[], object] = lambda: None
        self.times = 0

    def update(
        self,
        order: Order,
        *,
        expect: int,
        stock: StockMovement | None = None,
        letters: LetterChange | None = None,
    ) -> None:
        if self.times:
            self.times -= 1
            self.work()
        super().update(order, expect=expect, stock=stock, letters=letters)


class Desk:
    """The functions over tables with three of `W` left."""

    def __init__(self, *orders: Order) -> None:
        self.clock = Clock()
        self.tables = Tables(self.clock, [Product("W", "Widget", 999, "USD", 3)])
        self.orders = Meanwhile(self.tables, self.clock)
        self.ports: dict[str, Any] = {
            "orders": self.orders,
            "products": Products(self.tables),
            "clock": self.clock,
        }
        for order in orders:
            self.tables.orders[order.order_id] = order

    def edit(self, versions: tuple[str, ...] | None = ("1",), reason: str | None = None, **patch: Any) -> Order:
        return update_order(UpdateOrder("ord_1", patch, versions, reason), **self.ports, settings=Settings())

    def act(self, *ids: str, action: Action = "cancel", **members: str) -> tuple[Result, ...]:
        message = ActOnOrders(ids, action, **members)
        return act_on_orders(message, **self.ports, dead_letters=DeadLetters(self.tables))

    def note(self, text: str) -> None:
        """Somebody else's edit."""
        order = self.order()
        self.tables.orders[order.order_id] = replace(order, note=text, version=order.version + 1)

    def process(self) -> None:
        """What the order's processing does up to the charge."""
        ports = {**self.ports, "orders": Orders(self.tables, self.clock)}
        charge = process_order.prepare(ProcessOrder("ord_1", 1), **ports)
        assert isinstance(charge, Charge)
        self.charge = charge

    def settle(self) -> None:
        """What it does after it."""
        answer = ChargeResult("approved", self.charge.amount)
        process_order.settle(ProcessOrder("ord_1", 1), answer, **self.ports)

    def order(self, order_id: str = "ord_1") -> Order:
        return self.tables.orders[order_id]


class TestUpdateOrder:
    def test_an_edit_is_one_write(self, make_order: MakeOrder) -> None:
        desk = Desk(make_order())
        after = desk.edit(reason="she called", note="x")
        assert (desk.tables.written, desk.order()) == ([after], after)
        entry = after.history[-1]
        assert (entry.by, entry.at, entry.reason, entry.changed) == ("staff", NOW, "she called", ("note",))

    def test_what_changes_nothing_is_not_written(self, make_order: MakeOrder) -> None:
        desk = Desk(make_order())
        assert desk.edit(customerName="Ada") is desk.order()
        assert desk.tables.written == []

    def test_an_order_that_is_not_there_is_not_found(self) -> None:
        with pytest.raises(NotFound):
            Desk().edit(note="x")

    @pytest.mark.parametrize("versions", [(), ("2",), ("01",), ("1 ",), ("",), ("0", "2")])
    def test_for_another_version_it_is_stale(self, make_order: MakeOrder, versions: tuple[str, ...]) -> None:
        desk = Desk(make_order())
        with pytest.raises(Stale, match="version 1"):
            desk.edit(versions, note=1)
        assert desk.tables.written == []

    @pytest.mark.parametrize("versions", [("1",), ("7", "1"), None])
    def test_for_this_version_among_others_and_for_any(
        self, make_order: MakeOrder, versions: tuple[str, ...] | None
    ) -> None:
        assert Desk(make_order()).edit(versions, note="x").version == 2

    def test_where_another_write_comes_between_it_is_stale_when_taken_again(self, make_order: MakeOrder) -> None:
        desk = Desk(make_order())
        desk.orders.work, desk.orders.times = lambda: desk.note("theirs"), 1
        with pytest.raises(Conflict):
            desk.edit(note="mine")
        with pytest.raises(Stale):
            desk.edit(note="mine")
        assert (desk.order().note, desk.tables.written) == ("theirs", [])

    def test_an_edit_for_any_version_keeps_what_came_between(self, make_order: MakeOrder) -> None:
        desk = Desk(make_order())
        desk.orders.work, desk.orders.times = lambda: desk.note("theirs"), 1
        with pytest.raises(Conflict):
            desk.edit(None, customerName="Grace")
        after = desk.edit(None, customerName="Grace")
        assert (after.note, after.customer_name, after.version) == ("theirs", "Grace", 3)

    def test_items_that_were_edited_before_processing_are_reserved_and_charged(self, make_order: MakeOrder) -> None:
        desk = Desk(make_order())
        desk.edit(items=[{"sku": "W", "quantity": 3}])
        desk.process()
        assert (desk.charge.amount, desk.tables.stock) == (3 * 999, {"W": 0})

    def test_items_that_were_edited_while_it_began_are_refused_or_charged_never_in_between(
        self, make_order: MakeOrder
    ) -> None:
        desk = Desk(make_order())
        desk.orders.work, desk.orders.times = desk.process, 1
        with pytest.raises(Conflict):
            desk.edit(None, items=[{"sku": "W", "quantity": 3}])
        assert (desk.charge.amount, desk.order().total) == (1998, 1998)

    def test_a_charge_that_is_answered_meanwhile_is_settled_beside_the_edit(self, make_order: MakeOrder) -> None:
        desk = Desk(make_order())
        desk.process()
        desk.orders.work, desk.orders.times = lambda: desk.edit(None, note="theirs"), 1
        with pytest.raises(Conflict):
            desk.settle()
        desk.settle()
        order = desk.order()
        assert (order.status, order.note, order.payment.captured) == (Status.PROCESSED, "theirs", 1998)
        assert [entry.seq for entry in order.history] == [1, 2, 3, 4, 5]


class TestActOnOrders:
    def test_one_result_each_in_the_order_sent(self, make_order: MakeOrder) -> None:
        desk = Desk(
            replace(make_order("a"), status=Status.PROCESSED),
            replace(make_order("b"), status=Status.DELIVERED),
            replace(make_order("c"), status=Status.PROCESSED),
        )
        results = desk.act("c", "nobody", "b", "a", "c", action="ship", carrier="UPS", tracking_number="1Z", reason="r")
        assert [result.order_id for result in results] == ["c", "nobody", "b", "a", "c"]
        kinds = [type(result.error) for result in results]
        assert kinds == [type(None), NotFound, InvalidTransition, type(None), type(None)]
        assert [order.order_id for order in desk.tables.written] == ["c", "a"]
        for order_id in "ac":
            order = desk.order(order_id)
            assert order.shipment is not None
            assert (order.status, order.shipment.carrier, order.shipment.tracking_number) == ("SHIPPED", "UPS", "1Z")
            assert (order.history[-1].by, order.history[-1].reason) == ("staff", "r")

    def test_sent_again_it_writes_nothing(self, make_order: MakeOrder) -> None:
        desk = Desk(make_order("a"), make_order("b"))
        first = desk.act("a", "b")
        assert desk.act("a", "b") == first
        assert len(desk.tables.written) == 2

    def test_stock_goes_back_with_each(self, make_order: MakeOrder) -> None:
        desk = Desk(*(replace(make_order(id_, stock_sku="W"), stock_reserved=True) for id_ in "ab"))
        desk.act("a", "b")
        assert desk.tables.stock == {"W": 7}

    def test_a_retry_closes_the_letters_of_its_order_alone(self, make_order: MakeOrder) -> None:
        desk = Desk(replace(make_order("a"), status=Status.FAILED), replace(make_order("b"), status=Status.FAILED))
        for order_id in "ab":
            letter = DeadLetter(order_id, "q", "process_order", order_id, "it failed", 5, 0, 7, msgspec.Raw(b"{}"))
            desk.tables.letters[letter.id] = letter
        desk.act("a", action="retry")
        assert desk.tables.closed == {"a"}
        assert (desk.order("a").attempt, desk.order("b").attempt) == (2, 1)

    def test_one_that_others_write_too_is_taken_again_alone(self, make_order: MakeOrder) -> None:
        desk = Desk(make_order())
        desk.orders.work, desk.orders.times = lambda: desk.note("theirs"), TRIES - 1
        (result,) = desk.act("ord_1")
        assert (result.error, desk.order().status, desk.order().note) == (None, Status.CANCELLED, "theirs")

    def test_one_that_others_write_all_the_time_is_a_conflict_of_its_own(self, make_order: MakeOrder) -> None:
        desk = Desk(make_order(), make_order("b"))
        desk.orders.work, desk.orders.times = lambda: desk.note("theirs"), TRIES
        first, second = desk.act("ord_1", "b")
        assert (type(first.error), second.error) == (Conflict, None)
        assert (desk.order().status, desk.order("b").status) == (Status.PENDING, Status.CANCELLED)

    def test_errors_hold_on_to_nothing(self) -> None:
        (result,) = Desk().act("nobody")
        assert result.error is not None
        assert result.error.__traceback__ is None
