"""`create_order`: what is stored, and under which key."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from ordermill.domain.catalogue import Product
from ordermill.domain.commands import Placed, PlaceOrder
from ordermill.domain.errors import IdempotencyKeyInvalid, IdempotencyKeyReused, InvalidOrder
from ordermill.domain.idempotency import KEY_LIFETIME_MS
from ordermill.domain.order import Order, Status
from ordermill.functions.create_order import create_order
from ordermill.ports.ambient import Settings
from tests.conftest import MakeOrder
from tests.unit.functions.functions_kit import (
    NOW,
    Claims,
    Clock,
    Ids,
    Orders,
    Products,
    Tables,
    Tokens,
    request,
)
from tests.unit.functions.images_kit import Images


class Desk:
    """`create_order` with its ports."""

    def __init__(self, *products: Product, settings: Settings | None = None, blind: bool = False) -> None:
        self.clock, self.ids = Clock(), Ids()
        self.tables = Tables(self.clock, products)
        self._settings, self._blind = settings or Settings(), blind

    def __call__(self, message: PlaceOrder) -> Placed[Order]:
        return create_order(
            message,
            orders=Orders(self.tables, self.clock),
            idempotency=Claims(self.tables, blind=self._blind),
            products=Products(self.tables),
            images=Images(self.tables, self.clock),
            tokens=Tokens(),
            clock=self.clock,
            ids=self.ids,
            settings=self._settings,
        )


def test_a_valid_request_is_stored_pending_with_one_history_entry() -> None:
    desk = Desk()
    placed = desk(request(customerName="Ada"))
    order = placed.order
    assert (placed.token, placed.replayed) == ("token of ord_1", False)
    assert (order.status, order.total, order.customer_name, order.version, order.attempt) == (
        Status.PENDING,
        1998,
        "Ada",
        1,
        1,
    )
    assert [(e.seq, e.status, e.at, e.by) for e in order.history] == [(1, "PENDING", NOW, "create_order")]
    assert desk.tables.written == [order]
    assert desk.tables.claims == {}


def test_an_invalid_request_stores_nothing_and_takes_no_key() -> None:
    desk = Desk()
    with pytest.raises(InvalidOrder):
        desk(request("k", items=[]))
    assert (desk.tables.orders, desk.tables.claims, desk.ids.given) == ({}, {}, 0)


@pytest.mark.parametrize("blind", [False, True], ids=["seen", "raced"])
def test_the_same_key_and_body_answer_the_order_that_is_there(blind: bool) -> None:
    desk = Desk(blind=blind)
    first, again = desk(request("k")), desk(request(idempotency_key="k"))
    assert (again.order, again.token, again.replayed) == (first.order, first.token, True)
    assert len(desk.tables.orders) == 1


@pytest.mark.parametrize("blind", [False, True], ids=["seen", "raced"])
def test_the_same_key_with_another_body_is_refused(blind: bool) -> None:
    desk = Desk(blind=blind)
    desk(request("k"))
    with pytest.raises(IdempotencyKeyReused):
        desk(request("k", note="other"))
    assert len(desk.tables.orders) == 1


def test_a_key_belongs_to_its_caller_and_customer() -> None:
    desk = Desk()
    messages = [
        request("k"),
        request("k", subject="staff"),
        request("k", customerId="c1"),
        request("k", customer_id="c2"),
    ]
    assert len({desk(message).order.order_id for message in messages}) == 4


def test_a_key_holds_for_a_day() -> None:
    desk = Desk()
    desk(request("k"))
    (claim,) = desk.tables.claims.values()
    assert claim.expires_at == NOW + KEY_LIFETIME_MS == NOW + 86_400_000
    desk.clock.ms = claim.expires_at - 1
    assert desk(request("k")).replayed
    desk.clock.ms = claim.expires_at
    assert not desk(request("k")).replayed


def test_the_key_of_a_deleted_order_is_not_given_to_another() -> None:
    desk = Desk()
    desk(request("k"))
    desk.tables.orders.clear()
    with pytest.raises(IdempotencyKeyReused, match="deleted"):
        desk(request("k"))


def test_the_key_of_an_order_that_is_queued_yet_makes_that_orders_record(make_order: MakeOrder) -> None:
    desk = Desk()
    desk(request("k"))
    ((key, claim),) = desk.tables.claims.items()
    queued = make_order("ord_9")
    desk.tables.claims[key] = replace(claim, order_id="ord_9", order=queued)
    desk.tables.orders.clear()
    placed = desk(request("k"))
    assert (placed.order, placed.token, placed.replayed) == (queued, "token of ord_9", True)
    assert desk.tables.orders == {"ord_9": queued}
    with pytest.raises(IdempotencyKeyReused):
        desk(request("k", note="other"))
    assert desk(request("k")).order == queued
    assert len(desk.tables.written) == 2, "the first, and the queued one once"


@pytest.mark.parametrize(("header", "member"), [("", None), ("a b", None), (None, "é"), ("a", "b")])
def test_a_key_that_is_none_is_refused_before_anything_else(header: str | None, member: object) -> None:
    with pytest.raises(IdempotencyKeyInvalid):
        Desk()(request(header, idempotency_key=member))


def test_the_catalogues_price_wins_and_a_counted_line_names_its_stock() -> None:
    order = Desk(Product("W", "Widget", 500, "USD", 3))(request()).order
    assert (order.total, order.items[0].stock_sku) == (1000, "W")


def test_a_strict_catalogue_refuses_what_it_does_not_know() -> None:
    with pytest.raises(InvalidOrder):
        Desk(settings=Settings(catalogue="strict"))(request())


def test_a_card_pays_only_where_cards_are_charged() -> None:
    card = request(paymentToken="pm_1")
    with pytest.raises(InvalidOrder):
        Desk()(card)
    assert Desk(settings=Settings(payments="stripe"))(card).order.payment_token == "pm_1"


@pytest.mark.parametrize("body", [None, [], "text", 7])
def test_a_body_that_is_no_object_is_invalid_also_under_a_key(body: object) -> None:
    with pytest.raises(InvalidOrder):
        Desk()(PlaceOrder(body, "k"))
