"""A run of the dispatcher in simulated time: a server that takes so long for each order, over so many connections."""

from __future__ import annotations

import heapq
from collections.abc import Callable

from ordermill.entrypoints.load.dispatcher import Dispatcher
from ordermill.entrypoints.load.record import Record
from ordermill.entrypoints.load.schedule import Schedule

TAKEN = b'{"orderId":"ord_1","orderToken":"t","status":"PENDING","total":"1","currency":"USD","timestamp":"x"}'


class Wire:
    """A connection whose answers are events."""

    def __init__(self, takes: Callable[[int], float], events: list[tuple[float, int, Wire]]) -> None:
        self._takes, self._events = takes, events

    def send(self, number: int, at: float) -> None:
        heapq.heappush(self._events, (at + self._takes(number), number, self))


def simulate(
    schedule: Schedule, takes: Callable[[int], float], *, connections: int = 1, oversleeps: float = 0.0
) -> Record:
    """The record after the schedule's time; answers that come later are waited for. `takes` gives seconds."""
    record, events = Record(schedule), list[tuple[float, int, Wire]]()
    dispatcher, now = Dispatcher(record), 0.0
    for _ in range(connections):
        dispatcher.ready(Wire(takes, events), now)
    while record.ended_at is None or events:
        wait = dispatcher.wait_s(now)
        wakes = now + wait + oversleeps if wait is not None else float("inf")
        now = min(wakes, events[0][0] if events else float("inf"), max(schedule.seconds, now))
        if record.ended_at is None and now >= schedule.seconds:
            dispatcher.pump(now)
            record.end(now)
        if record.ended_at is not None and events:
            now = events[0][0]
        if events and events[0][0] <= now:
            _, number, wire = heapq.heappop(events)
            record.answer(number, 202, TAKEN, now)
            dispatcher.ready(wire, now)
        else:
            dispatcher.pump(now)
    return record
