"""Orders from before: their events in the permanent log, sent as the hops that made them, ahead of what the ring holds.

The log and the ring overlap: what both know is taken from the ring. An event is known to the ring where it happened
while the event's function was at work on its order, as a hop in the ring tells.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from typing import Final, Protocol, TypeVar

from ordermill.domain.dead_letters import DEAD_LETTERS
from ordermill.domain.events import OrderEvent
from ordermill.entrypoints.live.filters import REPLAY_MAX, Filter, Wish
from ordermill.entrypoints.live.views import gap_event, replayed_event
from ordermill.ports.hops import Hop
from ordermill.runtime.hop_ring import HopRing
from ordermill.topology.model import Topology
from ordermill.topology.views import enabled

PAGE: Final = 500
_SLACK_MS: Final = 10
"""How far the clock may step between an event and the end of its hop."""

_PEOPLE: Final = frozenset({"holder", "staff"})
_CHANGES: Final = ("POST ", "PUT ", "PATCH ", "DELETE ")
"""How the edges begin that people change orders by."""

T = TypeVar("T")
Logged = tuple[int, OrderEvent]
"""An event and its place in the log."""


class EventReader(Protocol):
    """The permanent log; see the adapter. Called in a reading thread."""

    def last(self) -> int: ...
    def after(self, num: int, up_to: int, limit: int) -> list[Logged]: ...
    def of_order(self, order_id: str, num: int, up_to: int) -> list[Logged]: ...


@dataclass(frozen=True, slots=True)
class Plan:
    """What to send before the ring's hops: `events`, from beyond place `after`; the ring then goes on from `position`.

    Where older events were asked for than are replayed, `lost_after` is the place from which on they are missing.
    """

    after: int
    events: Sequence[Logged]
    position: int
    lost_after: int | None = None


class Replay:
    """Plans replays: looks into the log with `reader` in the threads of `executor`, and into the ring here."""

    def __init__(self, reader: EventReader, executor: Executor, ring: HopRing, edges: Mapping[str, str]) -> None:
        self._reader, self._executor, self._ring, self._edges = reader, executor, ring, edges

    async def plan(self, wish: Wish) -> Plan:
        """What the wish calls for: of the log, then of the ring."""
        up_to = await self._in_thread(self._reader.last)
        # The log first, the ring second: an event that is logged by now has had its hop.
        first = self._ring.first
        hops = self._ring.between(first - 1, self._ring.last)
        return await self._in_thread(partial(self._find, wish, up_to, first, hops))

    def _find(self, wish: Wish, up_to: int, first: int, hops: Sequence[Hop]) -> Plan:
        position, wanted = _start(wish, first, hops)
        if wanted == 0:
            return Plan(up_to, (), position)
        resumed = wish.after or 0
        floor = max(0, up_to - REPLAY_MAX) if wish.filter.order_id is None else 0
        after = max(floor, resumed)
        read = self._read(wish.filter, after, up_to)
        known = _known(wish.filter, hops)
        found = [(num, event) for num, event in read if self._passes(wish, event) and not _is_known(event, known)]
        if wanted is not None:
            found = found[-wanted:]
            after = found[0][0] - 1 if found else up_to
        # Older events were wanted than are replayed: those beyond the id, or those since the time.
        lost = 0 < resumed < floor or (
            resumed == 0 < floor and wish.since is not None and bool(read) and read[0][1].data.at >= wish.since
        )
        return Plan(after, found, position, resumed if lost else None)

    def _read(self, filter_: Filter, after: int, up_to: int) -> list[Logged]:
        if filter_.outcome not in (None, "ok"):
            return []
        if filter_.order_id is not None:
            return self._reader.of_order(filter_.order_id, after, up_to)
        return self._reader.after(after, up_to, REPLAY_MAX)

    @staticmethod
    def _passes(wish: Wish, event: OrderEvent) -> bool:
        return (wish.filter.function is None or event.data.by == wish.filter.function) and (
            wish.since is None or event.data.at >= wish.since
        )

    async def send(self, plan: Plan, opening: bytes) -> AsyncGenerator[bytes]:
        """The plan's events after the stream's `opening`, page by page."""
        yield opening
        if plan.lost_after is not None:
            yield gap_event(plan.lost_after, plan.after + 1, "overflow")
        for at in range(0, len(plan.events), PAGE):
            page = plan.events[at : at + PAGE]
            yield b"".join(replayed_event(num, event, self._edge(event.data.by)) for num, event in page)

    def _edge(self, by: str) -> str:
        return self._edges.get(by, f"{by}>orders")

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)


def edges_of(topology: Topology, pipeline: str) -> dict[str, str]:
    """By function, the edge that leads to it, named as its hops are."""
    return {
        name: f"{DEAD_LETTERS if spec.trigger.kind == 'dead_letters' else spec.trigger.source}>{name}"
        for name, spec in enabled(topology, pipeline).items()
    }


def _start(wish: Wish, first: int, hops: Sequence[Hop]) -> tuple[int, int | None]:
    """After which number the ring's hops follow, and how many hops the log is to add; None: all it has."""
    if wish.replay is None:
        if wish.since is None:
            return first - 1, None
        return first - 1 + bisect_left(hops, wish.since, key=attrgetter("at")), None
    fitting = wish.filter.select(first, hops)
    resumed = wish.after is not None
    if len(fitting) >= wish.replay and not resumed:
        return fitting[-wish.replay][0] - 1, 0
    return first - 1, wish.replay - len(fitting) if not resumed else None


_Known = dict[tuple[str | None, str], list[tuple[float, float]]]
"""By order, and function or who asked it: from when until when it was at work, as far as the ring knows; epoch ms."""


def _known(filter_: Filter, hops: Iterable[Hop]) -> _Known:
    known: _Known = {}
    for hop in hops:
        if hop.outcome == "ok" and (filter_.order_id is None or hop.order_id == filter_.order_id):
            span = (hop.at - hop.duration_ms - _SLACK_MS, hop.at + _SLACK_MS)
            known.setdefault((hop.order_id, hop.function), []).append(span)
            if hop.edge.startswith(_CHANGES):
                for person in _PEOPLE:
                    known.setdefault((hop.order_id, person), []).append(span)
    return known


def _is_known(event: OrderEvent, known: _Known) -> bool:
    fact = event.data
    return any(begin <= fact.at <= end for begin, end in known.get((fact.order_id, fact.by), ()))
