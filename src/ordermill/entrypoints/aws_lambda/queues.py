"""Messages that a queue's mapping hands over: each is done, comes again later, or becomes a dead letter, by itself.

A message that failed is shown again after the same back-off as locally, not after its visibility timeout, which is for
a process that hangs or dies. After its last receive it is sent to the dead letters with what is known of it; what kills
the process gets there by the queue's own redrive, which knows less.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from time import perf_counter
from typing import Any, Final

import msgspec

from ordermill.adapters.aws.queues import SqsReceiver, send_bodies
from ordermill.bootstrap.aws import LambdaFunction
from ordermill.bootstrap.decoding import adapter_of, change_decoder_of, decoder_of
from ordermill.domain.backoff import Backoff
from ordermill.domain.errors import named_error
from ordermill.domain.events import OrderChange
from ordermill.entrypoints.aws_lambda.telemetry import tell
from ordermill.ports.messaging import LONGEST_DELAY_MS
from ordermill.ports.services import ServiceUnavailable
from ordermill.topology.names import DEAD_LETTERS, LETTER_RECEIVES, STREAM_RECEIVES, retry_queues

log = logging.getLogger(__name__)

REDRIVES: Final = "redrives"
REST_MS: Final = 5000
"""How long a message rests whose service is away, where the service doesn't say."""
_SHARE_KEPT: Final = 3
"""A third of the function's time must be left to begin another message."""

Record = Mapping[str, Any]
Left = Callable[[], int]
"""How many milliseconds the call has left."""


class QueueConsumer:
    """Takes the messages of one function's queues."""

    def __init__(self, function: LambdaFunction) -> None:
        self._function, name = function, function.name
        self._changes = {
            queue: place
            for place, queue in retry_queues(function.topology, function.pipeline).items()
            if place.endswith(f">{name}")
        }
        self._letters = function.spec.trigger.kind == "dead_letters"
        if not self._letters:
            self._decode, self._adapt = decoder_of(name), adapter_of(name)
            self._from_change = change_decoder_of(name)
        self._decode_change = msgspec.json.Decoder(OrderChange).decode

    def take(self, records: Sequence[Record], left: Left) -> dict[str, Any]:
        """Which of them are to come again, in the form that the mapping wants."""
        reserve = 1000 * self._function.spec.timeout_s // _SHARE_KEPT

        def taken(record: Record) -> bool:
            if left() < reserve:
                # There is no time to do it and to say so.
                self._hide(record, 0)
                return False
            return self._done(record)

        done = self._function.run_each(records, taken)
        failed = [record["messageId"] for record, well in zip(records, done, strict=True) if not well]
        return {"batchItemFailures": [{"itemIdentifier": id_} for id_ in failed]}

    def _done(self, record: Record) -> bool:
        """Whether nothing of it is left to do here."""
        since, name = perf_counter(), self._function.name
        queue, receives = self._queue_of(record), int(record["attributes"]["ApproximateReceiveCount"])
        edge = f"{queue}>{name}"
        message = None
        try:
            messages = self._messages_of(queue, record)
            for message in messages:
                self._function.run(message)
        except ServiceUnavailable as away:
            tell(edge, name, order_of(message), "retry", receives, since, away)
            return self._sent_again(queue, record, away) or self._hidden(record, receives)
        except Exception as error:
            most = self._most(queue)
            dead = receives >= most
            tell(edge, name, order_of(message), "dead" if dead else "retry", receives, since, error)
            if dead and self._buried(queue, record, message, error):
                return True
            return self._hidden(record, receives)
        tell(edge, name, order_of(message), "ok", receives, since)
        return True

    def _messages_of(self, queue: str, record: Record) -> Sequence[Any]:
        """What the record says: one message, but for a notification of change records that came to grief."""
        body = record["body"].encode("utf-8", "surrogatepass")
        if self._letters:
            from ordermill.entrypoints.aws_lambda.letters import letters_of

            return letters_of(record, self._function)
        if queue in self._changes:
            try:
                return [self._from_change(self._decode_change(body))]
            except msgspec.ValidationError:
                # What is redriven or swept may come here too, as the function's own message.
                return [self._decode(body)]
        message = self._decode(body)
        return [message if self._adapt is None else self._adapt(message)]

    def _most(self, queue: str) -> int:
        known = self._function.topology.queues.get(queue)
        if known is not None:
            return known.max_receives
        return LETTER_RECEIVES if self._letters else STREAM_RECEIVES

    def _queue_of(self, record: Record) -> str:
        """The queue's name in the topology."""
        name: str = record["eventSourceARN"].rpartition(":")[2]
        return name.removeprefix(f"{self._function.deployment.prefix}-")

    def _sent_again(self, queue: str, record: Record, away: ServiceUnavailable) -> bool:
        """Send it anew, so that the time its service is away uses up no receive."""
        delay_s = min(math.ceil((away.rest_ms or REST_MS) / 1000), LONGEST_DELAY_MS // 1000)
        try:
            attributes = {REDRIVES: _redrives(record)} if _redrives(record) else {}
            send_bodies(self._function.deployment, queue, [(record["body"], attributes)], delay_s=delay_s)
        except Exception:
            log.exception("a message could not be sent again", extra={"queue": queue})
            return False
        return True

    def _hidden(self, record: Record, receives: int) -> bool:
        """It comes again after its back-off; False."""
        self._hide(record, later_s(self._function, receives))
        return False

    def _hide(self, record: Record, seconds: int) -> None:
        try:
            SqsReceiver(self._function.deployment, self._queue_of(record)).hide(record["receiptHandle"], seconds)
        except Exception:
            # Then it comes again when its visibility timeout is over.
            log.exception("a message could not be shown again sooner", extra={"queue": self._queue_of(record)})

    def _buried(self, queue: str, record: Record, message: Any, error: Exception) -> bool:
        """Send it to the dead letters, and let the function note it. What is a dead letter already stays for people."""
        if self._letters:
            log.critical("a dead letter could not be taken", exc_info=error, extra={"messageId": record["messageId"]})
            return False
        said = named_error(error)
        if message is not None:
            try:
                self._function.gave_up(message, said)
            except Exception:
                log.exception("a function could not note that it gave up", extra={"queue": queue})
        attributes: dict[str, str | int] = {
            "queue": self._changes.get(queue, queue),
            "function": self._function.name,
            "error": one_attribute(said),
            "receives": int(record["attributes"]["ApproximateReceiveCount"]),
            "letterId": record["messageId"],
        }
        if _redrives(record):
            attributes[REDRIVES] = _redrives(record)
        if order_of(message) is not None:
            attributes["orderId"] = order_of(message) or ""
        send = partial(send_bodies, self._function.deployment, DEAD_LETTERS)
        try:
            send([(record["body"], attributes)])
        except Exception:
            log.exception("a message could not be sent to the dead letters", extra={"queue": queue})
            return False
        return True


def later_s(function: LambdaFunction, receives: int) -> int:
    """The back-off after so many receives, in seconds: queues know no less."""
    return round(Backoff(function.settings.retry_base_ms, function.ambient.chance).delay_ms(receives) / 1000)


def order_of(message: Any) -> str | None:
    """The order that a message is about: the one it names, an event's subject, or a change record's."""
    order_id: str | None = getattr(message, "order_id", None) or getattr(message, "subject", None)
    return order_id or getattr(getattr(message, "order", None), "order_id", None)


def one_attribute(text: str) -> str:
    """The text as a message's attribute may have it: not empty, of XML's characters, and short."""
    return "".join(char if char.isprintable() else " " for char in text)[:1000].strip() or "unknown"


def _redrives(record: Record) -> int:
    value = record.get("messageAttributes", {}).get(REDRIVES, {}).get("stringValue", "0")
    return int(value) if value.isdecimal() else 0
