"""Deleted orders in every adapter: in no list, still read, then a stub; and the rows of their archive."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from msgspec.structs import replace

from ordermill.domain.archive import ArchivedOrder, ArchiveFilter, ArchivePage, archived_row
from ordermill.domain.deletion import STUB_KEPT_MS, deleted, stub
from ordermill.domain.errors import Conflict, InvalidCursor
from ordermill.domain.exits import leave
from ordermill.domain.order import Order, Status, Step
from ordermill.domain.order_list import OrderFilter
from tests.contract.dynamo_kit import DynamoPorts
from tests.contract.lists_kit import ENDLESS, Shelf, ids, order, order_id
from tests.contract.stores_kit import Ports, Stores

Settle = Callable[[], None]


def gone(before: Order, at: int = 77) -> Order:
    return deleted(before, at=at, by="staff", why="so")


def owing(before: Order) -> Order:
    """Deleted, with its refund under way."""
    return gone(leave(replace(before, charges=("k",)), Step(Status.FAILED), at=5, by="fail_order"))


@pytest.mark.parametrize("delete", [gone, owing])
def test_a_deleted_order_is_read_and_in_no_list(
    stores: Stores, settle: Settle, delete: Callable[[Order], Order]
) -> None:
    shelf, mine = Shelf(stores), order(1, customer="c1", email="Ada@example.org")
    shelf.add(mine, order(2, customer="c1", email="ada@example.org"))
    shelf.change(delete(mine))
    settle()
    assert stores.orders.read(order_id(1)) == delete(mine)
    for filter_ in (
        OrderFilter(),
        *(OrderFilter(status=status) for status in (Status.PENDING, Status.CANCELLED, Status.FAILED)),
        OrderFilter(customer="c1"),
        OrderFilter(customer="ADA@example.org"),
    ):
        assert order_id(1) not in ids(stores.orders.list(filter_, 9).orders)
    assert ids(stores.orders.list(OrderFilter(customer="c1"), 9).orders) == [order_id(2)]
    assert stores.old_orders.oldest(OrderFilter(status=Status.CANCELLED), 9).orders == ()


def test_what_is_forgotten_leaves_a_stub(stores: Stores, settle: Settle) -> None:
    shelf, mine = Shelf(stores), order(1, customer="c1", email="ada@example.org")
    shelf.add(mine)
    tombstone = gone(mine)
    shelf.change(tombstone)
    settle()
    for _ in range(2):
        with stores.write():
            stores.orders.forget(order_id(1), expect=tombstone.version)
        settle()
        assert stores.orders.read(order_id(1)) == stub(tombstone)
    assert stores.orders.list(OrderFilter(customer="c1"), 9).orders == ()
    # Nobody makes it anew, and nobody changes it as if it were there.
    with pytest.raises(Conflict), stores.write():
        stores.orders.create(stores.orders.read(order_id(1)) or mine)
    last = stores.changes()[-1]
    assert (last.event, last.old_version, last.order) == ("MODIFY", tombstone.version, stub(tombstone))


def test_only_a_tombstone_is_forgotten_and_only_at_its_version(stores: Stores) -> None:
    shelf = Shelf(stores)
    shelf.add(order(1), order(2), order(3))
    shelf.change(gone(order(2)))
    shelf.change(owing(order(3)))
    for number, expect in ((1, 1), (2, 1), (3, 2), (4, 1)):
        with pytest.raises(Conflict), stores.write():
            stores.orders.forget(order_id(number), expect=expect)
    assert stores.orders.read(order_id(2)) == gone(order(2))
    assert stores.orders.read(order_id(3)) == owing(order(3))


def test_the_table_on_aws_sweeps_stubs_and_nothing_else(dynamo: DynamoPorts) -> None:
    shelf = Shelf(dynamo)
    shelf.add(order(1, customer="c1", email="a@b.c"))
    shelf.change(gone(order(1, customer="c1", email="a@b.c")))
    item = dynamo.item("orders", "orderId", order_id(1))
    # Erasure finds it by its customer still.
    assert item.keys() == {"orderId", "version", "status", "body", "creationKey", "customerShard", "emailShard"}
    dynamo.time.ms = 1_000_500
    dynamo.orders.forget(order_id(1), expect=3)
    item = dynamo.item("orders", "orderId", order_id(1))
    assert item.keys() == {"orderId", "version", "status", "body", "creationKey", "expiresAt"}
    assert int(item["expiresAt"]["N"]) * 1000 == 1_001_000 + STUB_KEPT_MS


def test_the_local_table_lets_go_of_what_a_stub_was_found_by(ports: Ports) -> None:
    shelf = Shelf(ports)
    shelf.add(order(1, customer="c1", email="a@b.c"))
    shelf.change(gone(order(1, customer="c1", email="a@b.c")))
    found = "SELECT status, customer_id, email_key, expires_at FROM orders"
    assert ports.rows(found) == [("DELETED", "c1", "a@b.c", 2**63 - 1)]
    with ports.write():
        ports.orders.forget(order_id(1), expect=3)
    assert ports.rows(found) == [("DELETED", None, None, 1000 + STUB_KEPT_MS)]


def row(number: int, at: int = 5, customer: str | None = "c1", email: str | None = "a@b.c") -> ArchivedOrder:
    return archived_row(gone(order(number, customer=customer, email=email), at))


def put(stores: Stores, *rows: ArchivedOrder) -> None:
    for each in rows:
        with stores.write():
            stores.archive.put(each)


def found(page: ArchivePage) -> list[str]:
    return [each.order_id for each in page.orders]


def walk(stores: Stores, filter_: ArchiveFilter, limit: int) -> list[str]:
    page = stores.archive.list(filter_, limit)
    seen = found(page)
    while page.after is not None:
        assert len(page.orders) == limit
        page = stores.archive.list(filter_, limit, page.after)
        assert page.orders
        seen += found(page)
        assert len(seen) < ENDLESS
    return seen


def test_a_row_is_kept_once_for_each_order(stores: Stores, settle: Settle) -> None:
    put(stores, row(1), row(1))
    settle()
    assert stores.archive.read(order_id(1)) == row(1)
    assert stores.archive.read("none") is None
    assert stores.archive.list(ArchiveFilter(), 9).orders == (row(1),)


def test_the_last_deletion_comes_first(stores: Stores) -> None:
    put(stores, row(1, at=30), row(2, at=10), row(3, at=20), row(4, at=40), row(5, at=20))
    for limit in (1, 2, 3, 9):
        seen = walk(stores, ArchiveFilter(), limit)
        assert [seen[0], seen[1], sorted(seen[2:4]), seen[4]] == ["o004", "o001", ["o003", "o005"], "o002"]


@pytest.mark.parametrize(
    ("since", "until", "numbers"),
    [
        (None, None, (4, 1, 3, 2)),
        (20, None, (4, 1, 3)),
        (None, 20, (2,)),
        (10, 30, (3, 2)),
        (41, None, ()),
        (20, 20, ()),
    ],
)
def test_a_period_has_its_first_moment_and_not_its_last(
    stores: Stores, since: int | None, until: int | None, numbers: Sequence[int]
) -> None:
    put(stores, row(1, at=30), row(2, at=10), row(3, at=20), row(4, at=40))
    assert walk(stores, ArchiveFilter(since=since, until=until), 2) == [order_id(number) for number in numbers]
    if since is not None and until is not None:
        within = stores.archive.within(since, until, 9).orders
        assert [each.order_id for each in within] == [order_id(number) for number in numbers]


def test_a_customers_rows_are_found_by_id_or_email_until_they_are_erased(stores: Stores) -> None:
    put(stores, row(1, at=1), row(2, 2, "c2", "a@b.c"), row(3, 3, "c3", None), row(4, 4, "a@b.c", "a@b.c"))
    assert walk(stores, ArchiveFilter(customer="c1"), 9) == ["o001"]
    assert walk(stores, ArchiveFilter(customer="A@B.c"), 2) == ["o004", "o002", "o001"]
    put(stores, replace(row(2, 2, "c2", "a@b.c"), customer_id=None, email=None))
    assert walk(stores, ArchiveFilter(customer="a@b.c"), 9) == ["o004", "o001"]
    assert walk(stores, ArchiveFilter(customer="c2"), 9) == []
    assert len(walk(stores, ArchiveFilter(), 9)) == 4


@pytest.mark.parametrize("after", ["", "x", "-", "1", "\0"])
def test_what_is_no_position_is_told_so(stores: Stores, after: str) -> None:
    with pytest.raises(InvalidCursor):
        stores.archive.list(ArchiveFilter(), 9, after)
