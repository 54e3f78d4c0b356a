"""Orders to list, and lists to walk through."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ordermill.domain.order import Line, Order, OrderDraft, Status, Step, advance, place
from ordermill.domain.order_list import OrderFilter, OrderPage
from tests.contract.stores_kit import Stores

T0 = 1_763_640_000_000
EVERYTHING = OrderFilter()
ENDLESS = 100
"""More orders than any of these lists has."""

List = Callable[..., OrderPage]


def order_id(number: int) -> str:
    """So that ids ascend as numbers do."""
    return f"o{number:03d}"


def order(number: int, at: int = T0, customer: str | None = None, email: str | None = None) -> Order:
    """A PENDING order of one line."""
    draft = OrderDraft("Ada", customer, email, None, None, (Line("Widget", None, 1, 999),), "USD", 999, "tok_approve")
    return place(draft, order_id=order_id(number), at=at, by="create_order")


class Shelf:
    """The stores of an adapter, each write by itself, and its list."""

    def __init__(self, stores: Stores, list_: List | None = None) -> None:
        self.stores, self.orders = stores, stores.orders
        self.list = list_ or stores.orders.list

    def add(self, *orders: Order) -> None:
        with self.stores.write():
            for each in orders:
                self.orders.create(each)

    def change(self, changed: Order, expect: int = 1) -> None:
        with self.stores.write():
            self.orders.update(changed, expect=expect)


def ids(orders: Sequence[Order]) -> list[str]:
    return [each.order_id for each in orders]


def walk(list_: List, filter_: OrderFilter, limit: int) -> list[str]:
    """The ids of all pages; none but the last is short, and none is empty but that of an empty list."""
    page = list_(filter_, limit)
    found = ids(page.orders)
    while page.next is not None:
        assert len(page.orders) == limit
        page = list_(filter_, limit, page.next)
        assert page.orders
        found += ids(page.orders)
        assert len(found) < ENDLESS
    return found


def to(status: Status, before: Order) -> Order:
    return advance(before, [Step(status)], at=T0 + 9, by="staff")
