"""Actions on an order: where each leads, from where, and what goes with it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from ordermill.domain.acting import Acted, act
from ordermill.domain.actions import ACTIONS, Action, Asked
from ordermill.domain.deletion import deleted
from ordermill.domain.errors import InvalidTransition
from ordermill.domain.events import EventType, OrderChange, events_of
from ordermill.domain.order import Order, Shipment, Status, Step, advance

MakeOrder = Callable[..., Order]
LEADS = {
    "cancel": (Status.CANCELLED, {"PENDING", "CONFIRMED", "PAID", "PROCESSED", "FAILED"}),
    "retry": (Status.PENDING, {"FAILED"}),
    "ship": (Status.SHIPPED, {"PROCESSED"}),
    "deliver": (Status.DELIVERED, {"SHIPPED"}),
}


def processed(make_order: MakeOrder) -> Order:
    steps = [Step(Status.CONFIRMED), Step(Status.PAID), Step(Status.PROCESSED)]
    return advance(make_order(), steps, at=2, by="process_order")


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("action", [action for action in ACTIONS if action != "delete"])
def test_each_action_leads_where_it_may_from_where_it_may(
    make_order: MakeOrder, action: Action, status: Status
) -> None:
    to, from_ = LEADS[action]
    order = replace(make_order(), status=status)
    if status is to:
        assert act(order, Asked(action, "again", "DHL", "2"), at=9, by="staff").order is order
    elif status in from_:
        after = act(order, Asked(action, "so"), at=9, by="staff").order
        assert (after.status, after.version) == (to, 2)
        assert (after.history[-1].by, after.history[-1].at, after.history[-1].reason) == ("staff", 9, "so")
    else:
        with pytest.raises(InvalidTransition) as refused:
            act(order, Asked(action), at=9, by="staff")
        assert (refused.value.from_, refused.value.to) == (status, to)


def test_what_is_shipped_has_its_shipment_and_when_delivered_the_time(make_order: MakeOrder) -> None:
    sent = act(processed(make_order), Asked("ship", None, "UPS", "1Z"), at=5, by="staff").order
    assert sent.shipment == Shipment("UPS", "1Z", 5)
    there = act(sent, Asked("deliver"), at=7, by="staff").order
    assert there.shipment == Shipment("UPS", "1Z", 5, 7)
    assert [event.type for event in events_of(OrderChange("MODIFY", 4, None, there))] == [
        EventType.ORDER_SHIPPED,
        EventType.ORDER_DELIVERED,
    ]


def test_what_goes_without_carrier_or_number_is_shipped_too(make_order: MakeOrder) -> None:
    sent = act(processed(make_order), Asked("ship"), at=5, by="staff").order
    assert sent.shipment == Shipment(None, None, 5)


def test_an_order_that_was_shipped_by_an_earlier_version_is_delivered(make_order: MakeOrder) -> None:
    order = replace(processed(make_order), status=Status.SHIPPED)
    assert act(order, Asked("deliver"), at=7, by="staff").order.shipment is None


def test_a_cancellation_gives_stock_back_and_a_retry_closes_letters(make_order: MakeOrder) -> None:
    order = replace(make_order(stock_sku="W"), stock_reserved=True)
    assert act(order, Asked("cancel"), at=9, by="staff")[1:] == ({"W": -2}, False)
    assert act(replace(order, status=Status.CANCELLED), Asked("cancel"), at=9, by="staff")[1:] == ({}, False)
    assert act(replace(order, status=Status.FAILED), Asked("retry"), at=9, by="staff")[1:] == ({}, True)
    assert act(replace(order, status=Status.PROCESSED), Asked("ship"), at=9, by="staff")[1:] == ({}, False)


def test_a_deletion_gives_back_what_a_cancellation_would_and_closes_letters(make_order: MakeOrder) -> None:
    order = replace(processed(make_order), stock_reserved=True)
    order = replace(order, items=tuple(replace(line, stock_sku="W") for line in order.items))
    gone = act(order, Asked("delete", "so"), at=9, by="staff")
    assert gone == Acted(deleted(order, at=9, by="staff", why="so"), {"W": -2}, resolves=True)
    # What was delivered keeps its goods.
    arrived = replace(order, status=Status.DELIVERED)
    assert act(arrived, Asked("delete"), at=9, by="staff") == Acted(
        deleted(arrived, at=9, by="staff"), {}, resolves=True
    )
