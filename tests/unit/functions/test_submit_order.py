"""`submit_order`: what is queued, under which key, and what a repeat does at each point."""

from __future__ import annotations

import pytest

from ordermill.domain.catalogue import Product
from ordermill.domain.commands import Placed, PlaceOrder, ProcessOrder
from ordermill.domain.errors import IdempotencyKeyInvalid, IdempotencyKeyReused, InvalidOrder
from ordermill.domain.idempotency import KEY_LIFETIME_MS
from ordermill.domain.order import Order, Status, Step, advance
from ordermill.functions.submit_order import submit_order
from ordermill.ports.ambient import Settings
from tests.unit.functions.functions_kit import (
    NOW,
    Claims,
    Clock,
    Ids,
    OrderQueue,
    Orders,
    Products,
    Tables,
    Tokens,
    request,
)
from tests.unit.functions.images_kit import Images


class Desk:
    """`submit_order` with its ports; `blind`: another request with the same key came between look and write."""

    def __init__(self, *products: Product, settings: Settings | None = None, blind: bool = False) -> None:
        self.clock, self.ids, self.queue = Clock(), Ids(), OrderQueue()
        self.tables = Tables(self.clock, products)
        self._settings, self._blind = settings or Settings(), blind

    def __call__(self, message: PlaceOrder) -> Placed[Order]:
        return submit_order(
            message,
            orders=Orders(self.tables, self.clock),
            idempotency=Claims(self.tables, blind=self._blind),
            products=Products(self.tables),
            images=Images(self.tables, self.clock),
            tokens=Tokens(),
            order_queue=self.queue,
            clock=self.clock,
            ids=self.ids,
            settings=self._settings,
        )


def test_a_valid_request_is_sent_whole_and_makes_no_record() -> None:
    desk = Desk()
    placed = desk(request(customerName="Ada"))
    order = placed.order
    assert (placed.token, placed.replayed) == ("token of ord_1", False)
    assert (order.status, order.total, order.customer_name, order.created_at) == (Status.PENDING, 1998, "Ada", NOW)
    assert [(e.seq, e.status, e.at, e.by) for e in order.history] == [(1, "PENDING", NOW, "submit_order")]
    assert desk.queue.sent == [ProcessOrder("ord_1", 1, order)]
    assert (desk.tables.orders, desk.tables.claims) == ({}, {})


def test_an_invalid_request_sends_nothing_and_takes_no_key() -> None:
    desk = Desk()
    with pytest.raises(InvalidOrder):
        desk(request("k", items=[]))
    assert (desk.queue.sent, desk.tables.claims, desk.ids.given) == ([], {}, 0)


def test_a_claim_holds_the_order_itself() -> None:
    desk = Desk()
    order = desk(request("k")).order
    (claim,) = desk.tables.claims.values()
    assert (claim.order_id, claim.order, claim.expires_at) == ("ord_1", order, NOW + KEY_LIFETIME_MS)


@pytest.mark.parametrize("blind", [False, True], ids=["seen", "raced"])
def test_a_replay_before_there_is_a_record_sends_the_same_order_again(blind: bool) -> None:
    desk = Desk(blind=blind)
    first, again = desk(request("k")), desk(request(idempotency_key="k"))
    assert (again.order, again.token, again.replayed) == (first.order, first.token, True)
    assert desk.queue.sent == [ProcessOrder("ord_1", 1, first.order)] * 2


def test_a_claim_whose_message_was_never_sent_is_completed_by_its_repeat() -> None:
    desk = Desk()
    desk.queue.down = OSError("cut off between claim and message")
    with pytest.raises(OSError, match="cut off"):
        desk(request("k"))
    desk.queue.down = None
    desk.clock.ms += 5000
    again = desk(request("k"))
    assert (again.replayed, again.order.order_id, again.order.created_at) == (True, "ord_1", NOW)
    assert desk.queue.sent == [ProcessOrder("ord_1", 1, again.order)]


@pytest.mark.parametrize("blind", [False, True], ids=["seen", "raced"])
def test_a_replay_answers_the_record_as_it_stands_and_sends_nothing(blind: bool) -> None:
    desk = Desk(blind=blind)
    order = desk(request("k")).order
    rejected = advance(order, [Step(Status.REJECTED)], at=5, by="process_order")
    desk.tables.orders["ord_1"] = rejected
    again = desk(request("k"))
    assert (again.order, again.replayed) == (rejected, True)
    assert len(desk.queue.sent) == 1


@pytest.mark.parametrize("blind", [False, True], ids=["seen", "raced"])
def test_the_same_key_with_another_body_is_refused(blind: bool) -> None:
    desk = Desk(blind=blind)
    desk(request("k"))
    with pytest.raises(IdempotencyKeyReused):
        desk(request("k", note="other"))
    assert len(desk.queue.sent) == len(desk.tables.claims) == 1


def test_a_key_holds_for_a_day() -> None:
    desk = Desk()
    desk(request("k"))
    desk.clock.ms = NOW + KEY_LIFETIME_MS - 1
    assert desk(request("k")).replayed
    desk.clock.ms = NOW + KEY_LIFETIME_MS
    later = desk(request("k"))
    assert (later.replayed, later.order.order_id) == (False, "ord_2")


def test_the_key_of_a_record_that_went_is_refused_where_the_claim_has_no_order() -> None:
    desk = Desk()
    desk(request("k"))
    ((key, claim),) = desk.tables.claims.items()
    # As the pipeline that makes the record at once leaves it.
    desk.tables.claims[key] = Claims(desk.tables).claim(key, claim.fingerprint, "ord_1", claim.expires_at)
    with pytest.raises(IdempotencyKeyReused, match="deleted"):
        desk(request("k"))


@pytest.mark.parametrize(("header", "member"), [("", None), ("a b", None), (None, "é"), ("a", "b")])
def test_a_key_that_is_none_is_refused_before_anything_else(header: str | None, member: object) -> None:
    with pytest.raises(IdempotencyKeyInvalid):
        Desk()(request(header, idempotency_key=member))


def test_the_catalogue_is_asked_as_strictly_as_it_was_set() -> None:
    assert Desk(Product("W", "Widget", 500, "USD", 3))(request()).order.items[0].stock_sku == "W"
    with pytest.raises(InvalidOrder):
        Desk(settings=Settings(catalogue="strict"))(request())


def test_a_card_pays_only_where_cards_are_charged() -> None:
    card = request(paymentToken="pm_1")
    with pytest.raises(InvalidOrder):
        Desk()(card)
    assert Desk(settings=Settings(payments="stripe"))(card).order.payment_token == "pm_1"
