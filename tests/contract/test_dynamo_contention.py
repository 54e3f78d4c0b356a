"""Tables that others write at the same time, or that are throttled: what is tried again, how long, and what is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from ordermill.adapters.aws.errors import Rejected
from ordermill.adapters.aws.patience import TRIES, Patience
from ordermill.domain.errors import Conflict, OutOfStock, StorageUnavailable
from ordermill.domain.order import Order
from ordermill.ports.stores import Claim
from tests.contract.dynamo_faults import Faults
from tests.contract.dynamo_kit import DynamoPorts
from tests.contract.stores_kit import PEN, MakeOrder, letter, open_ids

CAP = replace(PEN, sku="CAP", name="Cap")


@pytest.fixture
def faults(dynamo: DynamoPorts) -> Faults:
    return Faults(dynamo.client)


@pytest.fixture
def order(dynamo: DynamoPorts, make_order: MakeOrder) -> Order:
    """One that is there, with two products; what is to be written is its next version."""
    dynamo.products.put([PEN, CAP])
    dynamo.orders.create(make_order("o1"))
    return replace(make_order("o1"), version=2)


def stocks(dynamo: DynamoPorts) -> dict[str, int | None]:
    return {product.sku: product.stock for product in dynamo.products.list()}


def take(dynamo: DynamoPorts, order: Order, **quantities: int) -> None:
    dynamo.orders.update(order, expect=1, stock=dynamo.products.reserve(quantities))


def test_waits_are_of_full_jitter_double_and_are_bounded() -> None:
    def waits(chance: float) -> list[float]:
        found = list[float]()
        assert list(Patience(lambda: chance, found.append).tries()) == [*range(TRIES)]
        return found

    assert waits(1.0) == [0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.0]
    assert waits(0.5) == [each / 2 for each in waits(1.0)]
    assert sum(waits(0)) == 0


@pytest.mark.parametrize("reason", ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"])
def test_a_transaction_that_was_cancelled_for_others_is_tried_again(
    dynamo: DynamoPorts, faults: Faults, order: Order, reason: str
) -> None:
    faults.cancel("None", reason, times=3)
    take(dynamo, order, PEN=4)
    assert (stocks(dynamo), dynamo.orders.read("o1")) == ({"PEN": 6, "CAP": 10}, order)
    assert len(dynamo.waits) == 3


def test_so_is_a_write_of_one_item_that_a_transaction_is_writing(
    dynamo: DynamoPorts, faults: Faults, order: Order
) -> None:
    faults.refuse("UpdateItem", "TransactionConflictException", times=2)
    dynamo.orders.update(order, expect=1)
    assert dynamo.orders.read("o1") == order
    faults.refuse("UpdateItem", "TransactionConflictException", times=2)
    dynamo.products.put([replace(PEN, stock=1)])
    assert stocks(dynamo)["PEN"] == 1
    assert len(dynamo.waits) == 4


def test_not_for_ever(dynamo: DynamoPorts, faults: Faults, order: Order) -> None:
    faults.cancel("TransactionConflict", "None", times=1000)
    with pytest.raises(StorageUnavailable, match="written by others"):
        take(dynamo, order, PEN=4)
    assert len(dynamo.waits) == TRIES - 1
    faults.refuse("PutItem", "TransactionConflictException", times=1000)
    with pytest.raises(StorageUnavailable, match="written by others"):
        dynamo.claims.take(Claim("k", "print", "o1", 5000))
    assert len(dynamo.waits) == 2 * (TRIES - 1)
    assert (stocks(dynamo), dynamo.claims.read("k")) == ({"PEN": 10, "CAP": 10}, None)


@pytest.mark.parametrize("code", ["ThrottlingException", "InternalServerError", "ResourceNotFoundException"])
@pytest.mark.parametrize("operation", ["GetItem", "PutItem", "BatchGetItem", "Query", "TransactWriteItems"])
def test_what_the_sdk_gave_up_is_unavailable(
    dynamo: DynamoPorts, faults: Faults, make_order: MakeOrder, operation: str, code: str
) -> None:
    faults.refuse(operation, code, times=1000)
    calls: dict[str, Callable[[], object]] = {
        "GetItem": lambda: dynamo.orders.read("o1"),
        "PutItem": lambda: dynamo.orders.create(make_order("o1")),
        "BatchGetItem": lambda: dynamo.orders.create(make_order("o1"), stock=dynamo.products.reserve({"PEN": 1})),
        "Query": lambda: dynamo.letters.count(),
        "TransactWriteItems": lambda: dynamo.orders.create(make_order("o1"), Claim("k", "print", "o1", 5000)),
    }
    with pytest.raises(StorageUnavailable, match=f"{operation}: {code}"):
        calls[operation]()
    assert dynamo.waits == []


def test_what_dynamodb_finds_invalid_is_not_tried_again(
    dynamo: DynamoPorts, faults: Faults, order: Order, make_order: MakeOrder
) -> None:
    large = replace(make_order("o2"), note="x" * 420_000)
    # Moto says so as DynamoDB does for one item; of a transaction DynamoDB says it as a reason.
    with pytest.raises(Rejected, match="PutItem: Item size"):
        dynamo.orders.create(large)
    with pytest.raises(Rejected, match="UpdateItem: Item size"):
        dynamo.orders.update(replace(order, note=large.note), expect=1)
    faults.cancel("None", "ValidationError")
    with pytest.raises(Rejected, match="TransactWriteItems: ValidationError for a test"):
        take(dynamo, order, PEN=4)
    assert dynamo.waits == []
    assert (dynamo.orders.read("o1"), dynamo.orders.read("o2")) == (make_order("o1"), None)


def test_a_condition_that_is_not_met_counts_more_than_a_conflict(
    dynamo: DynamoPorts, faults: Faults, order: Order
) -> None:
    faults.cancel("ConditionalCheckFailed", "TransactionConflict")
    with pytest.raises(Conflict):
        take(dynamo, order, PEN=4)
    assert dynamo.waits == []


class TestStockThatChangesMeanwhile:
    """Between its being read and the write."""

    def test_it_is_read_anew_and_every_product_that_is_short_is_named(
        self, dynamo: DynamoPorts, faults: Faults, order: Order
    ) -> None:
        others = [replace(PEN, stock=3), replace(CAP, stock=0)]
        faults.before("TransactWriteItems", lambda: dynamo.products.put(others))
        with pytest.raises(OutOfStock) as short:
            take(dynamo, order, PEN=4, CAP=1)
        assert set(short.value.skus) == {"PEN", "CAP"}
        assert stocks(dynamo) == {"PEN": 3, "CAP": 0}

    def test_a_product_that_is_not_counted_any_more_holds_nothing_up(
        self, dynamo: DynamoPorts, faults: Faults, order: Order
    ) -> None:
        faults.before("TransactWriteItems", lambda: dynamo.products.put([replace(PEN, stock=None)]))
        take(dynamo, order, PEN=4, CAP=-1)
        assert (stocks(dynamo), dynamo.orders.read("o1")) == ({"PEN": None, "CAP": 11}, order)

    def test_one_that_changes_all_the_time_is_not_waited_for_for_ever(
        self, dynamo: DynamoPorts, faults: Faults, order: Order
    ) -> None:
        # Whenever it is read there is enough, and whenever it is to be taken there is not.
        faults.before("BatchGetItem", lambda: dynamo.products.put([replace(PEN, stock=10)]), times=1000)
        faults.before("TransactWriteItems", lambda: dynamo.products.put([replace(PEN, stock=1)]), times=1000)
        with pytest.raises(StorageUnavailable, match="written by others"):
            take(dynamo, order, PEN=4)
        assert len(dynamo.waits) == TRIES - 1

    def test_stock_that_goes_back_never_fails(self, dynamo: DynamoPorts, order: Order) -> None:
        dynamo.products.put([replace(PEN, stock=0)])
        take(dynamo, order, PEN=-4)
        assert stocks(dynamo)["PEN"] == 4


def test_a_letter_that_others_kept_or_removed_meanwhile_holds_up_no_order(
    dynamo: DynamoPorts, faults: Faults, order: Order
) -> None:
    kept = letter("l", function="process_order", order_id="o1")
    faults.before("TransactWriteItems", lambda: dynamo.letters.append(replace(kept, error="theirs")))
    dynamo.orders.update(order, expect=1, letters=dynamo.letters.keep(kept))
    assert [each.error for each in dynamo.letters.list(5).letters] == ["theirs"]
    table = dynamo.deployment.name("dead-letters")
    faults.before(
        "TransactWriteItems", lambda: dynamo.client.delete_item(TableName=table, Key={"letterId": {"S": "l"}})
    )
    again = replace(order, version=3)
    dynamo.orders.update(again, expect=2, letters=dynamo.letters.resolve("o1"))
    assert (dynamo.orders.read("o1"), dynamo.letters.known("l"), open_ids(dynamo)) == (again, False, [])
