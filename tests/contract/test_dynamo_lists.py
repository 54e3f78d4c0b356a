"""Lists over many shards: how much a page reads, what an index that lags shows, and answers that come in pieces."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws
from msgspec.structs import replace

from ordermill.adapters.aws.items import shard_key
from ordermill.adapters.aws.order_items import SHARDS
from ordermill.adapters.aws.patience import TRIES
from ordermill.domain.errors import StorageUnavailable
from ordermill.domain.order import Order, Status
from ordermill.domain.order_list import OrderFilter
from tests.aws_calls import Call
from tests.contract.dynamo_faults import Faults
from tests.contract.dynamo_kit import SHARDS as SHARDS_HERE
from tests.contract.dynamo_kit import DynamoPorts, recorded_session
from tests.contract.lists_kit import EVERYTHING, T0, Shelf, ids, order, order_id, to, walk
from tests.contract.stores_kit import PEN, letter, open_ids

PENDING = OrderFilter(status=Status.PENDING)


@pytest.fixture
def shelf(dynamo: DynamoPorts) -> Shelf:
    return Shelf(dynamo)


@pytest.fixture
def faults(dynamo: DynamoPorts) -> Faults:
    return Faults(dynamo.client)


@pytest.fixture
def deployed() -> Iterator[tuple[DynamoPorts, list[Call]]]:
    """With as many shards as are deployed, and the calls that are made."""
    session, calls = recorded_session()
    with mock_aws():
        ports = DynamoPorts(shards=SHARDS, session=session)
        calls.clear()
        yield ports, calls


def of(calls: list[Call], operation: str) -> list[dict[str, Any]]:
    return [call.parameters for call in calls if call.operation == operation]


class TestWhatAPageReads:
    def test_every_shard_is_asked_once_and_for_little_more_than_its_share(
        self, deployed: tuple[DynamoPorts, list[Call]]
    ) -> None:
        ports, calls = deployed
        orders = [order(number, T0 + number) for number in range(120)]
        Shelf(ports).add(*orders)
        calls.clear()
        page = ports.orders.list(EVERYTHING, 50)
        assert ids(page.orders) == [order_id(number) for number in reversed(range(70, 120))]
        queries = of(calls, "Query")
        assert len(queries) == SHARDS
        assert sum(query["Limit"] for query in queries) < 320
        partitions = {query["ExpressionAttributeValues"][":by"]["S"] for query in queries}
        assert partitions == {f"all#{shard}" for shard in range(SHARDS)}
        # Those of the page, and the one that tells that there is a next page.
        assert sum(len(keys(read)) for read in of(calls, "BatchGetItem")) == 51

    def test_orders_are_spread_over_all_shards(self, deployed: tuple[DynamoPorts, list[Call]]) -> None:
        ports, calls = deployed
        Shelf(ports).add(*(order(number, T0) for number in range(300)))
        puts = of(calls, "PutItem")
        for attribute in ("creationShard", "statusShard"):
            assert len({put["Item"][attribute]["S"] for put in puts}) == SHARDS

    def test_a_shard_that_has_more_than_its_share_is_read_on(self, dynamo: DynamoPorts) -> None:
        dynamo = DynamoPorts(shards=1)
        Shelf(dynamo).add(*(order(number, T0 + number % 7) for number in range(40)))
        expected = [order_id(n) for _, n in sorted(((T0 + n % 7, n) for n in range(40)), reverse=True)]
        for limit in (1, 20, 30):
            assert walk(dynamo.orders.list, EVERYTHING, limit) == expected

    def test_items_are_read_as_of_the_last_write(self, deployed: tuple[DynamoPorts, list[Call]]) -> None:
        ports, calls = deployed
        Shelf(ports).add(order(1))
        ports.orders.list(EVERYTHING, 1)
        (read,) = of(calls, "BatchGetItem")
        assert [asked["ConsistentRead"] for asked in read["RequestItems"].values()] == [True]

    @pytest.mark.parametrize("customer", ["", "\ud800", "x" * 3000, "\ud800@x.y"], ids=ascii)
    def test_what_no_item_can_have_is_not_asked_for(
        self, deployed: tuple[DynamoPorts, list[Call]], customer: str
    ) -> None:
        ports, calls = deployed
        calls.clear()
        # With its shard, even nothing is a key: there is just nothing there.
        if customer:
            assert ports.orders.list(OrderFilter(customer=customer), 5).orders == ()
            assert ports.letters.list(5, queue=customer).letters == ()
            assert ports.letters.count(customer) == 0
        assert ports.mails.list(5, order_id=customer).mails == ()
        assert ports.alerts.list(5, order_id=customer).alerts == ()
        assert [ports.orders.read(customer), ports.mails.read(customer), ports.claims.read(customer)] == [None] * 3
        assert [ports.products.find(customer, customer), ports.letters.read(customer)] == [None] * 2
        ports.letters.close(customer)
        assert calls == []

    def test_large_orders_make_a_short_page(self, dynamo: DynamoPorts, shelf: Shelf) -> None:
        # 200 KB is the most that an order has; six megabytes the most that an answer has.
        orders = [replace(order(number, T0 + number), note="ü" * 100_000) for number in range(25)]
        shelf.add(*orders)
        page = dynamo.orders.list(EVERYTHING, 200)
        found = ids(page.orders)
        assert len(found) == 19
        while page.next is not None:
            page = dynamo.orders.list(EVERYTHING, 200, page.next)
            found += ids(page.orders)
        assert found == [order_id(number) for number in reversed(range(25))]


class TestAnIndexThatLags:
    """Moto's indexes never do: what one would still show is put there."""

    @pytest.mark.parametrize("limit", [1, 2, 3])
    def test_what_left_the_list_or_is_gone_is_passed_over_until_the_page_is_full(
        self, dynamo: DynamoPorts, shelf: Shelf, faults: Faults, limit: int
    ) -> None:
        orders = [order(number, T0 + number) for number in range(6)]
        shelf.add(*orders)
        for number in (1, 3, 4):
            shelf.change(to(Status.CONFIRMED, orders[number]))
            _point_back(dynamo, orders[number])
        faults.amend("BatchGetItem", lambda parsed: _remove(dynamo, parsed, order_id(5)))
        assert walk(dynamo.orders.list, PENDING, limit) == [order_id(2), order_id(0)]

    def test_a_letter_that_was_kept_with_its_orders_failure_is_closed_by_the_retry(
        self, dynamo: DynamoPorts, shelf: Shelf, faults: Faults
    ) -> None:
        first, kept = order(1), letter("l", function="process_order", order_id=order_id(1))
        shelf.add(first)
        failed = to(Status.FAILED, first)
        dynamo.orders.update(failed, expect=1, letters=dynamo.letters.keep(kept))
        assert open_ids(dynamo) == ["l"]
        faults.amend("Query", lambda parsed: parsed["Items"].clear())
        again = to(Status.PENDING, failed)
        dynamo.orders.update(again, expect=2, letters=dynamo.letters.resolve(order_id(1)))
        assert dynamo.letters.read("l") is None
        assert "letters" not in dynamo.item("orders", "orderId", order_id(1))

    def test_so_is_one_that_was_kept_with_its_order_as_a_new_record(self, dynamo: DynamoPorts, faults: Faults) -> None:
        failed, kept = to(Status.FAILED, order(1)), letter("l", function="process_order", order_id=order_id(1))
        dynamo.orders.create(failed, letters=dynamo.letters.keep(kept))
        faults.amend("Query", lambda parsed: parsed["Items"].clear())
        dynamo.orders.update(to(Status.PENDING, failed), expect=2, letters=dynamo.letters.resolve(order_id(1)))
        assert dynamo.letters.read("l") is None

    def test_a_product_is_not_found_by_a_name_that_it_had(self, dynamo: DynamoPorts, faults: Faults) -> None:
        dynamo.products.put([PEN])
        faults.amend("Query", lambda parsed: parsed.update(Items=[{"sku": {"S": "PEN"}, "nameKey": {"S": "pen"}}]))
        dynamo.products.put([replace(PEN, name="Biro")])
        assert dynamo.products.find(None, "pen") is None
        assert dynamo.products.find(None, "biro") == replace(PEN, name="Biro")
        assert dynamo.products.find(None, "cap") is None


class TestAnswersInPieces:
    def test_only_what_was_left_out_is_asked_for_again(self, dynamo: DynamoPorts, shelf: Shelf, faults: Faults) -> None:
        shelf.add(*(order(number, T0 + number) for number in range(7)))
        asked = list[int]()
        dynamo.client.meta.events.register(
            "before-parameter-build.dynamodb.BatchGetItem", lambda params, **_: asked.append(len(keys(params)))
        )
        faults.amend("BatchGetItem", lambda parsed: _leave_out(dynamo, parsed, keep=3))
        assert ids(dynamo.orders.list(EVERYTHING, 9).orders) == [order_id(number) for number in reversed(range(7))]
        assert asked == [7, 4, 1]
        assert dynamo.waits == []

    def test_what_is_throttled_is_waited_for_and_not_for_ever(
        self, dynamo: DynamoPorts, shelf: Shelf, faults: Faults
    ) -> None:
        shelf.add(order(1))
        left = [3]

        def throttle(parsed: dict[str, Any]) -> None:
            if left[0] > 0:
                left[0] -= 1
                _leave_out(dynamo, parsed, keep=0)

        faults.amend("BatchGetItem", throttle)
        assert ids(dynamo.orders.list(EVERYTHING, 1).orders) == [order_id(1)]
        assert len(dynamo.waits) == 3
        left[0] = 1000
        with pytest.raises(StorageUnavailable, match="throttled"):
            dynamo.orders.list(EVERYTHING, 1)
        assert len(dynamo.waits) == 3 + TRIES - 1

    def test_an_index_is_read_to_its_end(self, dynamo: DynamoPorts, shelf: Shelf, faults: Faults) -> None:
        products = [replace(PEN, sku=f"P{number:03d}", name=f"Pen {number}") for number in range(105)]
        dynamo.products.put([*products[:-1], replace(products[-1], name="PEN 0")])
        shelf.add(order(1))
        for number in range(105):
            dynamo.letters.append(letter(f"l{number}", function="process_order", order_id=order_id(1)))
        faults.ask("Query", Limit=9)
        assert dynamo.products.list() == [*products[:-1], replace(products[-1], name="PEN 0")]
        assert dynamo.letters.count() == 105
        faults.ask("Query", Limit=1)
        assert dynamo.products.find(None, "pen 0") == replace(products[-1], name="PEN 0")
        # More than one transaction has room for.
        dynamo.orders.update(replace(order(1), version=2), expect=1, letters=dynamo.letters.resolve(order_id(1)))
        assert dynamo.letters.count() == 0


def test_an_order_is_listed_once_although_its_customer_and_its_email_find_it(shelf: Shelf) -> None:
    orders = [order(number, T0 + number, "a@b.c", "A@b.c") for number in range(5)]
    shelf.add(*orders)
    for limit in (1, 2, 9):
        assert walk(shelf.list, OrderFilter(customer="a@b.c"), limit) == [order_id(n) for n in reversed(range(5))]


def keys(read: dict[str, Any]) -> list[Any]:
    """What a BatchGetItem asks for."""
    ((_, asked),) = read["RequestItems"].items()
    found: list[Any] = asked["Keys"]
    return found


def _point_back(dynamo: DynamoPorts, pending: Order) -> None:
    """Make the index show an order as it was."""
    shard = {"S": shard_key("PENDING", pending.order_id, SHARDS_HERE)}
    dynamo.client.update_item(
        TableName=dynamo.deployment.name("orders"),
        Key={"orderId": {"S": pending.order_id}},
        UpdateExpression="SET statusShard = :shard",
        ExpressionAttributeValues={":shard": shard},
    )


def _remove(dynamo: DynamoPorts, parsed: dict[str, Any], id_: str) -> None:
    """As if the order had been deleted."""
    table = dynamo.deployment.name("orders")
    parsed["Responses"][table] = [item for item in parsed["Responses"][table] if item["orderId"]["S"] != id_]


def _leave_out(dynamo: DynamoPorts, parsed: dict[str, Any], keep: int) -> None:
    table = dynamo.deployment.name("orders")
    items = parsed["Responses"][table]
    left = [{"orderId": item["orderId"]} for item in items[keep:]]
    del items[keep:]
    parsed["UnprocessedKeys"] = {table: {"Keys": left, "ConsistentRead": True}} if left else {}
