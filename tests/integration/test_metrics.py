"""`/metrics` of a real system: valid in both formats, and of one mind with what is stored."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from ordermill.domain.errors import InvalidOrder
from ordermill.entrypoints.metrics import Exposition, SystemCollector, WaitingCollector
from ordermill.entrypoints.requests import RequestTally
from ordermill.runtime.tally import Tally
from tests.integration.system_kit import FailingMailer, Mill, StartMill, widgets

ACCEPTED = "POST /orders>start_workflow"


class Scraped:
    """One scrape: the value of a metric under its labels."""

    def __init__(self, page: bytes, content_type: str) -> None:
        parse = parse_openmetrics if "openmetrics" in content_type else parse_text
        self.families = {family.name: family for family in parse(page.decode())}
        self._samples = {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in self.families.values()
            for sample in family.samples
        }

    def __call__(self, name: str, labels: Mapping[str, str] | None = None) -> float:
        return self._samples.get((name, frozenset((labels or {}).items())), 0.0)

    def hops(self, edge: str, outcome: str) -> float:
        labels = {"edge": edge, "function": edge.rpartition(">")[2], "outcome": outcome}
        return self("ordermill_hops_total", labels)


class Scraper:
    """Scrapes a system, whose sink is `tally`."""

    def __init__(self, mill: Mill, tally: Tally) -> None:
        self.requests = RequestTally()
        system = mill.system
        self._overview = system.overview
        self._exposition = Exposition(
            SystemCollector(
                system.engine,
                tally,
                self.requests,
                system.maintenance,
                system.periodics,
                pipeline=system.pipeline,
                watchers=[1, 2],
                faults=system.faults,
            )
        )

    def page(self, accept: str = "") -> tuple[bytes, str]:
        under_way = self._overview.under_way()
        return self._exposition.page(accept, WaitingCollector(under_way, *self._overview.read(under_way)))

    def __call__(self) -> Scraped:
        return Scraped(*self.page())


def test_counts_agree_with_the_store(start_mill: StartMill) -> None:
    tally = Tally()
    mill = start_mill(sinks=[tally], ports={"mail": FailingMailer(2)})
    scrape = Scraper(mill, tally)
    for token in ["tok_approve"] * 7 + ["tok_decline"] * 3:
        mill.place(widgets(token=token))
    for _ in range(4):
        with pytest.raises(InvalidOrder):
            mill.place({"items": []})
    mill.settle(mill.quiet)
    mill.settle(lambda: scrape().hops("mail-queue>send_email", "ok") == 10)
    found, state = scrape(), mill.state()
    assert found.hops(ACCEPTED, "ok") == state["orders"] == 10
    assert found.hops(ACCEPTED, "failed") == 4
    assert found.hops("order-queue>process_order", "ok") == 10
    assert found.hops("record-order-event>record_order_event", "ok") == state["events"] == 7 * 4 + 3 * 3
    assert found.hops("mail-queue>send_email", "retry") == 10 * 2
    statuses = dict(mill.rows("SELECT status, count(*) FROM orders GROUP BY status"))
    assert statuses == {"PROCESSED": 7, "REJECTED": 3}
    duration = {"edge": ACCEPTED, "function": "start_workflow"}
    assert found("ordermill_hop_duration_seconds_count", duration) == 14
    assert found("ordermill_hop_duration_seconds_bucket", {**duration, "le": "+Inf"}) == 14
    assert 0 < found("ordermill_hop_duration_seconds_sum", duration) < 14 * 10
    assert found("ordermill_commit_duration_seconds_count") > 0
    assert found("ordermill_batch_size_sum") >= 14 + 10
    assert (found("ordermill_storage_healthy"), found("ordermill_live_clients")) == (1, 2)
    dead = found.families["ordermill_dead_letters"].samples
    assert {sample.labels["source"] for sample in dead} >= {"mail-queue", "orders>publish_order_event"}
    assert {sample.value for sample in dead} == {0}


def test_dead_letters_are_counted_by_where_they_come_from(start_mill: StartMill) -> None:
    tally = Tally()
    mill = start_mill(sinks=[tally], ports={"mail": FailingMailer(99)}, pipeline="stream")
    scrape = Scraper(mill, tally)
    for token in ["tok_approve"] * 3 + ["tok_error"]:
        mill.place(widgets(token=token))
    mill.settle(lambda: scrape()("ordermill_dead_letters", {"source": "mail-queue"}) == 3)
    mill.settle(lambda: scrape()("ordermill_dead_letters", {"source": "orders>process_order"}) == 1)
    mill.settle(mill.quiet)
    found = scrape()
    assert found("ordermill_stream_behind", {"consumer": "process_order"}) == 0
    assert found.hops("mail-queue>send_email", "dead") == 3
    assert len(mill.dead()) == 4


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("", "text/plain; version=0.0.4; charset=utf-8"),
        ("*/*", "text/plain; version=0.0.4; charset=utf-8"),
        ("application/openmetrics-text;version=1.0.0,text/plain;q=0.5", "application/openmetrics-text; version=1.0.0"),
    ],
)
def test_both_formats_are_valid_and_names_conventional(mill: Mill, accept: str, content_type: str) -> None:
    tally = Tally()
    scraper = Scraper(mill, tally)
    scraper.requests.count("GET", "GET /health", 200, 0)
    scraper.requests.count("BREW", "none", 404, 0)
    page, answered = scraper.page(accept)
    assert answered.startswith(content_type)
    found = Scraped(page, answered)
    assert found("ordermill_http_requests_total", {"method": "GET", "route": "/health", "status": "200"}) == 1
    assert found("ordermill_http_requests_total", {"method": "other", "route": "none", "status": "404"}) == 1
    assert found("process_resident_memory_bytes") > 1e6
    assert found.families["python_gc_collections"].samples
    ours = {name: family for name, family in found.families.items() if name.startswith("ordermill_")}
    assert len(ours) > 12
    for name, family in ours.items():
        assert family.documentation.endswith("."), name
        assert family.type != "counter" or not name.endswith("_total") or "openmetrics" not in answered
        labels = {label for sample in family.samples for label in sample.labels}
        assert labels.isdisjoint({"order", "order_id", "orderId"})
