"""The queue and topic ports, inside the engine's transaction: a subscription is a queue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from ordermill.adapters.local.message_log import LocalMessageLog
from ordermill.domain.commands import ProcessOrder, SendMail
from ordermill.domain.events import OrderEvent
from ordermill.ports.ambient import Clock

_encode = msgspec.json.Encoder().encode


class LocalQueue:
    """Port of one queue."""

    def __init__(self, log: LocalMessageLog, queue: str, clock: Clock) -> None:
        self._log, self._queue, self._clock = log, queue, clock

    def send(self, messages: Sequence[SendMail | ProcessOrder]) -> None:
        """See `MailQueue.send` and `OrderQueue.send`."""
        now = self._clock.now_ms()
        for message in messages:
            self._log.send(self._queue, message.order_id, _encode(message), message, now)


class LocalTopic:
    """Port of one topic: each event goes to every subscribed queue whose filter lets its type through."""

    def __init__(self, log: LocalMessageLog, subscriptions: Mapping[str, Sequence[str] | None], clock: Clock) -> None:
        self._log, self._clock = log, clock
        self._subscriptions = [
            (queue, None if types is None else frozenset(types)) for queue, types in subscriptions.items()
        ]

    def publish(self, events: Sequence[OrderEvent]) -> None:
        """See `EventTopic.publish`."""
        now = self._clock.now_ms()
        for event in events:
            body = _encode(event)
            for queue, types in self._subscriptions:
                if types is None or event.type in types:
                    self._log.send(queue, event.subject, body, event, now)

    def publish_json(self, message: Any, order_id: str | None) -> None:
        """What a workflow publishes: JSON as it is, which has a type only where it says so."""
        type_, body = message.get("type") if isinstance(message, dict) else None, _encode(message)
        for queue, types in self._subscriptions:
            if types is None or type_ in types:
                self._log.send(queue, order_id, body, None, self._clock.now_ms())
