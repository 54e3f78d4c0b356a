"""What every adapter of the port `orders` must do, and the stock that moves with an order."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import suppress

import pytest
from msgspec.structs import replace

from ordermill.domain.errors import AlreadyClaimed, Conflict, OutOfStock
from ordermill.domain.events import events_of
from ordermill.domain.order import Order, Status, Step, advance
from ordermill.ports.stores import Claim
from tests.contract.stores_kit import INK, PEN, MakeOrder, Ports


def confirmed(order: Order) -> Order:
    return advance(order, [Step(Status.CONFIRMED)], at=2000, by="process_order")


class TestOrders:
    """Port `orders`."""

    def test_an_order_comes_back_as_it_was(
        self, ports: Ports, settle: Callable[[], None], make_order: MakeOrder
    ) -> None:
        with ports.write():
            ports.orders.create(make_order("o1"))
        settle()
        assert ports.orders.read("o1") == make_order("o1")
        assert ports.orders.read("o2") is None

    def test_an_order_is_not_overwritten_by_another_of_its_id(
        self, ports: Ports, settle: Callable[[], None], make_order: MakeOrder
    ) -> None:
        with ports.write():
            ports.orders.create(make_order("o1", quantity=1))
        settle()
        # Where a look-up would cost too much, the commit refuses instead.
        with pytest.raises(Exception), ports.write():  # noqa: B017
            ports.orders.create(make_order("o1", quantity=5))
        ports.fresh()
        assert ports.orders.read("o1") == make_order("o1", quantity=1)

    def test_a_batch_with_an_order_that_exists_leaves_nothing_of_itself(
        self, ports: Ports, settle: Callable[[], None], make_order: MakeOrder
    ) -> None:
        with ports.write():
            ports.orders.create(make_order("o2"))
        settle()
        ports.store.begin()
        for name in ("o1", "o2", "o3"):
            ports.store.tables.orders.insert(name, make_order(name, quantity=7))
        with pytest.raises(sqlite3.IntegrityError):
            ports.store.commit()
        with ports.write():
            ports.orders.create(make_order("o4"))
        settle()
        assert ports.rows("SELECT order_id FROM orders ORDER BY num") == [("o2",), ("o4",)]
        assert ports.orders.read("o2") == make_order("o2")
        assert ports.orders.read("o1") is None

    def test_an_id_in_use_in_the_same_batch_is_a_conflict(self, ports: Ports, make_order: MakeOrder) -> None:
        with ports.write():
            ports.orders.create(make_order("o1"))
            with pytest.raises(Conflict):
                ports.orders.create(make_order("o1"))

    def test_an_update_needs_the_version_it_expects(
        self, ports: Ports, settle: Callable[[], None], make_order: MakeOrder
    ) -> None:
        order = make_order("o1")
        with ports.write():
            ports.orders.create(order)
        settle()
        with ports.write():
            ports.orders.update(confirmed(order), expect=1)
        settle()
        with pytest.raises(Conflict), ports.write():
            ports.orders.update(replace(order, note="stale"), expect=1)
        with pytest.raises(Conflict), ports.write():
            ports.orders.update(make_order("o2"), expect=1)
        assert ports.orders.read("o1") == confirmed(order)

    def test_each_write_leaves_one_record_in_the_change_stream(
        self, ports: Ports, settle: Callable[[], None], make_order: MakeOrder
    ) -> None:
        order = make_order("o1")
        with ports.write():
            ports.orders.create(order)
        settle()
        with ports.write():
            ports.orders.update(confirmed(order), expect=1)
        changes = [record.change for record in ports.store.stream.after(0, 10)]
        assert [(c.event, c.old_version, c.old_status) for c in changes] == [
            ("INSERT", 0, None),
            ("MODIFY", 1, "PENDING"),
        ]
        assert [change.order for change in changes] == [order, confirmed(order)]

    def test_a_write_that_is_undone_leaves_no_trace(self, ports: Ports, make_order: MakeOrder) -> None:
        with suppress(ZeroDivisionError), ports.write():
            ports.orders.create(make_order("o1"), Claim("k", "f", "o1", 5000))
            raise ZeroDivisionError
        ports.fresh()
        assert (ports.orders.read("o1"), ports.claims.read("k")) == (None, None)
        assert ports.store.stream.after(0, 10) == []


class TestStock:
    """Stock that moves with an order."""

    def test_stock_moves_with_the_order(self, ports: Ports, settle: Callable[[], None], make_order: MakeOrder) -> None:
        order = make_order("o1")
        with ports.write():
            ports.products.put([PEN, INK])
            ports.orders.create(order)
        settle()
        with ports.write():
            ports.orders.update(
                confirmed(order), expect=1, stock=ports.products.reserve({"PEN": 4, "INK": 9, "GONE": 1})
            )
        settle()
        assert ports.products.list() == [INK, replace(PEN, stock=6)]

    def test_too_little_stock_moves_nothing_and_names_every_product(self, ports: Ports, make_order: MakeOrder) -> None:
        order = make_order("o1")
        with ports.write():
            ports.products.put([PEN, replace(PEN, sku="CAP", name="Cap", stock=0), replace(PEN, sku="BOX", name="Box")])
            ports.orders.create(order)
        # Whoever catches it goes on in the same batch: what it left behind would be stored.
        with ports.write(), pytest.raises(OutOfStock) as short:
            ports.orders.update(
                confirmed(order), expect=1, stock=ports.products.reserve({"BOX": 2, "CAP": 1, "PEN": 11})
            )
        assert set(short.value.skus) == {"CAP", "PEN"}
        ports.fresh()
        assert {product.sku: product.stock for product in ports.products.list()} == {"PEN": 10, "CAP": 0, "BOX": 10}
        assert ports.orders.read("o1") == order

    def test_stock_moves_with_an_order_that_is_created(
        self, ports: Ports, settle: Callable[[], None], make_order: MakeOrder
    ) -> None:
        with ports.write():
            ports.products.put([PEN])
        settle()
        with ports.write():
            ports.orders.create(confirmed(make_order("o1")), stock=ports.products.reserve({"PEN": 4}))
        settle()
        assert ports.products.list() == [replace(PEN, stock=6)]
        assert ports.orders.read("o1") == confirmed(make_order("o1"))
        (record,) = ports.store.stream.after(0, 10)
        assert (record.change.event, record.change.old_version, record.change.old_status) == ("INSERT", 0, None)
        assert [event.type for event in events_of(record.change)] == ["OrderCreated", "OrderConfirmed"]

    @pytest.mark.parametrize("taken", ["stock", "key", "id"])
    def test_an_order_that_is_not_created_moves_no_stock_and_takes_no_key(
        self, ports: Ports, make_order: MakeOrder, taken: str
    ) -> None:
        units, key, order_id = {"stock": (11, "k", "o1"), "key": (1, "known", "o1"), "id": (1, "k", "o0")}[taken]
        with ports.write():
            ports.products.put([PEN])
            ports.orders.create(make_order("o0"), ports.claims.claim("known", "print", "o0", 5000))
        # Whoever catches it goes on in the same batch: what it left behind would be stored.
        with ports.write(), pytest.raises((OutOfStock, AlreadyClaimed, Conflict)):
            ports.orders.create(
                make_order(order_id, quantity=9),
                ports.claims.claim(key, "other", order_id, 9000),
                stock=ports.products.reserve({"PEN": units}),
            )
        ports.fresh()
        assert ports.products.list() == [PEN]
        assert (ports.orders.read("o1"), ports.orders.read("o0"), ports.claims.read("k")) == (
            None,
            make_order("o0"),
            None,
        )

    def test_another_version_moves_no_stock(self, ports: Ports, make_order: MakeOrder) -> None:
        with ports.write():
            ports.products.put([PEN])
            ports.orders.create(make_order("o1"))
        with pytest.raises(Conflict), ports.write():
            ports.orders.update(make_order("o1"), expect=7, stock=ports.products.reserve({"PEN": 1}))
        assert ports.products.list() == [PEN]
