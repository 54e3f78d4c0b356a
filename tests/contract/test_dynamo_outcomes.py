"""Answers that never came: what was written is known again, and what was not is not taken for it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from ordermill.domain.errors import AlreadyClaimed, Conflict, StorageUnavailable
from ordermill.domain.order import Order, Status, Step, advance
from ordermill.ports.stores import Claim
from tests.contract.dynamo_faults import Faults
from tests.contract.dynamo_kit import DynamoPorts, recorded_session
from tests.contract.stores_kit import PEN, MakeOrder, letter, open_ids

ALWAYS = 100
"""More tries than the SDK makes."""


@pytest.fixture
def faults(dynamo: DynamoPorts) -> Faults:
    return Faults(dynamo.client)


def confirmed(order: Order, at: int = 2000) -> Order:
    return advance(order, [Step(Status.CONFIRMED)], at=at, by="process_order")


def rejected(order: Order) -> Order:
    return advance(order, [Step(Status.REJECTED)], at=2000, by="process_order")


class TestOneItem:
    """The write of an order by itself, which has no token."""

    @pytest.mark.parametrize("times", [1, 2])
    def test_an_order_whose_creation_was_not_answered_is_there_once(
        self, dynamo: DynamoPorts, faults: Faults, make_order: MakeOrder, times: int
    ) -> None:
        faults.lose_answer("PutItem", times)
        dynamo.orders.create(make_order("o1"))
        assert [change.order for change in dynamo.changes()] == [make_order("o1")]

    def test_so_is_one_that_others_took_further_meanwhile(
        self, dynamo: DynamoPorts, faults: Faults, make_order: MakeOrder
    ) -> None:
        order = make_order("o1")
        faults.lose_answer("PutItem", meanwhile=lambda: dynamo.orders.update(confirmed(order), expect=1))
        dynamo.orders.create(order)
        assert dynamo.orders.read("o1") == confirmed(order)

    def test_another_order_of_that_id_is_a_conflict(
        self, dynamo: DynamoPorts, faults: Faults, make_order: MakeOrder
    ) -> None:
        faults.lose_request("PutItem", meanwhile=lambda: dynamo.orders.create(make_order("o1", quantity=7)))
        with pytest.raises(Conflict):
            dynamo.orders.create(make_order("o1"))
        assert dynamo.orders.read("o1") == make_order("o1", quantity=7)

    def test_an_update_that_was_not_answered_is_no_conflict(
        self, dynamo: DynamoPorts, faults: Faults, make_order: MakeOrder
    ) -> None:
        order = make_order("o1")
        dynamo.orders.create(order)
        faults.lose_answer("UpdateItem")
        dynamo.orders.update(confirmed(order), expect=1)
        assert [change.old_version for change in dynamo.changes()] == [0, 1]

    def test_nor_is_one_that_others_took_further_meanwhile(
        self, dynamo: DynamoPorts, faults: Faults, make_order: MakeOrder
    ) -> None:
        order = make_order("o1")
        dynamo.orders.create(order)
        further = rejected(confirmed(order))
        faults.lose_answer("UpdateItem", meanwhile=lambda: dynamo.orders.update(further, expect=2))
        dynamo.orders.update(confirmed(order), expect=1)
        assert dynamo.orders.read("o1") == further

    @pytest.mark.parametrize("further", [False, True])
    def test_what_others_wrote_instead_is_a_conflict(
        self, dynamo: DynamoPorts, faults: Faults, make_order: MakeOrder, further: bool
    ) -> None:
        order = make_order("o1")
        dynamo.orders.create(order)

        def others() -> None:
            dynamo.orders.update(confirmed(order, at=3000), expect=1)
            if further:
                dynamo.orders.update(rejected(confirmed(order, at=3000)), expect=2)

        faults.lose_request("UpdateItem", meanwhile=others)
        with pytest.raises(Conflict):
            dynamo.orders.update(confirmed(order), expect=1)

    def test_who_was_answered_at_once_wrote_nothing_of_what_is_there(
        self, dynamo: DynamoPorts, make_order: MakeOrder
    ) -> None:
        dynamo.orders.create(make_order("o1"))
        dynamo.orders.update(confirmed(make_order("o1")), expect=1)
        with pytest.raises(Conflict):
            dynamo.orders.update(confirmed(make_order("o1")), expect=1)

    def test_a_key_whose_taking_was_not_answered_is_taken_by_whoever_took_it(
        self, dynamo: DynamoPorts, faults: Faults, make_order: MakeOrder
    ) -> None:
        claim = Claim("k", "print", "o1", 5000, make_order("o1"))
        faults.lose_answer("PutItem")
        dynamo.claims.take(claim)
        assert dynamo.claims.read("k") == claim

    def test_and_not_by_others(self, dynamo: DynamoPorts, faults: Faults) -> None:
        faults.lose_request("PutItem", meanwhile=lambda: dynamo.claims.take(Claim("k", "print", "o2", 5000)))
        with pytest.raises(AlreadyClaimed) as taken:
            dynamo.claims.take(Claim("k", "print", "o1", 5000))
        assert taken.value.order_id == "o2"

    def test_an_answer_that_never_comes_leaves_it_open(
        self, dynamo: DynamoPorts, faults: Faults, make_order: MakeOrder
    ) -> None:
        faults.lose_answer("PutItem", ALWAYS)
        with pytest.raises(StorageUnavailable):
            dynamo.orders.create(make_order("o1"))
        assert dynamo.orders.read("o1") == make_order("o1")


class TestTogether:
    """Writes of several items.

    On AWS the second try of a transaction under one token is answered as the first one would have been. Moto knows no
    tokens and refuses it, so that here even what was written more than ten minutes ago has to be known again.
    """

    def test_an_order_with_its_key_and_stock_is_there_once(
        self, dynamo: DynamoPorts, faults: Faults, make_order: MakeOrder
    ) -> None:
        dynamo.products.put([PEN])
        faults.lose_answer("TransactWriteItems")
        claim = Claim("k", "print", "o1", 5000)
        dynamo.orders.create(make_order("o1"), claim, stock=dynamo.products.reserve({"PEN": 4}))
        assert (dynamo.products.list(), dynamo.claims.read("k")) == ([replace(PEN, stock=6)], claim)
        assert [change.order for change in dynamo.changes()] == [make_order("o1")]

    def test_the_last_pieces_of_a_product_are_not_taken_for_missing(
        self, dynamo: DynamoPorts, faults: Faults, make_order: MakeOrder
    ) -> None:
        dynamo.products.put([PEN])
        dynamo.orders.create(make_order("o1"))
        faults.lose_answer("TransactWriteItems")
        dynamo.orders.update(confirmed(make_order("o1")), expect=1, stock=dynamo.products.reserve({"PEN": 10}))
        assert dynamo.products.list() == [replace(PEN, stock=0)]

    def test_a_key_that_others_took_is_theirs(self, dynamo: DynamoPorts, faults: Faults, make_order: MakeOrder) -> None:
        claim = Claim("k", "print", "o2", 5000)
        faults.lose_request("TransactWriteItems", meanwhile=lambda: dynamo.orders.create(make_order("o2"), claim))
        with pytest.raises(AlreadyClaimed) as taken:
            dynamo.orders.create(make_order("o1"), Claim("k", "print", "o1", 5000))
        assert (taken.value.order_id, dynamo.orders.read("o1")) == ("o2", None)

    def test_every_try_of_a_transaction_has_its_token_and_every_transaction_its_own(
        self, dynamo: DynamoPorts, make_order: MakeOrder
    ) -> None:
        session, calls = recorded_session()
        dynamo = DynamoPorts(session=session)
        calls.clear()
        sent = list[bytes]()
        dynamo.client.meta.events.register_first(
            "before-send.dynamodb.TransactWriteItems", lambda request, **_: sent.append(request.body)
        )
        Faults(dynamo.client).lose_request("TransactWriteItems")
        for name in ("o1", "o2"):
            dynamo.orders.create(make_order(name), Claim(name, "print", name, 5000))
        tokens = [call.parameters["ClientRequestToken"] for call in calls if call.operation == "TransactWriteItems"]
        assert len(set(tokens)) == 2
        assert [tokens[0].encode() in body for body in sent] == [True, True, False]

    def test_a_letter_is_kept_although_others_wrote_the_same_with_another(
        self, dynamo: DynamoPorts, faults: Faults, make_order: MakeOrder
    ) -> None:
        dynamo.orders.create(make_order("o1"))
        failed = confirmed(make_order("o1"))

        def update(id_: str) -> None:
            dynamo.orders.update(failed, expect=1, letters=dynamo.letters.keep(letter(id_, order_id="o1")))

        faults.lose_request("TransactWriteItems", meanwhile=lambda: update("theirs"))
        update("ours")
        assert sorted(open_ids(dynamo)) == ["ours", "theirs"]

    def test_letters_are_closed_by_a_retry_that_was_not_answered(
        self, dynamo: DynamoPorts, faults: Faults, make_order: MakeOrder
    ) -> None:
        dynamo.orders.create(make_order("o1"))
        dynamo.letters.append(letter("l", function="process_order", order_id="o1"))
        faults.lose_answer("TransactWriteItems")
        dynamo.orders.update(confirmed(make_order("o1")), expect=1, letters=dynamo.letters.resolve("o1"))
        assert (open_ids(dynamo), dynamo.letters.known("l")) == ([], True)


def test_a_letter_whose_keeping_was_not_answered_is_kept(dynamo: DynamoPorts, faults: Faults) -> None:
    faults.lose_answer("PutItem")
    dynamo.letters.append(letter("l"))
    faults.lose_answer("UpdateItem")
    assert open_ids(dynamo) == ["l"]
    dynamo.letters.close("l")
    assert open_ids(dynamo) == []
