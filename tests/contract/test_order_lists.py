"""What every adapter's lists of orders must do: `OrderStore.list`, read by the engine, by readers, and on AWS."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moto import mock_aws
from msgspec.structs import replace

from ordermill.adapters.local.readers import Readers, ReadOrders
from ordermill.domain.errors import InvalidCursor
from ordermill.domain.order import Order, Status
from ordermill.domain.order_list import OrderFilter, OrderPage
from tests.contract.dynamo_kit import DynamoPorts
from tests.contract.lists_kit import ENDLESS, EVERYTHING, T0, List, Shelf, ids, order, order_id, to, walk
from tests.contract.stores_kit import Ports


@contextmanager
def local_shelf(folder: Path, adapter: str) -> Iterator[Shelf]:
    with closing(Ports(folder / "lists.db")) as ports, closing(Readers(folder / "lists.db")) as readers:
        yield Shelf(ports, ReadOrders(readers).list if adapter == "reader" else None)


@contextmanager
def aws_shelf() -> Iterator[Shelf]:
    with mock_aws():
        yield Shelf(DynamoPorts())


@pytest.fixture(params=["engine", "reader", "aws"])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shelf]:
    with aws_shelf() if request.param == "aws" else local_shelf(tmp_path, request.param) as opened:
        yield opened


@pytest.fixture
def list_(shelf: Shelf) -> List:
    return shelf.list


class TestOrder:
    def test_an_empty_list(self, list_: List) -> None:
        assert list_(EVERYTHING, 10) == OrderPage((), None)

    def test_orders_come_whole_newest_first(self, shelf: Shelf, list_: List) -> None:
        orders = [order(number, T0 + number, "c1", "ada@example.org") for number in range(5)]
        shelf.add(*orders)
        assert list_(EVERYTHING, 10) == OrderPage(tuple(reversed(orders)), None)

    def test_by_creation_not_by_arrival(self, shelf: Shelf, list_: List) -> None:
        shelf.add(order(1, T0 + 5), order(2, T0 + 1), order(3, T0 + 3), order(4, T0 - 10**12))
        assert walk(list_, EVERYTHING, 1) == ["o001", "o003", "o002", "o004"]

    def test_ties_go_by_arrival_or_by_id_and_are_met_once(self, shelf: Shelf, list_: List) -> None:
        # An adapter chooses which; here they are the same.
        shelf.add(*(order(number) for number in range(8)))
        for limit in (1, 2, 3, 7, 8):
            assert walk(list_, EVERYTHING, limit) == [order_id(number) for number in reversed(range(8))]

    def test_a_page_that_ends_where_the_list_does_leads_nowhere(self, shelf: Shelf, list_: List) -> None:
        shelf.add(order(1), order(2))
        assert list_(EVERYTHING, 2).next is None
        assert list_(EVERYTHING, 1).next is not None


class TestFilters:
    def test_a_status(self, shelf: Shelf, list_: List) -> None:
        orders = [order(number, T0 + number) for number in range(6)]
        shelf.add(*orders)
        for each in orders[::2]:
            shelf.change(to(Status.CONFIRMED, each))
        assert walk(list_, OrderFilter(status=Status.CONFIRMED), 2) == ["o004", "o002", "o000"]
        assert walk(list_, OrderFilter(status=Status.PENDING), 2) == ["o005", "o003", "o001"]
        assert walk(list_, OrderFilter(status=Status.SHIPPED), 2) == []

    def test_a_customer_by_id_or_by_whole_email(self, shelf: Shelf, list_: List) -> None:
        shelf.add(
            order(1, T0 + 1, "c1"),
            order(2, T0 + 2, "ada@example.org", "bob@example.org"),
            order(3, T0 + 3, None, "Ada@Example.org"),
            order(4, T0 + 4),
            order(5, T0 + 5, "c1", "eve@example.org"),
            order(6, T0 + 6, "ada@example.org", "ADA@EXAMPLE.ORG"),
            order(7, T0 + 7, "c2", "jörg@müller.example"),
        )
        wanted = {
            "c1": [5, 1],
            "C1": [],
            "c": [],
            "c%": [],
            "ada@example.org": [6, 3, 2],
            "ADA@Example.Org": [6, 3],
            "Jörg@Müller.example": [7],
            "JÖRG@MÜLLER.EXAMPLE": [7],
            "ada@example": [],
            "@example.org": [],
            "%@example.org": [],
            "'; DROP TABLE orders; --": [],
            "": [],
        }
        found = {customer: walk(list_, OrderFilter(customer=customer), 1) for customer in wanted}
        assert found == {customer: [*map(order_id, numbers)] for customer, numbers in wanted.items()}

    @pytest.mark.parametrize("filter_", [EVERYTHING, OrderFilter(status=Status.PENDING), OrderFilter(customer="c@d.e")])
    def test_a_period_includes_its_beginning_and_not_its_end(
        self, shelf: Shelf, list_: List, filter_: OrderFilter
    ) -> None:
        shelf.add(*(order(number, T0 + number, "c@d.e" if number % 2 else None, "C@d.e") for number in range(4)))
        wanted: dict[tuple[int | None, int | None], list[int]] = {
            (None, None): [3, 2, 1, 0],
            (T0, None): [3, 2, 1, 0],
            (T0 + 1, None): [3, 2, 1],
            (T0 + 4, None): [],
            (None, T0 + 3): [2, 1, 0],
            (None, T0): [],
            (T0 + 1, T0 + 3): [2, 1],
            (T0 + 1, T0 + 1): [],
            (T0 + 3, T0 + 1): [],
            (-62_135_596_800_000, 253_402_300_800_000): [3, 2, 1, 0],
            (253_402_300_800_000, None): [],
            (None, -62_135_596_800_000): [],
        }
        for limit in (1, 10):
            found = {
                (since, until): walk(list_, replace(filter_, since=since, until=until), limit)
                for since, until in wanted
            }
            assert found == {period: [*map(order_id, numbers)] for period, numbers in wanted.items()}

    def test_an_edited_email_is_found_and_the_former_one_is_not(self, shelf: Shelf, list_: List) -> None:
        first = order(1, email="ada@example.org")
        shelf.add(first)
        second = replace(first, email="Eve@example.org", version=2)
        shelf.change(second)
        assert walk(list_, OrderFilter(customer="ada@example.org"), 5) == []
        assert walk(list_, OrderFilter(customer="eve@example.org"), 5) == ["o001"]
        shelf.change(replace(second, email=None, version=3), expect=2)
        assert walk(list_, OrderFilter(customer="eve@example.org"), 5) == []
        assert walk(list_, EVERYTHING, 5) == ["o001"]


class TestPositions:
    def test_a_walk_meets_what_was_there_once_whatever_comes_goes_and_changes(self, shelf: Shelf, list_: List) -> None:
        shelf.add(*(order(number, T0 + number // 3) for number in range(12)))
        page, found, round_ = list_(EVERYTHING, 2), [], 0
        while True:
            found += ids(page.orders)
            if page.next is None:
                break
            shelf.add(order(100 + round_, T0 + 50), order(200 + round_, T0 + 3))
            shelf.change(to(Status.CONFIRMED, page.orders[-1]))
            if round_ == 2:
                shelf.stores.delete(found[-1])
            page = list_(EVERYTHING, 2, page.next)
            round_ += 1
            assert round_ < ENDLESS
        assert [name for name in found if int(name[1:]) < 100] == [order_id(number) for number in reversed(range(12))]
        assert len(found) == len(set(found))

    def test_a_position_holds_although_its_order_left_the_filter(self, shelf: Shelf, list_: List) -> None:
        orders = [order(number) for number in range(4)]
        shelf.add(*orders)
        pending = OrderFilter(status=Status.PENDING)
        page = list_(pending, 2)
        shelf.change(to(Status.CONFIRMED, orders[2]))
        assert ids(list_(pending, 2, page.next).orders) == ["o001", "o000"]

    def test_the_limit_may_change_on_the_way(self, shelf: Shelf, list_: List) -> None:
        shelf.add(*(order(number) for number in range(6)))
        page = list_(EVERYTHING, 1)
        assert ids(list_(EVERYTHING, 3, page.next).orders) == ["o004", "o003", "o002"]

    def test_what_is_no_position(self, list_: List) -> None:
        for after in ("", "x", "1.", ".1", "1.2.3", "1.-2", "1.2 ", "1e3.2", "9" * 30 + ".1", "١.٢", "1763640000000#"):
            with pytest.raises(InvalidCursor):
                list_(EVERYTHING, 1, after)


CUSTOMERS = [None, "c1", "a@b.c"]
EMAILS = [None, "A@b.c", "x@y.z"]
MOMENTS = st.integers(T0, T0 + 3)
ORDERS = st.lists(
    st.tuples(MOMENTS, st.sampled_from(CUSTOMERS), st.sampled_from(EMAILS), st.booleans()), min_size=1, max_size=12
)
PERIODS = st.one_of(st.none(), MOMENTS)
FILTERS = st.one_of(
    st.builds(OrderFilter, since=PERIODS, until=PERIODS),
    st.builds(OrderFilter, status=st.sampled_from([Status.PENDING, Status.CONFIRMED]), since=PERIODS, until=PERIODS),
    st.builds(OrderFilter, customer=st.sampled_from(["c1", "a@B.c", "x@y.z"]), since=PERIODS, until=PERIODS),
)


def test_the_oldest_are_listed_by_status_alone(shelf: Shelf) -> None:
    with pytest.raises(ValueError, match="by status"):
        shelf.stores.old_orders.oldest(OrderFilter(customer="c1"), 5)


def belongs(each: Order, filter_: OrderFilter) -> bool:
    """What the filter means, said plainly."""
    wanted = filter_.customer
    return (
        filter_.status in (None, each.status)
        and (wanted is None or wanted == each.customer_id or wanted.lower() == (each.email or "").lower())
        and (filter_.since is None or filter_.since <= each.created_at)
        and (filter_.until is None or each.created_at < filter_.until)
    )


def check_lists(
    shelf: Shelf, rows: list[tuple[int, str | None, str | None, bool]], filters: list[OrderFilter], limit: int
) -> None:
    """Every list is the plain filter, sorted."""
    orders = [order(number, *row[:3]) for number, row in enumerate(rows)]
    shelf.add(*orders)
    now = [to(Status.CONFIRMED, each) if row[3] else each for each, row in zip(orders, rows, strict=True)]
    for each in now:
        if each.version > 1:
            shelf.change(each)
    for filter_ in filters:
        matching = [(each.created_at, number) for number, each in enumerate(now) if belongs(each, filter_)]
        expected = [order_id(number) for _, number in sorted(matching, reverse=True)]
        assert walk(shelf.list, filter_, limit) == expected
        if filter_.status is not None:
            assert walk(shelf.stores.old_orders.oldest, filter_, limit) == expected[::-1]


@settings(max_examples=60, deadline=None)
@given(ORDERS, st.lists(FILTERS, min_size=1, max_size=8), st.integers(1, 5), st.sampled_from(["engine", "reader"]))
def test_every_list_is_the_plain_filter_sorted(
    rows: list[tuple[int, str | None, str | None, bool]], filters: list[OrderFilter], limit: int, adapter: str
) -> None:
    with TemporaryDirectory() as folder, local_shelf(Path(folder), adapter) as shelf:
        check_lists(shelf, rows, filters, limit)


@settings(max_examples=8, deadline=None)
@given(ORDERS, st.lists(FILTERS, min_size=1, max_size=4), st.integers(1, 5))
def test_so_is_every_list_on_aws(
    rows: list[tuple[int, str | None, str | None, bool]], filters: list[OrderFilter], limit: int
) -> None:
    with aws_shelf() as shelf:
        check_lists(shelf, rows, filters, limit)


def test_readers_count_by_status(tmp_path: Path) -> None:
    with closing(Ports(tmp_path / "lists.db")) as ports, closing(Readers(tmp_path / "lists.db")) as readers:
        assert ReadOrders(readers).count() == dict.fromkeys(Status, 0)
        orders = [order(number, T0 + number) for number in range(4)]
        Shelf(ports, None).add(*orders[:3], replace(orders[3], status=Status.FAILED))
        assert ReadOrders(readers).count() == {**dict.fromkeys(Status, 0), Status.PENDING: 3, Status.FAILED: 1}
