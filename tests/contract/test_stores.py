"""What every adapter of the other table ports must do."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from msgspec.structs import replace

from ordermill.domain.errors import AlreadyClaimed, InvalidCursor
from ordermill.domain.events import OrderChange, events_of
from ordermill.domain.mail import MailContent, MailRecord
from ordermill.domain.order import Order
from ordermill.ports.stores import Claim
from tests.contract.stores_kit import INK, PEN, MakeOrder, Ports


class TestClaims:
    """Port `idempotency`, and the part that rides in an order's creation."""

    def test_a_claim_is_stored_with_its_order(
        self, ports: Ports, settle: Callable[[], None], make_order: MakeOrder
    ) -> None:
        with ports.write():
            ports.orders.create(make_order("o1"), ports.claims.claim("k", "print", "o1", 5000))
        settle()
        assert ports.claims.read("k") == Claim("k", "print", "o1", 5000)
        assert ports.claims.read("other") is None

    def test_a_key_that_is_taken_stores_no_second_order(
        self, ports: Ports, settle: Callable[[], None], make_order: MakeOrder
    ) -> None:
        with ports.write():
            ports.orders.create(make_order("o1"), ports.claims.claim("k", "print", "o1", 5000))
        settle()
        ports.time.ms = 4999
        with pytest.raises(AlreadyClaimed) as taken, ports.write():
            ports.orders.create(make_order("o2"), ports.claims.claim("k", "other", "o2", 9000))
        assert (taken.value.order_id, taken.value.fingerprint) == ("o1", "print")
        assert ports.orders.read("o2") is None
        assert ports.claims.read("k") == Claim("k", "print", "o1", 5000)

    def test_an_expired_key_is_taken_anew(self, ports: Ports, make_order: MakeOrder) -> None:
        with ports.write():
            ports.orders.create(make_order("o1"), ports.claims.claim("k", "print", "o1", 5000))
        ports.time.ms = 5000
        with ports.write():
            ports.orders.create(make_order("o2"), ports.claims.claim("k", "other", "o2", 9000))
        ports.fresh()
        assert ports.claims.read("k") == Claim("k", "other", "o2", 9000)

    def test_the_part_alone_takes_nothing(self, ports: Ports) -> None:
        with ports.write():
            ports.claims.claim("k", "print", "o1", 5000)
        assert ports.claims.read("k") is None

    def test_a_key_is_taken_by_itself_with_the_order_in_it(
        self, ports: Ports, settle: Callable[[], None], make_order: MakeOrder
    ) -> None:
        claim = Claim("k", "print", "o1", 5000, make_order("o1"))
        with ports.write():
            ports.claims.take(claim)
        settle()
        assert ports.claims.read("k") == claim
        assert ports.orders.read("o1") is None

    def test_a_key_that_is_taken_is_not_taken_again_and_tells_by_whom(
        self, ports: Ports, settle: Callable[[], None], make_order: MakeOrder
    ) -> None:
        with ports.write():
            ports.claims.take(Claim("k", "print", "o1", 5000, make_order("o1")))
        settle()
        ports.time.ms = 4999
        with pytest.raises(AlreadyClaimed) as taken, ports.write():
            ports.claims.take(Claim("k", "other", "o2", 9000, make_order("o2")))
        assert (taken.value.order_id, taken.value.fingerprint, taken.value.order) == ("o1", "print", make_order("o1"))
        ports.time.ms = 5000
        with ports.write():
            ports.claims.take(Claim("k", "other", "o2", 9000))
        settle()
        assert ports.claims.read("k") == Claim("k", "other", "o2", 9000)

    def test_a_key_taken_by_itself_is_taken_for_an_orders_creation_too(
        self, ports: Ports, settle: Callable[[], None], make_order: MakeOrder
    ) -> None:
        with ports.write():
            ports.claims.take(Claim("k", "print", "o1", 5000, make_order("o1")))
        settle()
        with pytest.raises(AlreadyClaimed) as taken, ports.write():
            ports.orders.create(make_order("o2"), ports.claims.claim("k", "other", "o2", 9000))
        assert taken.value.order == make_order("o1")
        assert ports.orders.read("o2") is None

    def test_a_taking_that_is_undone_leaves_the_key_free(self, ports: Ports, make_order: MakeOrder) -> None:
        with suppress(ZeroDivisionError), ports.write():
            ports.claims.take(Claim("k", "print", "o1", 5000, make_order("o1")))
            raise ZeroDivisionError
        ports.fresh()
        assert ports.claims.read("k") is None


class TestProducts:
    """Port `products`."""

    def test_a_product_is_found_by_sku_else_by_name_in_any_case(self, ports: Ports, settle: Callable[[], None]) -> None:
        with ports.write():
            ports.products.put([PEN, INK])
        settle()
        find = ports.products.find
        assert find("PEN", "Blaue Straße") == PEN
        assert find(None, "BLAUE STRASSE") == find("NOPE", "blaue straße") == INK
        assert find("pen", None) is find(None, None) is find(None, "") is find("", "nothing") is None

    def test_a_product_that_was_renamed_is_found_by_its_new_name_alone(
        self, ports: Ports, settle: Callable[[], None]
    ) -> None:
        with ports.write():
            ports.products.put([PEN])
            ports.products.put([replace(PEN, name="Biro")])
        settle()
        assert ports.products.find(None, "biro") == replace(PEN, name="Biro")
        assert ports.products.find(None, "pen") is None

    def test_two_products_that_swap_their_names_are_both_found(self, ports: Ports, settle: Callable[[], None]) -> None:
        swapped = [replace(PEN, name=INK.name), replace(INK, name=PEN.name)]
        with ports.write():
            ports.products.put([PEN, INK])
        with ports.write():
            ports.products.put(swapped)
        settle()
        assert [ports.products.find(None, INK.name), ports.products.find(None, PEN.name)] == swapped

    def test_an_import_that_is_undone_changes_nothing(self, ports: Ports) -> None:
        with ports.write():
            ports.products.put([PEN])
        with suppress(ZeroDivisionError), ports.write():
            ports.products.put([replace(PEN, name="Biro", stock=0), INK])
            raise ZeroDivisionError
        assert ports.products.list() == [PEN]
        assert (ports.products.find(None, "pen"), ports.products.find(None, "biro")) == (PEN, None)
        ports.fresh()
        assert ports.products.list() == [PEN]


class TestEvents:
    """Port `events`."""

    def test_a_repeat_changes_nothing(self, ports: Ports, settle: Callable[[], None], make_order: MakeOrder) -> None:
        (event,) = events_of(_insert(make_order("o1")))
        with ports.write():
            ports.events.append(event)
            ports.events.append(event)
        settle()
        with ports.write():
            ports.events.append(replace(event, time="later"))
        assert ports.rows("SELECT order_id, seq, type, body LIKE '%later%' FROM events") == [
            ("o1", 1, "OrderCreated", 0)
        ]


class TestMails:
    """Port `mails`."""

    def test_a_record_is_kept_and_replaced_by_its_id(self, ports: Ports, settle: Callable[[], None]) -> None:
        record = MailRecord("m1", "o1", "OrderProcessed", "a@b.example", "Hello", "QUEUED", 1, 5)
        with ports.write():
            ports.mails.put(record)
        settle()
        assert ports.mails.read("m1") == record
        with ports.write():
            ports.mails.put(replace(record, status="SENT"))
        settle()
        assert ports.mails.read("m1") == replace(record, status="SENT")
        assert ports.mails.read("m2") is None

    def test_a_record_of_an_earlier_version_is_read(self, ports: Ports) -> None:
        body = (
            '{"mailId":"m1","orderId":"o1","event":"OrderProcessed","to":null,"subject":"Hello","status":"NO_ADDRESS",'
            '"attempts":0,"at":5}'
        )
        sql = f"INSERT INTO mails (mail_id, order_id, status, body) VALUES ('m1', 'o1', 'NO_ADDRESS', '{body}')"
        ports.rows(sql)
        known = MailRecord("m1", "o1", "OrderProcessed", None, "Hello", "NO_ADDRESS", 0, 5)
        assert (known.text, known.content, known.resends, known.error) == (None, None, 0, None)
        assert ports.mails.read("m1") == known
        assert ports.mails.list(1).mails == (known,)

    def test_they_are_listed_newest_first_page_by_page(self, ports: Ports) -> None:
        content = MailContent("Hi", "Hello,", ("a",), (("b", "c"),), (("d", "e"),), "f", "g")
        records = [
            MailRecord(f"m{n}", f"o{n % 2}", "OrderProcessed", "a@b.c", "Hello", "QUEUED", 1, n, content=content)
            for n in range(5)
        ]
        with ports.write():
            for record in records:
                ports.mails.put(record)
        with ports.write():
            ports.mails.put(replace(records[1], status="SENT"))
        ports.fresh()
        wanted = [records[4], records[3], records[2], replace(records[1], status="SENT"), records[0]]
        for order_id, expected in ((None, wanted), ("o1", wanted[1::2]), ("o2", [])):
            for limit in (1, 2, 5, 9):
                page = ports.mails.list(limit, order_id=order_id)
                found = list(page.mails)
                while page.after is not None:
                    assert len(page.mails) == limit
                    assert len(found) < len(expected)
                    page = ports.mails.list(limit, page.after, order_id=order_id)
                    found += page.mails
                assert found == expected

    @pytest.mark.parametrize("after", ["", "x", "0", "-1", "1.2", "٣", "9" * 19])
    def test_a_place_in_the_list_that_is_none_is_refused(self, ports: Ports, after: str) -> None:
        with pytest.raises(InvalidCursor):
            ports.mails.list(1, after)


def _insert(order: Order) -> OrderChange:
    return OrderChange("INSERT", 0, None, order)
