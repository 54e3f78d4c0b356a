"""`publish_order_event`: announces each change of an order on the topic `order-events`."""

from __future__ import annotations

from ordermill.domain.events import OrderChange, events_of
from ordermill.ports.messaging import EventTopic


def publish_order_event(message: OrderChange, *, order_events: EventTopic) -> None:
    """Publish one event per history entry that the change added."""
    events = events_of(message)
    if events:
        order_events.publish(events)
