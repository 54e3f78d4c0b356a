"""`GET /metrics`: what the running system counted, and how much waits, in Prometheus' text or OpenMetrics."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from platform import python_version
from typing import Final

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
from ordermill.bootstrap.overview import QueueOverview, StreamOverview, UnderWay
from ordermill.entrypoints.requests import RequestTally
from ordermill.entrypoints.spans import SpanSink
from ordermill.runtime.engine import Engine
from ordermill.runtime.faults import Faults
from ordermill.runtime.histogram import DURATIONS_MS, Histogram, added
from ordermill.runtime.maintenance import Maintenance
from ordermill.runtime.periodic import Periodics
from ordermill.runtime.tally import Tally

_MS: Final = 1000.0
_Counted = tuple[Sequence[int], float]


class SystemCollector(Collector):
    """What was counted since the start."""

    def __init__(
        self,
        engine: Engine,
        tally: Tally,
        requests: RequestTally,
        maintenance: Maintenance,
        periodics: Periodics,
        *,
        pipeline: str,
        watchers: Sized,
        faults: Faults,
        spans: SpanSink | None = None,
    ) -> None:
        self._engine, self._tally, self._requests = engine, tally, requests
        self._maintenance, self._periodics = maintenance, periodics
        self._pipeline, self._watchers = pipeline, watchers
        self._faults, self._spans = faults, spans

    def collect(self) -> Iterator[Metric]:
        """See `prometheus_client.registry.Collector`."""
        yield from self._hops()
        yield from self._http()
        yield from self._engine_itself()
        yield from self._upkeep()
        yield from self._injected()
        if self._spans is not None:
            yield CounterMetricFamily("ordermill_spans_sent", "Hops sent as spans.", value=self._spans.sent)
            yield CounterMetricFamily(
                "ordermill_spans_dropped", "Hops that no span was sent of.", value=self._spans.dropped
            )

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

    def _injected(self) -> Iterator[Metric]:
        fired = CounterMetricFamily(
            "ordermill_faults_fired", "Faults that were injected, by function or service.", labels=("name",)
        )
        for name, count in list(self._faults.totals.items()):
            fired.add_metric((name,), count)
        yield fired

    def _upkeep(self) -> Iterator[Metric]:
        jobs, ages_ms = self._maintenance.jobs, self._periodics.ages_ms()
        passes = CounterMetricFamily("ordermill_maintenance_passes", "Passes that were completed.", labels=("job",))
        failures = CounterMetricFamily("ordermill_maintenance_failures", "Steps that failed.", labels=("job",))
        rows = CounterMetricFamily("ordermill_maintenance_rows", "Rows that were removed.", labels=("job",))
        for job in jobs:
            passes.add_metric((job.name,), job.passes)
            failures.add_metric((job.name,), job.failures)
            rows.add_metric((job.name,), job.rows)
        yield from (passes, failures, rows)
        yield _gauges(
            "ordermill_maintenance_age_seconds",
            "How long ago a job, or a scheduled function, last went through.",
            "job",
            ((name, age_ms / _MS) for name, age_ms in ages_ms.items()),
        )


class WaitingCollector(Collector):
    """What waits, where, and what is under way: the same as `GET /queues` shows, of one moment."""

    def __init__(self, under_way: UnderWay, queues: Sequence[QueueOverview], streams: Sequence[StreamOverview]) -> None:
        self._under_way, self._queues, self._streams = under_way, queues, streams

    def collect(self) -> Iterator[Metric]:
        """See `prometheus_client.registry.Collector`."""
        yield _gauges(
            "ordermill_in_flight", "Messages that are being worked on.", "edge", self._under_way.in_flight.items()
        )
        queues, streams = self._queues, self._streams
        yield _gauges(
            "ordermill_queue_depth",
            "Messages whose turn has come.",
            "queue",
            ((queue.queue, queue.counts.ready) for queue in queues),
        )
        yield _gauges(
            "ordermill_queue_delayed",
            "Messages that failed and back off.",
            "queue",
            ((queue.queue, queue.counts.delayed) for queue in queues),
        )
        yield _gauges(
            "ordermill_queue_oldest_seconds",
            "The age of the oldest message that nobody is at, 0 without any.",
            "queue",
            ((queue.queue, queue.age_ms / _MS) for queue in queues),
        )
        yield _gauges(
            "ordermill_stream_behind",
            "Change records that a consumer has not begun.",
            "consumer",
            ((stream.function, stream.counts.behind) for stream in streams),
        )
        yield _gauges(
            "ordermill_stream_parked",
            "Change records that failed, or wait behind one of their order that did.",
            "consumer",
            ((stream.function, stream.counts.parked) for stream in streams),
        )
        dead = [(queue.queue, queue.counts.dead) for queue in queues]
        dead += [(f"{stream.stream}>{stream.function}", stream.counts.dead) for stream in streams]
        yield _gauges("ordermill_dead_letters", "Dead letters that are kept.", "source", dead)


class Exposition:
    """The whole page: the system's metrics, what waits, and the process's own."""

    def __init__(self, collector: SystemCollector) -> None:
        self._lasting = CollectorRegistry(auto_describe=False)
        self._lasting.register(collector)
        ProcessCollector(registry=self._lasting)
        PlatformCollector(registry=self._lasting)
        GCCollector(registry=self._lasting)

    def page(self, accept: str, waiting: WaitingCollector) -> tuple[bytes, str]:
        """The body and its content type, as the client accepts it."""
        registry = CollectorRegistry(auto_describe=False)
        registry.register(self._lasting)
        registry.register(waiting)
        encode, content_type = choose_encoder(accept)
        return encode(registry), content_type


def _gauges(name: str, text: str, label: str, values: Iterable[tuple[str, float]]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=(label,))
    for value, number in values:
        family.add_metric((value,), number)
    return family


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
