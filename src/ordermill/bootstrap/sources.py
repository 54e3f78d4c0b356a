"""The consumers of queues and of the change stream, as the topology names them."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from ordermill.adapters.local.store import LocalStore
from ordermill.bootstrap.binding import Wiring, message_type, module_of
from ordermill.domain.events import OrderChange
from ordermill.ports.ambient import Settings
from ordermill.runtime.backoff import Backoff
from ordermill.runtime.cycle import Source
from ordermill.runtime.handlers import ChangeFilter, Receiving
from ordermill.runtime.queue_source import QueueSource
from ordermill.runtime.stream_source import StreamSource
from ordermill.runtime.time import AnchoredClock
from ordermill.topology.model import FunctionSpec, StreamPattern, Topology
from ordermill.topology.views import enabled, left_behind

_STREAM_RECEIVES: Final = 5
_STREAM_VISIBILITY_S: Final = 180
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
        """One source for each function that a queue or the stream triggers in `pipeline`, and for those left behind.

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
            return QueueSource(
                self.wiring.handler(name, spec),
                trigger.source,
                messages=self.store.messages,
                decode=msgspec.json.Decoder(message_type_of(name)).decode,
                receiving=self._receiving(queue.max_receives, queue.visibility_s),
            )
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
        return None

    def _receiving(self, max_receives: int, visibility_s: int) -> Receiving:
        visibility_ms = 1000 * (self.deadlines.visibility_s or visibility_s)
        backoff = Backoff(self.settings.retry_base_ms, self.deadlines.chance)
        return Receiving(max_receives, visibility_ms, self.deadlines.in_flight, backoff, self.clock.now_ms)


def _as_it_is(change: OrderChange) -> OrderChange:
    return change


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
