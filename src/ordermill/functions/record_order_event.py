"""`record_order_event`: keeps every order event in the permanent log."""

from __future__ import annotations

from ordermill.domain.events import OrderEvent
from ordermill.ports.stores import EventLog


def record_order_event(message: OrderEvent, *, events: EventLog) -> None:
    """Store the event; a repeat changes nothing."""
    events.append(message)
