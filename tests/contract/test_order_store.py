"""What every adapter of the port `orders` must do, and the stock that moves with an order."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from ordermill.domain.errors import AlreadyClaimed, Conflict, OutOfStock
from ordermill.domain.events import events_of
from ordermill.domain.order import Order, Status, Step, advance
from tests.contract.stores_kit import INK, PEN, MakeOrder, Stores


def confirmed(order: Order) -> Order:
    return advance(order, [Step(Status.CONFIRMED)], at=2000, by="process_order")


class TestOrders:
    """Port `orders`."""

    def test_an_order_comes_back_as_it_was(
        self, stores: Stores, settle: Callable[[], None], make_order: MakeOrder
    ) -> None:
        with stores.write():
            stores.orders.create(make_order("o1"))
        settle()
        assert stores.orders.read("o1") == make_order("o1")
        assert stores.orders.read("o2") is None

    def test_an_order_is_not_overwritten_by_another_of_its_id(
        self, stores: Stores, settle: Callable[[], None], make_order: MakeOrder
    ) -> None:
        with stores.write():
            stores.orders.create(make_order("o1", quantity=1))
        settle()
        # Where a look-up would cost too much, the commit refuses instead.
        with pytest.raises(Exception), stores.write():  # noqa: B017
            stores.orders.create(make_order("o1", quantity=5))
        stores.fresh()
        assert stores.orders.read("o1") == make_order("o1", quantity=1)

    def test_an_id_in_use_in_the_same_batch_is_a_conflict(self, stores: Stores, make_order: MakeOrder) -> None:
        with stores.write():
            stores.orders.create(make_order("o1"))
            with pytest.raises(Conflict):
                stores.orders.create(make_order("o1"))

    def test_an_update_needs_the_version_it_expects(
        self, stores: Stores, settle: Callable[[], None], make_order: MakeOrder
    ) -> None:
        order = make_order("o1")
        with stores.write():
            stores.orders.create(order)
        settle()
        with stores.write():
            stores.orders.update(confirmed(order), expect=1)
        settle()
        with pytest.raises(Conflict), stores.write():
            stores.orders.update(replace(order, note="stale"), expect=1)
        with pytest.raises(Conflict), stores.write():
            stores.orders.update(make_order("o2"), expect=1)
        assert stores.orders.read("o1") == confirmed(order)

    def test_each_write_leaves_one_record_in_the_change_stream(
        self, stores: Stores, settle: Callable[[], None], make_order: MakeOrder
    ) -> None:
        order = make_order("o1")
        with stores.write():
            stores.orders.create(order)
        settle()
        with stores.write():
            stores.orders.update(confirmed(order), expect=1)
        changes = stores.changes()
        assert [(c.event, c.old_version, c.old_status) for c in changes] == [
            ("INSERT", 0, None),
            ("MODIFY", 1, "PENDING"),
        ]
        assert [change.order for change in changes] == [order, confirmed(order)]


class TestStock:
    """Stock that moves with an order."""

    def test_stock_moves_with_the_order(
        self, stores: Stores, settle: Callable[[], None], make_order: MakeOrder
    ) -> None:
        order = make_order("o1")
        with stores.write():
            stores.products.put([PEN, INK])
            stores.orders.create(order)
        settle()
        with stores.write():
            stores.orders.update(
                confirmed(order), expect=1, stock=stores.products.reserve({"PEN": 4, "INK": 9, "GONE": 1})
            )
        settle()
        assert stores.products.list() == [INK, replace(PEN, stock=6)]

    def test_too_little_stock_moves_nothing_and_names_every_product(
        self, stores: Stores, make_order: MakeOrder
    ) -> None:
        order = make_order("o1")
        with stores.write():
            stores.products.put(
                [PEN, replace(PEN, sku="CAP", name="Cap", stock=0), replace(PEN, sku="BOX", name="Box")]
            )
            stores.orders.create(order)
        # Whoever catches it goes on in the same batch: what it left behind would be stored.
        with stores.write(), pytest.raises(OutOfStock) as short:
            stores.orders.update(
                confirmed(order), expect=1, stock=stores.products.reserve({"BOX": 2, "CAP": 1, "PEN": 11})
            )
        assert set(short.value.skus) == {"CAP", "PEN"}
        stores.fresh()
        assert {product.sku: product.stock for product in stores.products.list()} == {"PEN": 10, "CAP": 0, "BOX": 10}
        assert stores.orders.read("o1") == order

    def test_stock_moves_with_an_order_that_is_created(
        self, stores: Stores, settle: Callable[[], None], make_order: MakeOrder
    ) -> None:
        with stores.write():
            stores.products.put([PEN])
        settle()
        with stores.write():
            stores.orders.create(confirmed(make_order("o1")), stock=stores.products.reserve({"PEN": 4}))
        settle()
        assert stores.products.list() == [replace(PEN, stock=6)]
        assert stores.orders.read("o1") == confirmed(make_order("o1"))
        (change,) = stores.changes()
        assert (change.event, change.old_version, change.old_status) == ("INSERT", 0, None)
        assert [event.type for event in events_of(change)] == ["OrderCreated", "OrderConfirmed"]

    @pytest.mark.parametrize("taken", ["stock", "key", "id"])
    def test_an_order_that_is_not_created_moves_no_stock_and_takes_no_key(
        self, stores: Stores, make_order: MakeOrder, taken: str
    ) -> None:
        units, key, order_id = {"stock": (11, "k", "o1"), "key": (1, "known", "o1"), "id": (1, "k", "o0")}[taken]
        with stores.write():
            stores.products.put([PEN])
            stores.orders.create(make_order("o0"), stores.claims.claim("known", "print", "o0", 5000))
        # Whoever catches it goes on in the same batch: what it left behind would be stored.
        with stores.write(), pytest.raises((OutOfStock, AlreadyClaimed, Conflict)):
            stores.orders.create(
                make_order(order_id, quantity=9),
                stores.claims.claim(key, "other", order_id, 9000),
                stock=stores.products.reserve({"PEN": units}),
            )
        stores.fresh()
        assert stores.products.list() == [PEN]
        assert (stores.orders.read("o1"), stores.orders.read("o0"), stores.claims.read("k")) == (
            None,
            make_order("o0"),
            None,
        )

    def test_another_version_moves_no_stock(self, stores: Stores, make_order: MakeOrder) -> None:
        with stores.write():
            stores.products.put([PEN])
            stores.orders.create(make_order("o1"))
        with pytest.raises(Conflict), stores.write():
            stores.orders.update(make_order("o1"), expect=7, stock=stores.products.reserve({"PEN": 1}))
        assert stores.products.list() == [PEN]
