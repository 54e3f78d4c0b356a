"""`record_order_event`: keeps every order event in the permanent log."""

from __future__ import annotations

from ordermill.domain.events import OrderEvent
from ordermill.ports.stores import EventLog


def record_order_event(message: OrderEvent, *, events: EventLog) -> None:
    """Store the event, which stays for good, without what it carries of a person; a repeat changes nothing."""
    events.append(message.without_order())
