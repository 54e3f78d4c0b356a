"""All that watches the system: counts, log and live stream, and the routes that show them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

from ordermill.adapters.local.readers import ReadEvents
from ordermill.bootstrap.local import LocalSystem
from ordermill.bootstrap.overview import UnderWay
from ordermill.entrypoints.callers import Callers
from ordermill.entrypoints.execution.route import ExecutionRoute
from ordermill.entrypoints.live.feed import Feed
from ordermill.entrypoints.live.replay import Replay, edges_of
from ordermill.entrypoints.live.route import LiveRoute
from ordermill.entrypoints.logs.hop_log import HopLog
from ordermill.entrypoints.logs.ring import LogRing
from ordermill.entrypoints.logs.tail import LogRoute, LogTail
from ordermill.entrypoints.metrics import Exposition, SystemCollector, WaitingCollector
from ordermill.entrypoints.requests import RequestTally
from ordermill.entrypoints.spans import Exporter, SpanSettings, SpanSink
from ordermill.entrypoints.web import Request, Response
from ordermill.ports.hops import HopSink
from ordermill.runtime.hop_ring import HopRing
from ordermill.runtime.tally import Tally


def now_us() -> int:
    """Microseconds since 1970, by the system's clock: where the numbers of a process's hops begin."""
    return time.time_ns() // 1000


class Watch:
    """Made before the system, in the loop that the engine will run in; `sinks` are what the system is to have.

    `start` is the number of the first hop; `lines` is what the log is kept in; `spans`: they are wanted.
    """

    def __init__(
        self, start: int | None = None, lines: LogRing | None = None, spans: SpanSettings | None = None
    ) -> None:
        later = asyncio.get_running_loop().call_later
        self.tally, self.requests, self.callers = Tally(), RequestTally(), Callers()
        self.feed = Feed(HopRing(now_us() if start is None else start), later)
        self.tail = LogTail(LogRing(now_us()) if lines is None else lines)
        # The log says what the tally has counted, so it comes after it.
        self.spans = None if spans is None else SpanSink(spans, self.callers, _exporter)
        told: list[HopSink] = [] if self.spans is None else [self.spans]
        self.sinks: Sequence[HopSink] = (self.tally, HopLog(self.tally, later), self.feed, *told)

    def close(self) -> None:
        """End every stream."""
        self.feed.close()
        self.tail.close()

    def end(self) -> None:
        """Send the last spans, once nothing happens any more."""
        if self.spans is not None:
            self.spans.close()


def _exporter() -> Exporter:
    """Loaded here, in the thread that uses it: without spans nobody pays for it."""
    from ordermill.entrypoints.otlp import OtlpExporter

    return OtlpExporter()


class WatchRoutes:
    """`/metrics`, `/live`, `/logs` and the executions of a system and its watch."""

    def __init__(self, system: LocalSystem, watch: Watch) -> None:
        replay = Replay(
            ReadEvents(system.connections), system.reading, watch.feed.ring, edges_of(system.topology, system.pipeline)
        )
        functions = edges_of(system.topology, system.pipeline).keys()
        self.live: Callable[[Request], Response] = LiveRoute(watch.feed, replay, functions).answer
        self.logs: Callable[[Request], Response] = LogRoute(watch.tail, functions).answer
        self._system = system
        self.execution = ExecutionRoute(system, watch.feed.ring).answer
        self._reading = system.reading
        self._exposition = Exposition(
            SystemCollector(
                system.engine,
                watch.tally,
                watch.requests,
                system.maintenance,
                system.periodics,
                pipeline=system.pipeline,
                watchers=watch.feed.watchers,
                faults=system.faults,
                spans=watch.spans,
            )
        )

    async def metrics(self, request: Request) -> Response:
        """The page, made in a reading thread; what is under way, the engine is asked here, in its own."""
        system, accept = self._system, request.headers.get("accept", "")
        loop = asyncio.get_running_loop()
        body, content_type = await loop.run_in_executor(system.reading, self._page, accept, system.overview.under_way())
        return Response(200, body, content_type, [("cache-control", "no-store")])

    def _page(self, accept: str, under_way: UnderWay) -> tuple[bytes, str]:
        waiting = WaitingCollector(under_way, *self._system.overview.read(under_way))
        return self._exposition.page(accept, waiting)
