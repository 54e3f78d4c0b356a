"""What every adapter of the other table ports must do."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from ordermill.domain.errors import AlreadyClaimed, InvalidCursor
from ordermill.domain.events import OrderChange, events_of
from ordermill.domain.mail import MailContent, MailRecord
from ordermill.domain.order import Order
from ordermill.ports.stores import Claim
from tests.contract.stores_kit import INK, PEN, MakeOrder, Stores


class TestClaims:
    """Port `idempotency`, and the part that rides in an order's creation."""

    def test_a_claim_is_stored_with_its_order(
        self, stores: Stores, settle: Callable[[], None], make_order: MakeOrder
    ) -> None:
        with stores.write():
            stores.orders.create(make_order("o1"), stores.claims.claim("k", "print", "o1", 5000))
        settle()
        assert stores.claims.read("k") == Claim("k", "print", "o1", 5000)
        assert stores.claims.read("other") is None

    def test_a_key_that_is_taken_stores_no_second_order(
        self, stores: Stores, settle: Callable[[], None], make_order: MakeOrder
    ) -> None:
        with stores.write():
            stores.orders.create(make_order("o1"), stores.claims.claim("k", "print", "o1", 5000))
        settle()
        stores.time.ms = 4999
        with pytest.raises(AlreadyClaimed) as taken, stores.write():
            stores.orders.create(make_order("o2"), stores.claims.claim("k", "other", "o2", 9000))
        assert (taken.value.order_id, taken.value.fingerprint) == ("o1", "print")
        assert stores.orders.read("o2") is None
        assert stores.claims.read("k") == Claim("k", "print", "o1", 5000)

    def test_an_expired_key_is_taken_anew(self, stores: Stores, make_order: MakeOrder) -> None:
        with stores.write():
            stores.orders.create(make_order("o1"), stores.claims.claim("k", "print", "o1", 5000))
        stores.time.ms = 5000
        with stores.write():
            stores.orders.create(make_order("o2"), stores.claims.claim("k", "other", "o2", 9000))
        stores.fresh()
        assert stores.claims.read("k") == Claim("k", "other", "o2", 9000)

    def test_the_part_alone_takes_nothing(self, stores: Stores) -> None:
        with stores.write():
            stores.claims.claim("k", "print", "o1", 5000)
        assert stores.claims.read("k") is None

    def test_a_key_is_taken_by_itself_with_the_order_in_it(
        self, stores: Stores, settle: Callable[[], None], make_order: MakeOrder
    ) -> None:
        claim = Claim("k", "print", "o1", 5000, make_order("o1"))
        with stores.write():
            stores.claims.take(claim)
        settle()
        assert stores.claims.read("k") == claim
        assert stores.orders.read("o1") is None

    def test_a_key_that_is_taken_is_not_taken_again_and_tells_by_whom(
        self, stores: Stores, settle: Callable[[], None], make_order: MakeOrder
    ) -> None:
        with stores.write():
            stores.claims.take(Claim("k", "print", "o1", 5000, make_order("o1")))
        settle()
        stores.time.ms = 4999
        with pytest.raises(AlreadyClaimed) as taken, stores.write():
            stores.claims.take(Claim("k", "other", "o2", 9000, make_order("o2")))
        assert (taken.value.order_id, taken.value.fingerprint, taken.value.order) == ("o1", "print", make_order("o1"))
        stores.time.ms = 5000
        with stores.write():
            stores.claims.take(Claim("k", "other", "o2", 9000))
        settle()
        assert stores.claims.read("k") == Claim("k", "other", "o2", 9000)

    def test_a_key_taken_by_itself_is_taken_for_an_orders_creation_too(
        self, stores: Stores, settle: Callable[[], None], make_order: MakeOrder
    ) -> None:
        with stores.write():
            stores.claims.take(Claim("k", "print", "o1", 5000, make_order("o1")))
        settle()
        with pytest.raises(AlreadyClaimed) as taken, stores.write():
            stores.orders.create(make_order("o2"), stores.claims.claim("k", "other", "o2", 9000))
        assert taken.value.order == make_order("o1")
        assert stores.orders.read("o2") is None


class TestProducts:
    """Port `products`."""

    def test_a_product_is_found_by_sku_else_by_name_in_any_case(
        self, stores: Stores, settle: Callable[[], None]
    ) -> None:
        with stores.write():
            stores.products.put([PEN, INK])
        settle()
        find = stores.products.find
        assert find("PEN", "Blaue Straße") == PEN
        assert find(None, "BLAUE STRASSE") == find("NOPE", "blaue straße") == INK
        assert find("pen", None) is find(None, None) is find(None, "") is find("", "nothing") is None

    def test_a_product_that_was_renamed_is_found_by_its_new_name_alone(
        self, stores: Stores, settle: Callable[[], None]
    ) -> None:
        with stores.write():
            stores.products.put([PEN])
            stores.products.put([replace(PEN, name="Biro")])
        settle()
        assert stores.products.find(None, "biro") == replace(PEN, name="Biro")
        assert stores.products.find(None, "pen") is None

    def test_two_products_that_swap_their_names_are_both_found(
        self, stores: Stores, settle: Callable[[], None]
    ) -> None:
        swapped = [replace(PEN, name=INK.name), replace(INK, name=PEN.name)]
        with stores.write():
            stores.products.put([PEN, INK])
        with stores.write():
            stores.products.put(swapped)
        settle()
        assert [stores.products.find(None, INK.name), stores.products.find(None, PEN.name)] == swapped


class TestEvents:
    """Port `events`."""

    def test_a_repeat_changes_nothing(self, stores: Stores, settle: Callable[[], None], make_order: MakeOrder) -> None:
        (event,) = events_of(_insert(make_order("o1")))
        with stores.write():
            stores.events.append(event)
            stores.events.append(event)
        settle()
        with stores.write():
            stores.events.append(replace(event, time="later"))
        assert stores.logged("o1") == [event]


class TestMails:
    """Port `mails`."""

    def test_a_record_is_kept_and_replaced_by_its_id(self, stores: Stores, settle: Callable[[], None]) -> None:
        record = MailRecord("m1", "o1", "OrderProcessed", "a@b.example", "Hello", "QUEUED", 1, 5)
        with stores.write():
            stores.mails.put(record)
        settle()
        assert stores.mails.read("m1") == record
        with stores.write():
            stores.mails.put(replace(record, status="SENT"))
        settle()
        assert stores.mails.read("m1") == replace(record, status="SENT")
        assert stores.mails.read("m2") is None

    def test_they_are_listed_newest_first_page_by_page(self, stores: Stores) -> None:
        content = MailContent("Hi", "Hello,", ("a",), (("b", "c"),), (("d", "e"),), "f", "g")
        records = [
            MailRecord(f"m{n}", f"o{n % 2}", "OrderProcessed", "a@b.c", "Hello", "QUEUED", 1, n, content=content)
            for n in range(5)
        ]
        for record in [*records, replace(records[1], status="SENT")]:
            stores.time.ms += 1
            with stores.write():
                stores.mails.put(record)
        stores.fresh()
        wanted = [records[4], records[3], records[2], replace(records[1], status="SENT"), records[0]]
        for order_id, expected in ((None, wanted), ("o1", wanted[1::2]), ("o2", [])):
            for limit in (1, 2, 5, 9):
                page = stores.mails.list(limit, order_id=order_id)
                found = list(page.mails)
                while page.after is not None:
                    assert len(page.mails) == limit
                    assert len(found) < len(expected)
                    page = stores.mails.list(limit, page.after, order_id=order_id)
                    found += page.mails
                assert found == expected

    def test_a_place_in_the_list_that_is_none_is_refused(self, stores: Stores) -> None:
        for after in ("", "x", "0", "-1", "1.2", "٣", "9" * 19):
            with pytest.raises(InvalidCursor):
                stores.mails.list(1, after)


def _insert(order: Order) -> OrderChange:
    return OrderChange("INSERT", 0, None, order)
