"""Queues and topics: at least once, in no promised order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ordermill.domain.alerts import Alert
from ordermill.domain.commands import ProcessOrder, SendMail
from ordermill.domain.events import OrderEvent


class OrderQueue(Protocol):
    """Queue `order-queue`."""

    def send(self, messages: Sequence[ProcessOrder]) -> None:
        """Send all messages, or raise; at most 256 KiB each, which the largest valid order keeps."""
        ...


class MailQueue(Protocol):
    """Queue `mail-queue`."""

    def send(self, messages: Sequence[SendMail]) -> None:
        """Send all messages, or raise; at most 256 KiB each."""
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
