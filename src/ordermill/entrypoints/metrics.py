"""`GET /metrics`: what the running system counted, and how much waits, in Prometheus' text or OpenMetrics."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from platform import python_version
from typing import Final, Protocol

from prometheus_client import GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector, CollectorRegistry

from ordermill import __version__
from ordermill.adapters.local.readers import ConsumerDepth, QueueDepth
from ordermill.entrypoints.requests import RequestTally
from ordermill.ports.ambient import Clock
from ordermill.runtime.engine import Engine
from ordermill.runtime.faults import Faults
from ordermill.runtime.histogram import DURATIONS_MS, Histogram, added
from ordermill.runtime.tally import Tally

_MS: Final = 1000.0
_Counted = tuple[Sequence[int], float]


class DepthReader(Protocol):
    """How much waits; see the adapter."""

    def queue(self, queue: str) -> QueueDepth: ...
    def consumers(self) -> dict[str, ConsumerDepth]: ...
    def dead_letters(self) -> int: ...


class SystemCollector(Collector):
    """Reads everything anew at each scrape; in a reading thread, because it looks into the file."""

    def __init__(
        self,
        engine: Engine,
        tally: Tally,
        requests: RequestTally,
        depths: DepthReader,
        *,
        queues: Iterable[str],
        pipeline: str,
        clock: Clock,
        watchers: Sized,
        faults: Faults,
    ) -> None:
        self._engine, self._tally, self._requests, self._depths = engine, tally, requests, depths
        self._queues, self._pipeline, self._clock, self._watchers = sorted(queues), pipeline, clock, watchers
        self._faults = faults

    def collect(self) -> Iterator[Metric]:
        """See `prometheus_client.registry.Collector`."""
        yield from self._hops()
        yield from self._http()
        yield from self._engine_itself()
        yield from self._injected()
        yield from self._depth()

    def _hops(self) -> Iterator[Metric]:
        total = CounterMetricFamily(
            "ordermill_hops", "Edges travelled by messages and requests.", labels=("edge", "function", "outcome")
        )
        durations: dict[tuple[str, ...], list[_Counted]] = {}
        for (edge, function, outcome), counted in self._tally.snapshot().items():
            total.add_metric((edge, function, outcome), sum(counted[0]))
            durations.setdefault((edge, function), []).append(counted)
        yield total
        yield _histograms(
            "ordermill_hop_duration_seconds",
            "From a request's arrival, or a message's claim, to the commit.",
            ("edge", "function"),
            durations,
        )

    def _http(self) -> Iterator[Metric]:
        total = CounterMetricFamily(
            "ordermill_http_requests", "Requests that were answered.", labels=("method", "route", "status")
        )
        durations: dict[tuple[str, ...], list[_Counted]] = {}
        for (method, route, status), counted in self._requests.snapshot().items():
            total.add_metric((method, route, str(status)), sum(counted[0]))
            durations.setdefault((method, route), []).append(counted)
        yield total
        yield _histograms(
            "ordermill_http_request_duration_seconds",
            "From a request's head to its answer, or to the beginning of a stream.",
            ("method", "route"),
            durations,
        )

    def _engine_itself(self) -> Iterator[Metric]:
        engine = self._engine
        yield _histograms(
            "ordermill_commit_duration_seconds", "How long commits took.", (), {(): [_counted(engine.commits)]}
        )
        sizes = HistogramMetricFamily("ordermill_batch_size", "Requests, outcomes and messages that ran in a cycle.")
        sizes.add_metric((), _buckets(engine.batches.bounds, engine.batches.counts), engine.batches.sum)
        yield sizes
        yield GaugeMetricFamily(
            "ordermill_storage_healthy", "1 if the last transaction could be stored.", int(engine.healthy)
        )
        yield GaugeMetricFamily("ordermill_live_clients", "Clients that watch /live.", len(self._watchers))
        build = {"version": __version__, "pipeline": self._pipeline, "python": python_version()}
        yield InfoMetricFamily("ordermill_build", "What runs.", build)
        in_flight = GaugeMetricFamily("ordermill_in_flight", "Messages that are being worked on.", labels=("edge",))
        for edge, count in engine.in_flight().items():
            in_flight.add_metric((edge,), count)
        yield in_flight

    def _injected(self) -> Iterator[Metric]:
        fired = CounterMetricFamily(
            "ordermill_faults_fired", "Faults that were injected, by function or service.", labels=("name",)
        )
        for name, count in list(self._faults.totals.items()):
            fired.add_metric((name,), count)
        yield fired

    def _depth(self) -> Iterator[Metric]:
        depth = GaugeMetricFamily(
            "ordermill_queue_depth", "Messages that wait, for their first turn or the next one.", labels=("queue",)
        )
        oldest = GaugeMetricFamily(
            "ordermill_queue_oldest_seconds", "The age of the oldest of them, 0 without any.", labels=("queue",)
        )
        for name in self._queues:
            found = self._depths.queue(name)
            depth.add_metric((name,), found.waiting)
            age_ms = 0 if found.oldest is None else max(0, self._clock.now_ms() - found.oldest)
            oldest.add_metric((name,), age_ms / _MS)
        behind = GaugeMetricFamily(
            "ordermill_stream_behind", "Change records that a consumer has not passed.", labels=("consumer",)
        )
        parked = GaugeMetricFamily(
            "ordermill_stream_parked", "Change records that failed and wait for their turn.", labels=("consumer",)
        )
        for consumer, place in self._depths.consumers().items():
            behind.add_metric((consumer,), place.behind)
            parked.add_metric((consumer,), place.parked)
        yield from (depth, oldest, behind, parked)
        yield GaugeMetricFamily("ordermill_dead_letters", "Dead letters that are kept.", self._depths.dead_letters())


class Exposition:
    """The whole page: the system's metrics and the process's."""

    def __init__(self, collector: SystemCollector) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(collector)
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        GCCollector(registry=self._registry)

    def page(self, accept: str) -> tuple[bytes, str]:
        """The body and its content type, as the client accepts it."""
        encode, content_type = choose_encoder(accept)
        return encode(self._registry), content_type


def _counted(histogram: Histogram) -> _Counted:
    return list(histogram.counts), histogram.sum


def _histograms(
    name: str, text: str, labels: Sequence[str], found: Mapping[tuple[str, ...], Sequence[_Counted]]
) -> HistogramMetricFamily:
    """A family in seconds of what was counted in milliseconds."""
    family = HistogramMetricFamily(name, text, labels=labels)
    bounds = [bound / _MS for bound in DURATIONS_MS]
    for values, counted in found.items():
        counts = added([counts for counts, _ in counted])
        family.add_metric(values, _buckets(bounds, counts), sum(total for _, total in counted) / _MS)
    return family


def _buckets(bounds: Sequence[float], counts: Sequence[int]) -> list[tuple[str, int]]:
    buckets, total = [], 0
    for bound, count in zip([*map(str, map(float, bounds)), "+Inf"], counts, strict=True):
        total += count
        buckets.append((bound, total))
    return buckets
