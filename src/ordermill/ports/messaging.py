"""Queues and topics: at least once, in no promised order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from ordermill.domain.alerts import Alert
from ordermill.domain.commands import DeliverAlert, ProcessOrder, SendMail, TellSubscribers
from ordermill.domain.events import OrderEvent

ORDER_QUEUE: Final = "order-queue"
"""Which `process_order` consumes in every pipeline: where it is not the intake's way, as one that was left (ADR 5)."""

MESSAGE_LIMIT: Final = 256 * 1024
"""Bytes: how large a message is at most, with all that goes with it."""

LONGEST_DELAY_MS: Final = 900_000
"""What a message can be sent for later at most: a quarter of an hour, as in the queues of the cloud."""


class MessageTooLarge(Exception):
    """The message exceeds MESSAGE_LIMIT: it will never go."""

    def __init__(self, size: int, to: str) -> None:
        super().__init__(f"{size} bytes; a message to {to} has at most {MESSAGE_LIMIT}")


class OrderQueue(Protocol):
    """Queue `order-queue`."""

    def send(self, messages: Sequence[ProcessOrder]) -> None:
        """Send all messages, or raise; MessageTooLarge beyond 256 KiB each, which the largest valid order keeps."""
        ...


class MailQueue(Protocol):
    """Queue `mail-queue`."""

    def send(self, messages: Sequence[SendMail]) -> None:
        """Send all messages, or raise; at most 256 KiB each."""
        ...


class SubscriberQueue(Protocol):
    """Queue `on-order-deleted`, to which its own consumer sends what it has still to do."""

    def send(self, messages: Sequence[TellSubscribers]) -> None:
        """Send all messages, or raise."""
        ...


class AlertQueue(Protocol):
    """Queue `alert-queue`."""

    def send(self, messages: Sequence[DeliverAlert], *, delay_ms: int = 0) -> None:
        """Send all messages, or raise. Nobody receives them before `delay_ms` have passed, at most LONGEST_DELAY_MS."""
        ...


class EventTopic(Protocol):
    """Topic `order-events`; every subscription is a queue with a filter on the event's type."""

    def publish(self, events: Sequence[OrderEvent]) -> None:
        """Publish all events, or raise."""
        ...


class AlertTopic(Protocol):
    """Topic `alerts`."""

    def publish(self, alerts: Sequence[Alert]) -> None:
        """Publish all alerts, or raise."""
        ...
