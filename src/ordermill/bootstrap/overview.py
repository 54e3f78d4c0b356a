"""What waits and what is under way, of every queue and every consumer of the stream."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from ordermill.adapters.local.readers import Readers
from ordermill.adapters.local.waiting import QueueCounts, ReadWaiting, StreamCounts
from ordermill.runtime.cycle import Source
from ordermill.runtime.queue_source import QueueSource
from ordermill.runtime.stream_source import StreamSource
from ordermill.topology.model import Topology


class UnderWay(msgspec.Struct, frozen=True):
    """What only the engine knows, by the consumer's edge: how many are in flight, and which messages are suspects."""

    in_flight: dict[str, int]
    suspects: dict[str, tuple[int, ...]]


class QueueOverview(msgspec.Struct, frozen=True):
    """One queue; `function` consumes it, None where nothing does; `age_ms` is the first waiting message's, else 0."""

    queue: str
    function: str | None
    in_flight: int
    counts: QueueCounts
    age_ms: int


class StreamOverview(msgspec.Struct, frozen=True):
    """One consumer of a stream."""

    stream: str
    function: str
    in_flight: int
    counts: StreamCounts


class Overview:
    """`under_way` in the engine's thread, then `queues` and `streams` with it, in a reading thread, which may wait."""

    def __init__(
        self, topology: Topology, sources: Sequence[Source], readers: Readers, now_ms: Callable[[], int]
    ) -> None:
        self._waiting, self._now = ReadWaiting(readers), now_ms
        self._streams = [source for source in sources if isinstance(source, StreamSource)]
        self._queues = {source.queue: source for source in sources if isinstance(source, QueueSource)}
        self._names = sorted(topology.queues.keys() | self._queues.keys())
        self._sources = list(sources)

    def under_way(self) -> UnderWay:
        """As of now."""
        return UnderWay(
            {source.edge: source.in_flight() for source in self._sources},
            {source.edge: source.suspects() for source in self._queues.values()},
        )

    def read(self, under_way: UnderWay) -> tuple[list[QueueOverview], list[StreamOverview]]:
        """Every queue, by name, and every consumer that is not done with draining, of one moment."""
        with self._waiting.snapshot():
            queues = [self._queue(name, under_way) for name in self._names]
            return queues, [self._stream(source, under_way) for source in self._streams if not source.drained]

    def _queue(self, name: str, under_way: UnderWay) -> QueueOverview:
        source = self._queues.get(name)
        edge = source.edge if source else ""
        now = self._now()
        counts = self._waiting.queue(name, now=now, suspects=under_way.suspects.get(edge, ()))
        # The wall clock, by which it was sent, may have stepped since.
        age_ms = max(0, now - counts.first[0].sent_at) if counts.first else 0
        function = source.handler.name if source else None
        return QueueOverview(name, function, under_way.in_flight.get(edge, 0), counts, age_ms)

    def _stream(self, source: StreamSource, under_way: UnderWay) -> StreamOverview:
        name = source.handler.name
        return StreamOverview(
            source.stream, name, under_way.in_flight[source.edge], self._waiting.consumer(source.stream, name)
        )
