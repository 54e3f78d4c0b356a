"""`ordermill tail`: what it shows of a stream, and how it goes on over several connections."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ordermill.entrypoints import sse
from tests.unit.cli.cli_fake import Answer, Asked, Fake, FastPace, Ordermill, problem

ORDER = "ord_019aa1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"
HOP = {
    "seq": 7,
    "at": "2026-11-20T12:00:00.123Z",
    "orderId": ORDER,
    "edge": "orders>process_order",
    "function": "process_order",
    "outcome": "ok",
    "attempt": 1,
    "durationMs": 1234.567,
    "error": None,
    "traceId": "t",
    "replayed": False,
    "event": None,
}
SUMS = {"ok": 1200, "retry": 0, "failed": 0, "dead": 3, "p50Ms": 4.25, "p99Ms": 99.5}
FRAME = {"from": 8, "to": 1210, "at": "2026-11-20T12:00:01.000Z", "edges": {"a>b": SUMS}, "samples": [HOP]}
GAP = {"after": 1210, "from": 2000, "reason": "restart"}
REFUSED = problem(401, "A valid token is needed")


@pytest.fixture(autouse=True)
def _token(ordermill: Ordermill, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the fixture `ordermill`, which takes away all our variables."""
    monkeypatch.setenv("ORDERMILL_STAFF_TOKEN", "secret")


def stream(*events: tuple[str, object, int]) -> Answer:
    body = sse.opening(1) + b"".join(sse.event(name, json.dumps(data).encode(), id_) for name, data, id_ in events)
    return Answer(200, body, {"Content-Type": "text/event-stream"})


def test_hops_frames_and_gaps_are_lines(fake: Fake, ordermill: Ordermill) -> None:
    dead = {**HOP, "outcome": "dead", "attempt": 5, "error": "OSError", "orderId": None}
    replayed = {**HOP, "durationMs": None, "event": "OrderPaid"}
    events = [("hop", HOP, 7), ("hop", dead, 8), ("hop", replayed, 9), ("frame", FRAME, 1210), ("gap", GAP, 1999)]
    fake.on("GET /live", stream(*events, ("news", {}, 2000)), REFUSED)
    result = ordermill("tail")
    lines = result.stdout.splitlines()
    assert lines[0].split() == [
        "12:00:00.123",
        "process_order",
        "orders>process_order",
        ORDER,
        "ok",
        "1",
        "1,234.6",
        "ms",
    ]
    assert lines[1].split()[3:] == ["-", "dead", "5", "1,234.6", "ms", "OSError"]
    assert lines[2].endswith("OrderPaid")
    assert lines[3].split()[1:3] == ["a>b", "1,200"]
    assert lines[3].endswith("1,200 ok, 3 dead  p50 4.2 ms, p99 99.5 ms")
    assert lines[4] == "-- gap after 1210, on from 2000: the server was started anew --"
    assert len(lines) == 5


def test_json_is_one_object_a_line(fake: Fake, ordermill: Ordermill) -> None:
    fake.on("GET /live", stream(("hop", HOP, 7), ("frame", FRAME, 8), ("gap", GAP, 9)), REFUSED)
    lines = [json.loads(line) for line in ordermill("tail", "--json").stdout.splitlines()]
    assert lines == [{"type": "hop", **HOP}, {"type": "frame", **FRAME}, {"type": "gap", **GAP}]


def test_it_goes_on_after_the_last_id_and_waits_longer_each_time(
    fake: Fake, ordermill: Ordermill, pace: FastPace
) -> None:
    busy = problem(503, "Too much is waiting")
    torn = Answer(200, sse.event("hop", json.dumps(HOP).encode(), 7) + b"id: 8\nevent: hop\ndata: {")
    fake.on("GET /live", torn, busy, busy, stream(("hop", HOP, 9)), REFUSED)
    result = ordermill("tail")
    assert [asked.headers.get("last-event-id") for asked in fake.asked] == [None, "7", "7", "7", "9"]
    assert {asked.headers["authorization"] for asked in fake.asked} == {"Bearer secret"}
    assert pace.waited == [1.0, 1.5, 2.25, 1.0]
    assert len(result.stdout.splitlines()) == 2
    assert result.stderr.splitlines()[:2] == ["the server ended the stream; connecting again", "connected again"]
    assert result.exit_code == 4


def test_filters_go_into_the_query(fake: Fake, ordermill: Ordermill) -> None:
    def note(asked: Asked) -> Answer:
        return REFUSED

    wanted = f"/live?orderId={ORDER}&function=process_order&outcome=dead&since=2026-11-20T12%3A00%3A00%2B01%3A00"
    fake.on(f"GET {wanted}", note)
    since = "2026-11-20T12:00:00+01:00"
    result = ordermill("tail", "--order", ORDER, "--function", "process_order", "--outcome", "dead", "--since", since)
    assert "A valid token is needed (401)" in result.stderr
    assert [asked.path for asked in fake.asked] == [wanted]
    assert ordermill("tail", "--replay", "0").exit_code == 2
    assert ordermill("tail", "--outcome", "maybe").exit_code == 2


@pytest.mark.parametrize(("answer", "code"), [(REFUSED, 4), (problem(400, "The query is invalid"), 4)])
def test_a_refusal_ends_it(fake: Fake, ordermill: Ordermill, answer: Answer, code: int) -> None:
    fake.on("GET /live", answer)
    assert ordermill("tail").exit_code == code
    assert len(fake.asked) == 1


def test_without_a_server_it_says_how_to_start_one(ordermill: Ordermill) -> None:
    result = ordermill("tail", "--url", "http://127.0.0.1:1")
    assert result.exit_code == 3
    assert "ordermill up" in result.stderr


def test_without_a_token_it_says_where_one_is_looked_for(
    ordermill: Ordermill, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("ORDERMILL_STAFF_TOKEN")
    result = ordermill("tail", "--data", str(tmp_path))
    assert result.exit_code == 2
    assert "staff-token" in result.stderr


def test_nothing_that_is_shown_steers_the_terminal(fake: Fake, ordermill: Ordermill) -> None:
    hostile = {**HOP, "orderId": "\x1b[2J", "edge": "a\nb", "error": "\x9b"}
    fake.on("GET /live", stream(("hop", hostile, 7), ("hop", [1], 8)), REFUSED)
    result = ordermill("tail")
    assert all(line.isprintable() for line in result.stdout.splitlines())
    assert len(result.stdout.splitlines()) == 1
    assert "hop 8 cannot be read" in result.stderr


def test_colours_are_for_terminals(fake: Fake, ordermill: Ordermill) -> None:
    fake.on("GET /live", stream(("hop", HOP, 7)), REFUSED, stream(("hop", HOP, 7)), REFUSED)
    assert "\x1b[" not in ordermill("tail").stdout
    assert "\x1b[32mok" in ordermill("tail", color=True).stdout
