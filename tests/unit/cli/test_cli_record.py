"""`ordermill record`: what a recording has in it, and what it has not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ordermill.entrypoints import sse
from tests.unit.cli.cli_fake import Answer, Fake, Ordermill, problem

HOP = {"seq": 7, "at": "2026-11-20T12:00:00.123Z", "orderId": "ord_1", "edge": "a>b", "function": "b", "outcome": "ok"}
FRAME = {"from": 8, "to": 90, "at": "2026-11-20T12:00:01.000Z", "edges": {}, "samples": [HOP]}
LIVE = sse.opening(6) + b"".join(
    sse.event(name, json.dumps(data).encode(), id_) for name, data, id_ in (("hop", HOP, 7), ("frame", FRAME, 90))
)
SECRET = "eve@example.org"
QUEUE = {"queue": "order-queue", "depth": 3, "inFlight": 0, "delayed": 1, "dead": 0, "messages": [{"payload": SECRET}]}
STREAM = {"stream": "orders", "function": "f", "behind": 2, "inFlight": 0, "parked": 0, "dead": 0}


def metrics(placed: int) -> Answer:
    text = (
        "# HELP ordermill_http_requests Requests\n"
        f'ordermill_http_requests_total{{method="POST",route="/orders",status="202"}} {placed}.0\n'
        'ordermill_http_requests_total{method="POST",route="/orders",status="422"} 9.0\n'
        'ordermill_hops_total{edge="a>b",function="b",outcome="ok"} 5.0\n'
        "process_open_fds 12.0\n"
    )
    return Answer(200, text.encode(), {"Content-Type": "text/plain"})


@pytest.fixture(autouse=True)
def _server(ordermill: Ordermill, fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERMILL_STAFF_TOKEN", "secret-of-staff")
    fake.on("GET /health", Answer(200, {"status": "ok", "version": "9.9", "pipeline": "stream"}))
    fake.on("GET /topology", Answer(200, {"functions": {}}))
    fake.on("GET /queues", Answer(200, {"queues": [QUEUE], "streams": [STREAM]}))


def recorded(ordermill: Ordermill, seconds: float = 4) -> Any:
    result = ordermill("record", "--for", str(seconds), "--output", "run.json")
    assert result.exit_code == 0, result.output
    return json.loads(Path("run.json").read_text(encoding="utf-8"))


def test_it_is_what_the_stream_told_and_what_was_measured(fake: Fake, ordermill: Ordermill) -> None:
    fake.on("GET /live", Answer(200, LIVE, {"Content-Type": "text/event-stream"}), problem(401, "over"))
    fake.on("GET /metrics", metrics(100), metrics(103))
    run = recorded(ordermill)
    assert (run["format"], run["version"], run["pipeline"]) == (1, "9.9", "stream")
    assert run["topology"] == {"functions": {}}
    assert run["events"] == [["hop", HOP], ["frame", FRAME]]
    assert run["recordedAt"] <= run["endedAt"]
    counts = {"queue": "order-queue", "depth": 3, "inFlight": 0, "delayed": 1, "dead": 0}
    assert {json.dumps(each["answer"]) for each in run["queues"]} == {
        json.dumps({"queues": [counts], "streams": [STREAM]})
    }
    # At its beginning, twice a second for four seconds, and at its end.
    assert len(run["queues"]) == 10
    assert {each["text"] for each in run["metrics"]} == {
        'ordermill_hops_total{edge="a>b",function="b",outcome="ok"} 5.0'
    }
    assert all(before["at"] <= after["at"] for before, after in zip(run["queues"], run["queues"][1:], strict=False))


@pytest.mark.parametrize(("counts", "orders"), [((100, 103), 3), ((100, 104, 2), 6), ((0, 0), 0)])
def test_orders_are_counted_also_over_a_restart(
    fake: Fake, ordermill: Ordermill, counts: tuple[int, ...], orders: int
) -> None:
    fake.on("GET /live", Answer(200, LIVE, {"Content-Type": "text/event-stream"}))
    fake.on("GET /metrics", *map(metrics, counts))
    assert recorded(ordermill)["orders"] == orders


def test_it_has_no_token_and_no_message(fake: Fake, ordermill: Ordermill) -> None:
    fake.on("GET /live", Answer(200, LIVE, {"Content-Type": "text/event-stream"}))
    fake.on("GET /metrics", metrics(1))
    recorded(ordermill)
    text = Path("run.json").read_text(encoding="utf-8")
    assert SECRET not in text
    assert "secret-of-staff" not in text


def test_a_stream_that_is_cut_goes_on_where_it_stood(fake: Fake, ordermill: Ordermill) -> None:
    fake.on("GET /live", Answer(200, LIVE, {"Content-Type": "text/event-stream"}))
    fake.on("GET /metrics", metrics(1))
    recorded(ordermill, 0.1)
    streams = [asked.headers.get("last-event-id") for asked in fake.asked if asked.path == "/live"]
    assert streams[0] is None
    assert set(streams[1:]) <= {"90"}


def test_who_may_not_watch_records_nothing(fake: Fake, ordermill: Ordermill) -> None:
    fake.on("GET /live", problem(403, "Not for you"))
    fake.on("GET /metrics", metrics(1))
    result = ordermill("record", "--for", "1")
    assert result.exit_code == 4
    assert "Not for you" in result.output
    assert list(Path().iterdir()) == []


def test_without_a_server_it_says_so(ordermill: Ordermill) -> None:
    assert ordermill("record", "--url", "http://127.0.0.1:1").exit_code == 3
