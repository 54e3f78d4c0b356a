"""The consumers of queues and of the change stream, as the topology names them."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ordermill.adapters.local.store import LocalStore
from ordermill.bootstrap.binding import Wiring
from ordermill.bootstrap.decoding import adapter_of, change_decoder_of, decoder_of
from ordermill.domain.backoff import Backoff
from ordermill.domain.dead_letters import DEAD_LETTERS
from ordermill.ports.ambient import Settings
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
                decode=change_decoder_of(name),
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
            decode=decoder_of(name),
            adapt=adapter_of(name),
            receiving=self._receiving(max_receives, visibility_s, getattr(handler, "in_flight", None)),
        )

    def _receiving(self, max_receives: int, visibility_s: int, in_flight: int | None = None) -> Receiving:
        visibility_ms = 1000 * (self.deadlines.visibility_s or visibility_s)
        backoff = Backoff(self.settings.retry_base_ms, self.deadlines.chance)
        in_flight = min(self.deadlines.in_flight, in_flight or _IN_FLIGHT)
        return Receiving(max_receives, visibility_ms, in_flight, backoff, self.clock.now_ms)


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
