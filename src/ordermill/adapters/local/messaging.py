"""The queue and topic ports, inside the engine's transaction: a subscription is a queue. And what sends on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import msgspec

from ordermill.adapters.local.message_log import LocalMessageLog
from ordermill.adapters.local.stream_log import LocalStreamLog
from ordermill.domain.alerts import Alert
from ordermill.domain.commands import DeliverAlert, ProcessOrder, SendMail, TellSubscribers
from ordermill.domain.dead_letters import DeadLetter, body_of
from ordermill.domain.events import OrderChange, OrderEvent
from ordermill.ports.ambient import Clock
from ordermill.ports.messaging import LONGEST_DELAY_MS, ORDER_QUEUE

_Message = SendMail | ProcessOrder | DeliverAlert | TellSubscribers

_encode = msgspec.json.Encoder().encode
_decode_change = msgspec.json.Decoder(OrderChange).decode


class LocalQueue:
    """Port of one queue."""

    def __init__(
        self, log: LocalMessageLog, queue: str, clock: Clock, steady_ms: Callable[[], int] | None = None
    ) -> None:
        """`steady_ms` is the runtime's own time, by which messages wait."""
        self._log, self._queue, self._clock = log, queue, clock
        self._steady_ms = steady_ms or clock.now_ms

    def send(self, messages: Sequence[_Message], *, delay_ms: int = 0) -> None:
        """See `MailQueue.send`, `OrderQueue.send` and `AlertQueue.send`. Raises ValueError at too long a delay."""
        now = self._clock.now_ms()
        if delay_ms:
            self._send_later(messages, now, delay_ms)
            return
        for message in messages:
            self._log.send(self._queue, message.order_id, _encode(message), message, now)

    def _send_later(self, messages: Sequence[_Message], now: int, delay_ms: int) -> None:
        if not 0 < delay_ms <= LONGEST_DELAY_MS:
            raise ValueError(f"a message cannot be sent for {delay_ms} ms later")
        retry_at = self._steady_ms() + delay_ms
        for message in messages:
            self._log.send_later(self._queue, message.order_id, _encode(message), now, retry_at)


class LocalTopic:
    """Port of one topic: what is published goes to every subscribed queue whose filter lets its type through."""

    def __init__(self, log: LocalMessageLog, subscriptions: Mapping[str, Sequence[str] | None], clock: Clock) -> None:
        self._log, self._clock = log, clock
        self._subscriptions = [
            (queue, None if types is None else frozenset(types)) for queue, types in subscriptions.items()
        ]

    def publish(self, messages: Sequence[OrderEvent | Alert]) -> None:
        """See `EventTopic.publish` and `AlertTopic.publish`."""
        for message in messages:
            if isinstance(message, OrderEvent):
                self._send(message.type, message.subject, _encode(message), message)
            else:
                self._send(None, message.order_id, _encode(message), message)

    def publish_json(self, message: Any, order_id: str | None) -> None:
        """What a workflow publishes: JSON as it is, which has a type only where it says so."""
        self._send(message.get("type") if isinstance(message, dict) else None, order_id, _encode(message), None)

    def _send(self, type_: str | None, order_id: str | None, body: bytes, payload: OrderEvent | Alert | None) -> None:
        now = self._clock.now_ms()
        for queue, types in self._subscriptions:
            if types is None or type_ in types:
                self._log.send(queue, order_id, body, payload, now)


class LocalMessages:
    """Service `messages`. `queues` and `consumers` (`table>function`) are what has a consumer in this pipeline."""

    def __init__(
        self,
        log: LocalMessageLog,
        stream: LocalStreamLog,
        clock: Clock,
        queues: Collection[str],
        consumers: Collection[str],
        *,
        streamed: bool = False,
    ) -> None:
        """`streamed`: a new order's change record leads to its processing."""
        self._streamed = streamed
        self._log, self._stream, self._clock = log, stream, clock
        self._queues, self._consumers = frozenset(queues), frozenset(consumers)

    def reaches(self, letter: DeadLetter) -> bool:
        """See `Messages.reaches`."""
        return letter.queue in self._queues or letter.queue in self._consumers

    def redrive(self, letter: DeadLetter) -> None:
        """See `Messages.redrive`."""
        redrives = letter.redrives + 1
        if letter.queue in self._consumers:
            self._stream.resend(letter.function, _decode_change(letter.payload), redrives)
            return
        body = body_of(letter.payload)
        self._log.send(letter.queue, letter.order_id, body, None, self._clock.now_ms(), redrives)

    def start(self, messages: Sequence[ProcessOrder]) -> None:
        """See `Messages.start`."""
        if not self._streamed:
            for message in messages:
                self.process(message)

    def process(self, message: ProcessOrder) -> None:
        """See `Messages.process`."""
        self._log.send(ORDER_QUEUE, message.order_id, _encode(message), message, self._clock.now_ms())
