"""`import_orders`: an order a row, once per key, and sent to its processing."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from ordermill.domain.catalogue import Product
from ordermill.domain.commands import ImportOrders, ProcessOrder
from ordermill.domain.errors import (
    FieldError,
    IdempotencyKeyInvalid,
    IdempotencyKeyReused,
    InvalidImport,
    InvalidOrder,
    StorageUnavailable,
)
from ordermill.domain.idempotency import KEY_LIFETIME_MS
from ordermill.domain.order import Status
from ordermill.functions.import_orders import ImportedRow, import_orders
from ordermill.ports.ambient import Settings
from tests.unit.functions.functions_kit import NOW, Claims, Clock, Ids, Messages, Orders, Products, Tables

HEADER = "product,quantity,unitPrice,customerId,idempotency_key\n"
TWO = HEADER + "Widget,2,9.99,,\nGadget,1,5,,\n"


class Desk:
    """The function with its ports."""

    def __init__(self, *products: Product, settings: Settings | None = None) -> None:
        self.clock, self.ids, self.messages = Clock(), Ids(), Messages()
        self.tables = Tables(self.clock, products)
        self.claims = Claims(self.tables)
        self.settings = settings or Settings()
        self.asked: list[tuple[str | None, str | None]] = []

    def __call__(self, text: str, key: str | None = None, first_row: int = 2) -> tuple[ImportedRow, ...]:
        desk = self

        class Asked(Products):
            def find(self, sku: str | None, name: str | None) -> Product | None:
                desk.asked.append((sku, name))
                return super().find(sku, name)

        return import_orders(
            ImportOrders(text, key, first_row),
            orders=Orders(self.tables, self.clock),
            idempotency=self.claims,
            products=Asked(self.tables),
            messages=self.messages,
            clock=self.clock,
            ids=self.ids,
            settings=self.settings,
        )

    def sent(self) -> list[str]:
        """The orders that were sent to their processing since the last look."""
        sent = [message.order_id for message in self.messages.processed]
        self.messages.processed.clear()
        return sent


def test_each_row_is_an_order_that_goes_to_its_processing() -> None:
    desk = Desk()
    assert desk(TWO) == (ImportedRow(2, "ord_1", None), ImportedRow(3, "ord_2", None))
    order = desk.tables.orders["ord_1"]
    assert (order.status, order.total, order.created_at) == (Status.PENDING, 1998, NOW)
    assert [(entry.seq, entry.by, entry.at) for entry in order.history] == [(1, "import_orders", NOW)]
    assert desk.messages.processed == [ProcessOrder("ord_1", 1), ProcessOrder("ord_2", 1)]
    assert desk.tables.claims == {}


def test_a_row_that_is_refused_keeps_no_other_from_being_placed() -> None:
    desk = Desk()
    rows = desk(HEADER + "Widget,0,x,,\nWidget,1\nGadget,1,5,,\nX,1,5,,bad key\n")
    assert [(row.row, row.order_id, type(row.error)) for row in rows] == [
        (2, None, InvalidOrder),
        (3, None, InvalidOrder),
        (4, "ord_1", type(None)),
        (5, None, IdempotencyKeyInvalid),
    ]
    assert isinstance(rows[0].error, InvalidOrder)
    assert [(e.pointer, e.code) for e in rows[0].error.errors] == [
        ("/quantity", "out-of-range"),
        ("/unitPrice", "invalid-price"),
    ]
    assert all(row.error is None or row.error.__traceback__ is None for row in rows)
    assert desk.sent() == ["ord_1"]


def test_what_cannot_be_read_as_a_file_places_nothing() -> None:
    desk = Desk()
    with pytest.raises(InvalidImport):
        desk(TWO + '"x')
    with pytest.raises(IdempotencyKeyInvalid):
        desk(TWO, "bad key")
    assert (desk.tables.orders, desk.sent(), desk.ids.given) == ({}, [], 0)


def test_with_no_rows_nothing_is_sent() -> None:
    desk = Desk()
    desk.messages.down = StorageUnavailable()
    assert desk(HEADER) == ()


@pytest.mark.parametrize("key", ["k", '"k"', " k "])
def test_the_same_file_with_its_key_again_makes_no_order_twice(key: str) -> None:
    desk = Desk()
    first = desk(TWO, "k")
    assert desk.sent() == ["ord_1", "ord_2"]
    assert desk(TWO, key) == first
    assert len(desk.tables.orders) == 2
    # Those still wait: their messages may never have been.
    assert desk.sent() == ["ord_1", "ord_2"]


def test_what_goes_on_already_is_not_sent_again() -> None:
    desk = Desk()
    first = desk(TWO, "k")
    desk.tables.orders["ord_1"] = replace(desk.tables.orders["ord_1"], status=Status.PROCESSED)
    desk.sent()
    assert (desk(TWO, "k"), desk.sent()) == (first, ["ord_2"])


def test_a_death_between_orders_and_messages_is_repaired_by_the_same_file() -> None:
    desk = Desk()
    desk.messages.down = StorageUnavailable()
    with pytest.raises(StorageUnavailable):
        desk(TWO, "k")
    assert (sorted(desk.tables.orders), desk.sent()) == (["ord_1", "ord_2"], [])
    desk.messages.down = None
    rows = desk(TWO, "k")
    assert ([row.order_id for row in rows], desk.sent()) == (["ord_1", "ord_2"], ["ord_1", "ord_2"])


def test_without_a_key_each_time_is_another_time() -> None:
    desk = Desk()
    assert [row.order_id for _ in range(2) for row in desk(TWO)] == ["ord_1", "ord_2", "ord_3", "ord_4"]


def test_corrected_rows_are_placed_and_the_others_stay_as_they_are() -> None:
    desk = Desk()
    desk(HEADER + "Widget,x,1,,\nGadget,1,5,,\n", "k")
    rows = desk(HEADER + "Widget,1,1,,\nGadget,1,5,,\n", "k")
    assert [(row.order_id, row.error) for row in rows] == [("ord_2", None), ("ord_1", None)]


@pytest.mark.parametrize("row", ["Gadget,2,5,,", "Gadget,1,5,c2,", "Gadget,x,5,,"])
def test_another_row_in_the_place_of_one_that_was_placed_is_refused(row: str) -> None:
    desk = Desk()
    desk(TWO, "k")
    changed = desk(HEADER + "Widget,2,9.99,,\n" + row + "\n", "k")
    assert (changed[0].order_id, type(changed[1].error)) == ("ord_1", IdempotencyKeyReused)
    assert len(desk.tables.orders) == 2


def test_parts_of_a_file_have_keys_of_their_own_rows() -> None:
    desk = Desk()
    desk(TWO, "k")
    assert [row.row for row in desk(TWO, "k", 4)] == [4, 5]
    assert len(desk.tables.orders) == 4
    moved = desk(HEADER + "Gadget,1,5,,\n", "k", 3)
    assert [row.order_id for row in moved] == ["ord_2"]


def test_a_rows_own_key_holds_wherever_it_is() -> None:
    desk = Desk()
    (first,) = desk(HEADER + "Widget,2,9.99,c1,mine\n", "k")
    (_, again) = desk(HEADER + "Gadget,1,5,,\nWidget,2,9.99,c1,mine\n", "other")
    assert again.order_id == first.order_id
    (_, others) = desk(HEADER + "Gadget,1,5,,\nWidget,2,9.99,c2,mine\n")
    assert (others.order_id, others.error) not in ((first.order_id, None), (None, None))


def test_a_rows_own_key_is_none_of_the_files() -> None:
    desk = Desk()
    desk(HEADER + "Widget,2,9.99,,k/2\nGadget,2,5,,k/3\n")
    assert [(row.order_id, row.error) for row in desk(TWO, "k")] == [("ord_3", None), ("ord_4", None)]


def test_a_row_that_was_placed_is_not_judged_by_a_later_catalogue() -> None:
    desk = Desk()
    first = desk(TWO, "k")
    desk.settings = Settings(catalogue="strict")
    assert desk(TWO, "k") == first
    assert all(isinstance(row.error, InvalidOrder) for row in desk(TWO))


def test_a_key_that_is_old_is_free_again() -> None:
    desk = Desk()
    desk(TWO, "k")
    desk.clock.ms += KEY_LIFETIME_MS
    assert [row.order_id for row in desk(TWO, "k")] == ["ord_3", "ord_4"]
    desk.settings = Settings(catalogue="strict")
    desk.clock.ms += KEY_LIFETIME_MS
    assert all(isinstance(row.error, InvalidOrder) for row in desk(TWO, "k"))


def test_an_order_that_was_deleted_is_not_made_anew() -> None:
    desk = Desk()
    desk(TWO, "k")
    del desk.tables.orders["ord_1"]
    assert isinstance(desk(TWO, "k")[0].error, IdempotencyKeyReused)


def test_the_catalogue_is_asked_once_for_each_product() -> None:
    desk = Desk(Product("W", "Widget", 999, "USD", 5))
    desk(HEADER + "Widget,1,,,\n" * 3)
    assert desk.asked == [(None, "Widget")]
    assert desk.tables.orders["ord_1"].items[0].stock_sku == "W"


def test_cards_are_taken_where_orders_are_paid_by_card() -> None:
    text = "amount,paymentToken\n5,pm_card\n"
    assert isinstance(Desk()(text)[0].error, InvalidOrder)
    desk = Desk(settings=Settings(payments="stripe"))
    desk(text)
    assert desk.tables.orders["ord_1"].payment_token == "pm_card"


def test_pointers_are_columns() -> None:
    (row,) = Desk()("product,quantity\nWidget,1\n")
    assert isinstance(row.error, InvalidOrder)
    assert isinstance(row.error.errors[0], FieldError)
    assert row.error.errors[0].pointer == "/unitPrice"
