"""The functions that tell of an order, and those that only read or import."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ordermill.domain.catalogue import Product
from ordermill.domain.commands import GetOrder, GetOrders, GetProducts, SendMail, UpdateCatalogue
from ordermill.domain.deletion import deleted, stub
from ordermill.domain.errors import InvalidCatalogue, NotFound
from ordermill.domain.events import OrderChange, OrderEvent, events_of
from ordermill.domain.order import Order, Status, Step, advance
from ordermill.domain.order_list import OrderFilter, OrderPage
from ordermill.functions.get_order_by_id import get_order_by_id
from ordermill.functions.get_orders import get_orders
from ordermill.functions.get_products import get_products
from ordermill.functions.notify_customer import notify_customer
from ordermill.functions.publish_order_event import publish_order_event
from ordermill.functions.record_order_event import record_order_event
from ordermill.functions.update_catalogue import update_catalogue
from ordermill.ports.ambient import Settings
from tests.unit.functions.functions_kit import (
    NOW,
    Clock,
    MailQueue,
    Orders,
    Outbox,
    Products,
    Tables,
    Tokens,
)

MakeOrder = Callable[..., Order]
PATH = [Step(Status.CONFIRMED), Step(Status.PAID), Step(Status.PROCESSED)]


def events(order: Order, old_version: int = 0) -> list[OrderEvent]:
    return events_of(OrderChange("MODIFY", old_version, None, order))


def test_each_history_entry_that_a_change_added_is_published_once(make_order: MakeOrder) -> None:
    order, topic = advance(make_order(), PATH, at=NOW, by="process_order"), Outbox()
    publish_order_event(OrderChange("MODIFY", 2, Status.CONFIRMED, order), order_events=topic)
    assert [(event.id, event.type) for event in topic.events] == [
        ("ord_1/3", "OrderPaid"),
        ("ord_1/4", "OrderProcessed"),
    ]


def test_an_event_is_recorded_as_it_is(make_order: MakeOrder) -> None:
    (event,), log = events(make_order()), Outbox()
    record_order_event(event, events=log)
    assert log.events == [event]


def notified(order: Order | None, event: OrderEvent) -> list[SendMail]:
    clock, queue = Clock(), MailQueue()
    tables = Tables(clock)
    if order is not None:
        tables.orders[order.order_id] = order
    notify_customer(
        event,
        orders=Orders(tables, clock),
        tokens=Tokens(),
        mail_queue=queue,
        settings=Settings(public_url="https://shop.example"),
    )
    return queue.sent


def test_what_is_kept_of_a_deletion_names_no_person(make_order: MakeOrder) -> None:
    gone, log = deleted(make_order(), at=NOW, by="staff"), Outbox()
    last = events(gone)[-1]
    assert last.data.order == gone
    record_order_event(last, events=log)
    assert log.events == [last.without_order()]


def test_the_event_of_a_deletion_calls_for_every_mail_that_the_order_did(make_order: MakeOrder) -> None:
    """The earlier events may come after the archive, when the order is no more than a stub."""
    order = advance(make_order(), PATH, at=NOW, by="process_order")
    gone = deleted(order, at=NOW, by="staff")
    *_, cancelled, last = events(gone)
    left = stub(gone)
    mails = notified(left, last)
    assert [mail.mail_id for mail in mails] == ["ord_1-OrderProcessed", "ord_1-OrderCancelled"]
    assert notified(gone, cancelled) == [mails[1]]
    assert notified(left, cancelled) == []
    # One that was retried was confirmed once.
    assert [mail.mail_id for mail in notified(None, events(deleted(make_order(), at=NOW, by="staff"))[-1])] == [
        "ord_1-OrderCancelled"
    ]


def test_an_event_becomes_one_mail_with_the_holders_link(make_order: MakeOrder) -> None:
    order = advance(make_order(), PATH, at=NOW, by="process_order")
    (mail,) = notified(order, events(order)[-1])
    assert (mail.mail_id, mail.order_id, mail.to) == ("ord_1-OrderProcessed", "ord_1", "ada@example.org")
    assert mail.content is not None
    assert mail.content.link == "https://shop.example/#order=ord_1&token=token of ord_1"
    assert notified(order, events(order)[-1]) == [mail]


def test_nobody_is_told_of_an_order_that_is_gone(make_order: MakeOrder) -> None:
    assert notified(None, events(make_order())[0]) == []


def test_an_order_is_read_or_not_found(make_order: MakeOrder) -> None:
    tables = Tables(Clock())
    tables.orders["ord_1"] = make_order()
    orders = Orders(tables, Clock())
    assert get_order_by_id(GetOrder("ord_1"), orders=orders) == make_order()
    with pytest.raises(NotFound):
        get_order_by_id(GetOrder("ord_2"), orders=orders)


def test_orders_are_listed_page_by_page(make_order: MakeOrder) -> None:
    tables = Tables(Clock())
    tables.orders = {name: make_order(name) for name in ("ord_1", "ord_2", "ord_3")}
    orders, everything = Orders(tables, Clock()), OrderFilter(status=Status.PENDING)
    first = get_orders(GetOrders(everything, 2), orders=orders)
    assert [order.order_id for order in first.orders] == ["ord_3", "ord_2"]
    last = get_orders(GetOrders(everything, 2, first.next), orders=orders)
    assert ([order.order_id for order in last.orders], last.next) == (["ord_1"], None)
    assert get_orders(GetOrders(OrderFilter(status=Status.PAID), 2), orders=orders) == OrderPage((), None)


def test_the_catalogue_is_imported_whole_or_not_at_all_and_listed() -> None:
    tables = Tables(Clock())
    products = Products(tables)
    head = "sku,name,price,currency,stock\n"
    with pytest.raises(InvalidCatalogue):
        update_catalogue(UpdateCatalogue(head + "PEN,Pen,1.50,USD,3\nCAP,Cap,x,USD,\n"), products=products)
    assert tables.products == []
    assert update_catalogue(UpdateCatalogue(head + "PEN,Pen,1.50,USD,3\n"), products=products) == 1
    assert get_products(GetProducts(), products=products) == [Product("PEN", "Pen", 150, "USD", 3)]
