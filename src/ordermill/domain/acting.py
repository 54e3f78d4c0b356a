"""What comes of an action: the order as it is then, and what else has to change in the same write."""

from __future__ import annotations

from typing import NamedTuple

from msgspec.structs import replace

from ordermill.domain.actions import Asked
from ordermill.domain.deletion import deleted
from ordermill.domain.exits import cancelled, retried, stock_back
from ordermill.domain.order import Order, Shipment, Status, Step, advance


class Acted(NamedTuple):
    """`order` is the same value where nothing changes.

    `back` is the stock's movement that goes with it, `resolves` says that the order's dead letters are closed with it.
    """

    order: Order
    back: dict[str, int]
    resolves: bool = False


def act(order: Order, asked: Asked, *, at: int, by: str) -> Acted:
    """The order after the action; one that stands there already is left as it is. Raises InvalidTransition."""
    match asked.action:
        case "cancel":
            left = cancelled(order, at=at, by=by, why=asked.reason)
            return Acted(left, {} if left is order else stock_back(order))
        case "retry":
            return Acted(retried(order, at=at, by=by, why=asked.reason), {}, resolves=True)
        case "ship":
            return Acted(shipped(order, asked, at=at, by=by), {})
        case "deliver":
            return Acted(delivered(order, at=at, by=by, why=asked.reason), {})
        case "delete":
            gone = deleted(order, at=at, by=by, why=asked.reason)
            return Acted(gone, {} if gone.status is order.status else stock_back(order), resolves=True)


def shipped(order: Order, asked: Asked, *, at: int, by: str) -> Order:
    """The order SHIPPED, with its shipment; one that is SHIPPED keeps the shipment it has. Raises InvalidTransition."""
    sent = advance(order, [Step(Status.SHIPPED, note=asked.reason)], at=at, by=by)
    return order if sent is order else replace(sent, shipment=Shipment(asked.carrier, asked.tracking_number, at))


def delivered(order: Order, *, at: int, by: str, why: str | None = None) -> Order:
    """The order DELIVERED, its shipment with the time. Raises InvalidTransition."""
    there = advance(order, [Step(Status.DELIVERED, note=why)], at=at, by=by)
    if there is order or there.shipment is None:
        return there
    return replace(there, shipment=replace(there.shipment, delivered_at=at))
