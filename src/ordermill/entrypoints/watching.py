"""All that watches the system: counts, log and live stream, and the routes that show them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

from ordermill.adapters.local.clock import SystemClock
from ordermill.adapters.local.readers import ReadDepths, ReadEvents
from ordermill.bootstrap import LocalSystem
from ordermill.entrypoints.live.feed import Feed
from ordermill.entrypoints.live.replay import Replay, edges_of
from ordermill.entrypoints.live.route import LiveRoute
from ordermill.entrypoints.logs.hop_log import HopLog
from ordermill.entrypoints.metrics import Exposition, SystemCollector
from ordermill.entrypoints.requests import RequestTally
from ordermill.entrypoints.web import Request, Response
from ordermill.ports.hops import HopSink
from ordermill.runtime.hop_ring import HopRing
from ordermill.runtime.tally import Tally


def now_us() -> int:
    """Microseconds since 1970, by the system's clock: where the numbers of a process's hops begin."""
    return time.time_ns() // 1000


class Watch:
    """Made before the system, in the loop that the engine will run in; `sinks` are what the system is to have.

    `start` is the number of the first hop.
    """

    def __init__(self, start: int | None = None) -> None:
        later = asyncio.get_running_loop().call_later
        self.tally, self.requests = Tally(), RequestTally()
        self.feed = Feed(HopRing(now_us() if start is None else start), later)
        # The log says what the tally has counted, so it comes after it.
        self.sinks: Sequence[HopSink] = (self.tally, HopLog(self.tally, later), self.feed)

    def close(self) -> None:
        """End every stream."""
        self.feed.close()


class WatchRoutes:
    """`/metrics` and `/live` of a system and its watch."""

    def __init__(self, system: LocalSystem, watch: Watch) -> None:
        replay = Replay(
            ReadEvents(system.connections), system.reading, watch.feed.ring, edges_of(system.topology, system.pipeline)
        )
        functions = edges_of(system.topology, system.pipeline).keys()
        self.live: Callable[[Request], Response] = LiveRoute(watch.feed, replay, functions).answer
        self._reading = system.reading
        self._exposition = Exposition(
            SystemCollector(
                system.engine,
                watch.tally,
                watch.requests,
                ReadDepths(system.connections),
                queues=system.topology.queues,
                pipeline=system.pipeline,
                clock=SystemClock(),
                watchers=watch.feed.watchers,
                faults=system.faults,
            )
        )

    async def metrics(self, request: Request) -> Response:
        """The page, made in a reading thread."""
        accept = request.headers.get("accept", "")
        loop = asyncio.get_running_loop()
        body, content_type = await loop.run_in_executor(self._reading, self._exposition.page, accept)
        return Response(200, body, content_type, [("cache-control", "no-store")])
