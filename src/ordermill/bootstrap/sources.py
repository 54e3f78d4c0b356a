"""The consumers of queues and of the change stream, as the topology names them."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from ordermill.adapters.local.store import LocalStore
from ordermill.bootstrap.binding import Wiring, message_type, module_of
from ordermill.domain.dead_letters import DEAD_LETTERS
from ordermill.domain.events import OrderChange, OrderEvent
from ordermill.ports.ambient import Settings
from ordermill.runtime.backoff import Backoff
from ordermill.runtime.cycle import Source
from ordermill.runtime.handlers import ChangeFilter, Receiving
from ordermill.runtime.queue_source import QueueSource
from ordermill.runtime.schedule_source import ScheduleSource
from ordermill.runtime.stream_source import StreamSource
from ordermill.runtime.time import AnchoredClock
from ordermill.topology.model import FunctionSpec, StreamPattern, Topology
from ordermill.topology.views import enabled, interval_ms, left_behind

_STREAM_RECEIVES: Final = 5
_STREAM_VISIBILITY_S: Final = 180
_LETTER_RECEIVES: Final = 5
"""Of a dead letter, by the function that takes them; nobody takes it after that."""
_TIMEOUTS: Final = 6
"""How many of its function's time-outs a tick stays hidden: as many as a queue's message at least."""
_IN_FLIGHT: Final = 1024
_URGENT: Final = "process_order"
"""Whose messages go first: an order's completion before its announcements."""


@dataclass(slots=True)
class Deadlines:
    """How long the runtime gives what it waits for; the topology's values, which tests shorten.

    `chance` gives numbers from 0 to 1: how much of a back-off's jitter is waited.
    """

    visibility_s: int | None = None
    in_flight: int = _IN_FLIGHT
    interval_ms: int | None = None
    chance: Callable[[], float] = random.random


@dataclass(slots=True)
class Sourcing:
    """What building a source needs."""

    topology: Topology
    wiring: Wiring
    store: LocalStore
    settings: Settings
    clock: AnchoredClock
    deadlines: Deadlines

    def of(self, pipeline: str) -> list[Source]:
        """A source for each function that a queue, the stream or a schedule triggers in `pipeline`, and for those left.

        The urgent function's come first, and of these what other pipelines left, for it is older and comes to an end.
        """
        left = [(name, spec, True) for name, spec in left_behind(self.topology, pipeline)]
        own = [(name, spec, False) for name, spec in enabled(self.topology, pipeline).items()]
        ordered = sorted([*left, *own], key=lambda consumer: consumer[0] != _URGENT)
        made = [self._source(name, spec, draining=draining) for name, spec, draining in ordered]
        return [source for source in made if source is not None]

    def _source(self, name: str, spec: FunctionSpec, *, draining: bool) -> Source | None:
        trigger = spec.trigger
        if trigger.kind == "queue":
            queue = self.topology.queues[trigger.source]
            return self._queue(name, spec, trigger.source, queue.max_receives, queue.visibility_s)
        if trigger.kind == "dead_letters":
            return self._queue(name, spec, DEAD_LETTERS, _LETTER_RECEIVES, _STREAM_VISIBILITY_S)
        if trigger.kind == "stream":
            return StreamSource(
                self.wiring.handler(name, spec),
                trigger.source,
                changes=self.store.stream,
                messages=self.store.messages,
                decode=getattr(module_of(name), "from_change", _as_it_is),
                filters=[_filter(pattern) for pattern in trigger.filter or (StreamPattern(),)],
                receiving=self._receiving(_STREAM_RECEIVES, _STREAM_VISIBILITY_S),
                draining=draining,
            )
        if trigger.kind == "schedule":
            return ScheduleSource(
                self.wiring.handler(name, spec),
                trigger.source,
                interval_ms=self.deadlines.interval_ms or interval_ms(trigger.source),
                log=self.store.schedules,
                receiving=self._receiving(1, _TIMEOUTS * spec.timeout_s),
            )
        return None

    def _queue(self, name: str, spec: FunctionSpec, queue: str, max_receives: int, visibility_s: int) -> QueueSource:
        handler = self.wiring.handler(name, spec)
        return QueueSource(
            handler,
            queue,
            messages=self.store.messages,
            decode=_decoder(name),
            adapt=_adapter(name),
            receiving=self._receiving(max_receives, visibility_s, getattr(handler, "in_flight", None)),
        )

    def _receiving(self, max_receives: int, visibility_s: int, in_flight: int | None = None) -> Receiving:
        visibility_ms = 1000 * (self.deadlines.visibility_s or visibility_s)
        backoff = Backoff(self.settings.retry_base_ms, self.deadlines.chance)
        in_flight = min(self.deadlines.in_flight, in_flight or _IN_FLIGHT)
        return Receiving(max_receives, visibility_ms, in_flight, backoff, self.clock.now_ms)


def _as_it_is(change: OrderChange) -> OrderChange:
    return change


class _Peek(msgspec.Struct):
    """What tells a CloudEvent from the function's own messages."""

    specversion: str | None = None


def _decoder(function: str) -> Callable[[bytes], Any]:
    """How a queue's bodies are read: in the function's own way, as its messages, or as events where it takes those."""
    own: Callable[[bytes], Any] | None = getattr(module_of(function), "from_json", None)
    decode = own or msgspec.json.Decoder(message_type_of(function)).decode
    if not hasattr(module_of(function), "from_event"):
        return decode
    decode_event = msgspec.json.Decoder(OrderEvent).decode

    def either(body: bytes) -> Any:
        try:
            return decode(body)
        except msgspec.ValidationError:
            # An event has none of the members that a message must have.
            if msgspec.json.decode(body, type=_Peek).specversion is None:
                raise
        return decode_event(body)

    return either


def _adapter(function: str) -> Callable[[Any], Any] | None:
    """What makes the function's message of an event, if it takes such."""
    from_event: Callable[[OrderEvent], Any] | None = getattr(module_of(function), "from_event", None)
    if from_event is None:
        return None
    return lambda message: from_event(message) if isinstance(message, OrderEvent) else message


def message_type_of(function: str) -> Any:
    """The type of the message that the function takes from a queue."""
    module = module_of(function)
    return message_type(getattr(module, "prepare", None) or getattr(module, function))


def _filter(pattern: StreamPattern) -> ChangeFilter:
    """The pattern as the local stream can apply it: by event, old and new status."""
    events = frozenset(pattern.event or ("INSERT", "MODIFY", "REMOVE"))
    old, new = pattern.old or {}, pattern.new or {}
    if (old.keys() | new.keys()) - {"status"}:
        raise ValueError("a stream filter can look at the status alone")
    return ChangeFilter(
        events,
        frozenset(old["status"]) if "status" in old else None,
        frozenset(new["status"]) if "status" in new else None,
    )
