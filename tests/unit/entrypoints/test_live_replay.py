"""What `/live` sends of before: asked for, planned from log and ring, and resumed wherever it was cut."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from ordermill.domain.errors import Overloaded
from ordermill.domain.events import EventType, OrderEvent, OrderFact
from ordermill.domain.order import Status
from ordermill.entrypoints.bindings import InvalidQuery
from ordermill.entrypoints.live.feed import WATCHERS_MAX, Feed
from ordermill.entrypoints.live.filters import REPLAY_MAX, Filter, Wish, read_wish
from ordermill.entrypoints.live.replay import Logged, Replay, edges_of
from ordermill.entrypoints.live.route import LiveRoute
from ordermill.entrypoints.sse import EventParser
from ordermill.entrypoints.web import Request
from ordermill.ports.hops import Hop
from ordermill.runtime.hop_ring import HopRing
from ordermill.topology.loader import load
from tests.hops_kit import ManualTime, hop

START = 1_795_000_000_000_000
BOOT = 1_795_000_000_000
ORDERS = [f"ord_019aa1b2-7c3d-7e4f-8a5b-6c7d8e9f0a{n:02x}" for n in range(40)]
FUNCTIONS = {"create_order", "process_order"}
CREATED = "POST /orders>create_order"

Json = dict[str, Any]


def event(order_id: str, at: int, by: str = "create_order", seq: int = 1) -> OrderEvent:
    fact = OrderFact(order_id, seq, Status.PENDING, by, at, 1, 999, "USD")
    return OrderEvent(f"{order_id}/{seq}", EventType.ORDER_CREATED, order_id, "", fact)


class FakeLog:
    """A permanent log in memory."""

    def __init__(self, events: list[OrderEvent], first: int = 1) -> None:
        self.events: list[Logged] = list(enumerate(events, first))

    def last(self) -> int:
        return self.events[-1][0] if self.events else 0

    def after(self, num: int, up_to: int, limit: int) -> list[Logged]:
        return [logged for logged in self.events if num < logged[0] <= up_to][:limit]

    def of_order(self, order_id: str, num: int, up_to: int) -> list[Logged]:
        return [logged for logged in self.after(num, up_to, 10**6) if logged[1].subject == order_id]


class Stage:
    """A route over a log and a ring; `watch` reads the stream until nothing more is due."""

    def __init__(self, events: list[OrderEvent], hops: list[Hop], *, capacity: int = 100, first: int = 1) -> None:
        self.log, self.time = FakeLog(events, first), ManualTime()
        self.feed = Feed(HopRing(START, capacity), self.time.later, monotonic=self.time.monotonic)
        self.feed.take(hops)
        self._executor = ThreadPoolExecutor(1)
        replay = Replay(self.log, self._executor, self.feed.ring, {"create_order": CREATED})
        self.route = LiveRoute(self.feed, replay, FUNCTIONS, heartbeat_s=0)

    def watch(self, last_id: str | None = None, cut_after: int | None = None, /, **query: str) -> Seen:
        headers = {} if last_id is None else {"last-event-id": last_id}
        response = self.route.answer(Request("GET", "GET /live", {}, query, headers, b"", "staff"))
        assert response.content_type == "text/event-stream"
        return asyncio.run(self._read(response.chunks, cut_after))

    async def _read(self, chunks: Any, cut_after: int | None) -> Seen:
        seen = Seen()
        async for chunk in chunks:
            for each in seen.parser.feed(chunk):
                seen.events.append((each.name, json.loads(each.data)))
                if cut_after is not None and len(seen.events) >= cut_after:
                    # The id of what was read is what a client comes back with; the rest of the chunk was lost.
                    seen.last_id = each.id
                    await chunks.aclose()
                    return seen
            seen.last_id = seen.parser.last_id
            if chunk.startswith(b":"):
                await chunks.aclose()
        return seen


class Seen:
    def __init__(self) -> None:
        self.parser, self.last_id = EventParser(), ""
        self.events: list[tuple[str, Json]] = []

    @property
    def ids(self) -> list[int]:
        return [data["seq"] for name, data in self.events if name == "hop"]

    @property
    def gaps(self) -> list[Json]:
        return [data for name, data in self.events if name == "gap"]


def before(count: int) -> list[OrderEvent]:
    """Events of a process before, one a second."""
    return [event(ORDERS[n], BOOT - 1000 * (count - n)) for n in range(count)]


def since_boot(count: int) -> list[Hop]:
    return [hop(n, at=BOOT + 100 * n, order_id=ORDERS[20 + n], edge=CREATED) for n in range(count)]


def test_one_order_from_before_is_replayed_and_then_goes_on() -> None:
    now = hop(1, at=BOOT + 500, order_id=ORDERS[3])
    stage = Stage(before(5), [*since_boot(3), now])
    seen = stage.watch(orderId=ORDERS[3])
    first, second = (data for _, data in seen.events)
    assert first == {
        "seq": 4,
        "at": "2026-11-18T11:06:38.000Z",
        "orderId": ORDERS[3],
        "edge": CREATED,
        "function": "create_order",
        "outcome": "ok",
        "attempt": 1,
        "durationMs": None,
        "error": None,
        "traceId": ORDERS[3][4:].replace("-", ""),
        "replayed": True,
        "event": "OrderCreated",
    }
    assert (second["seq"], second["replayed"]) == (START + 3, False)
    assert seen.gaps == []


def test_what_log_and_ring_both_know_comes_once_and_from_the_ring() -> None:
    hops = since_boot(4)
    logged = [*before(3), *(event(str(each.order_id), each.at - 2) for each in hops)]
    seen = Stage(logged, hops).watch(replay="50")
    assert seen.ids == [1, 2, 3, START, START + 1, START + 2, START + 3]


def test_an_older_change_by_the_same_function_is_not_taken_for_the_one_in_the_ring() -> None:
    order_id = ORDERS[0]
    logged = [event(order_id, BOOT - 60_000), event(order_id, BOOT + 97, seq=2)]
    hops = [hop(0, at=BOOT + 100, order_id=order_id, edge=CREATED, duration_ms=5)]
    assert Stage(logged, hops).watch(orderId=order_id).ids == [1, START]


@pytest.mark.parametrize(
    ("edge", "ids"),
    [
        ("POST /orders/{orderId}/cancel>cancel_order", [START]),
        ("GET /orders/{orderId}>get_order_by_id", [1, START]),
        ("order-queue>process_order", [1, START]),
    ],
)
@pytest.mark.parametrize("by", ["holder", "staff"])
def test_what_a_person_did_is_known_by_the_request_that_did_it(by: str, edge: str, ids: list[int]) -> None:
    hops = [hop(0, at=BOOT + 100, order_id=ORDERS[0], edge=edge)]
    assert Stage([event(ORDERS[0], BOOT + 98, by)], hops).watch(orderId=ORDERS[0]).ids == ids


def test_what_fell_out_of_the_ring_comes_from_the_log() -> None:
    hops = since_boot(10)
    logged = [event(str(each.order_id), each.at - 2) for each in hops]
    seen = Stage(logged, hops, capacity=4).watch(since="2026-11-18T11:06:39Z")
    assert seen.ids == [1, 2, 3, 4, 5, 6, START + 6, START + 7, START + 8, START + 9]


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ({"replay": "2"}, [START + 1, START + 2]),
        ({"replay": "3"}, [START, START + 1, START + 2]),
        ({"replay": "5"}, [4, 5, START, START + 1, START + 2]),
        ({"since": "2026-11-18T11:06:38Z"}, [4, 5, START, START + 1, START + 2]),
        ({"since": "2026-11-18T12:06:40.150 01:00"}, [START + 2]),
        ({"since": "2030-01-01T00:00:00Z"}, []),
        ({"replay": "50", "function": "process_order"}, []),
        ({"replay": "50", "outcome": "dead"}, []),
        ({"replay": "50", "outcome": "ok"}, [1, 2, 3, 4, 5, START, START + 1, START + 2]),
        ({"orderId": ORDERS[39]}, []),
        ({}, []),
    ],
)
def test_how_far_a_watcher_looks_back(query: dict[str, str], ids: list[int]) -> None:
    assert Stage(before(5), since_boot(3)).watch(**query).ids == ids


@pytest.mark.parametrize("query", [{"replay": "100"}, {"since": "2026-11-18T00:00:00Z"}])
@pytest.mark.parametrize("restart", [False, True])
def test_a_replay_that_is_cut_anywhere_goes_on_without_loss_or_repeat(query: dict[str, str], restart: bool) -> None:
    events, hops = before(5), since_boot(4)
    whole = Stage(events, hops).watch(**query).ids
    assert len(whole) == 9
    for cut in range(1, 6):
        stage = Stage(events, hops)
        first = stage.watch(None, cut, **query)
        if restart:
            # The next process: what this one's ring knew, the log has meanwhile.
            logged = [*events, *(event(str(each.order_id), each.at - 2) for each in hops)]
            stage = Stage(logged, [])
            expected = [1, 2, 3, 4, 5, 6, 7, 8, 9]
        else:
            expected = whole
        second = stage.watch(first.last_id, **query)
        assert first.ids + second.ids == expected
        assert second.gaps == []


def test_what_happens_while_a_replay_is_cut_is_not_taken_for_what_was_asked_for() -> None:
    hops = since_boot(14)
    stage = Stage(before(5), hops[:4])
    first = stage.watch(None, 2, replay="8")
    stage.feed.take(hops[4:])
    second = stage.watch(first.last_id, replay="8")
    assert first.ids + second.ids == [2, 3, 4, 5, *range(START, START + 14)]


def test_more_than_is_replayed_begins_with_a_gap() -> None:
    events = [event(ORDERS[0], BOOT - REPLAY_MAX + n, seq=n) for n in range(REPLAY_MAX + 5)]
    seen = Stage(events, []).watch(since="2026-01-01T00:00:00Z")
    assert seen.gaps == [{"after": 0, "from": 6, "reason": "overflow"}]
    assert seen.ids == list(range(6, REPLAY_MAX + 6))
    resumed = Stage(events, []).watch("3", since="2026-01-01T00:00:00Z")
    assert resumed.gaps == [{"after": 3, "from": 6, "reason": "overflow"}]
    assert Stage(events, []).watch("5", since="2026-01-01T00:00:00Z").gaps == []


@pytest.mark.parametrize(
    ("last_id", "gap", "ids"),
    [
        (START + 7, None, [START + 8, START + 9]),
        (START + 9, None, []),
        (START + 5, None, list(range(START + 6, START + 10))),
        (START + 2, {"after": START + 2, "from": START + 6, "reason": "overflow"}, [*range(START + 6, START + 10)]),
        (START - 9, {"after": START - 9, "from": START + 6, "reason": "restart"}, [*range(START + 6, START + 10)]),
        (START + 10, {"after": START + 10, "from": START + 10, "reason": "unknown"}, []),
        (7, {"after": 7, "from": START + 10, "reason": "unknown"}, []),
    ],
)
def test_a_stream_goes_on_right_after_the_id_or_says_what_is_missing(last_id: int, gap: Json | None, ids: Any) -> None:
    stage = Stage([], since_boot(10), capacity=4)
    seen = stage.watch(str(last_id))
    assert (seen.gaps, seen.ids) == ([gap] if gap else [], ids)
    assert seen.last_id == str(START + 9)
    assert stage.watch(lastEventId=str(last_id)).events == seen.events


@pytest.mark.parametrize(
    ("query", "last_id", "says"),
    [
        ({"colour": "red"}, None, "no colour"),
        ({"orderId": "ord_1"}, None, "orderId"),
        ({"function": "nobody"}, None, "create_order, process_order"),
        ({"outcome": "maybe"}, None, "ok, retry, failed, dead"),
        ({"since": "yesterday"}, None, "since"),
        ({"since": "2026-11-20"}, None, "since"),
        ({"since": "2026-11-20T12:00:00"}, None, "since"),
        ({"since": "9999-99-99T99:99:99Z"}, None, "since"),
        ({"replay": "0"}, None, "10,000"),
        ({"replay": "10001"}, None, "10,000"),
        ({"replay": "-1"}, None, "10,000"),
        ({"replay": "٣"}, None, "10,000"),
        ({"replay": "5", "since": "2026-11-20T12:00:00Z"}, None, "not both"),
        ({}, "abc", "Last-Event-ID"),
        ({}, "-1", "Last-Event-ID"),
        ({}, "1" * 17, "Last-Event-ID"),
        ({"lastEventId": "x"}, None, "Last-Event-ID"),
    ],
)
def test_what_cannot_be_read_is_refused(query: dict[str, str], last_id: str | None, says: str) -> None:
    with pytest.raises(InvalidQuery, match=says):
        read_wish(query, last_id, FUNCTIONS)


def test_the_header_wins_over_the_query_and_an_empty_one_is_none() -> None:
    assert read_wish({"lastEventId": "5"}, "7", FUNCTIONS) == Wish(Filter(), 7)
    assert read_wish({"lastEventId": ""}, "", FUNCTIONS) == Wish(Filter())


def test_only_so_many_may_watch() -> None:
    stage = Stage([], [])
    for _ in range(WATCHERS_MAX):
        stage.feed.join(Filter())
    with pytest.raises(Overloaded, match=str(WATCHERS_MAX)):
        stage.watch()


def test_who_asks_for_the_head_gets_no_stream() -> None:
    response = Stage([], []).route.answer(Request("HEAD", "GET /live", {}, {}, {}, b"", "staff"))
    assert (response.status, response.content_type, response.chunks) == (200, "text/event-stream", None)


def test_closing_ends_every_stream_and_leaves_nobody() -> None:
    stage = Stage([], since_boot(2))

    async def run() -> list[bytes]:
        chunks = stage.route.answer(Request("GET", "GET /live", {}, {}, {}, b"", "staff")).chunks
        assert chunks is not None
        seen = [await anext(chunks)]
        assert len(stage.feed.watchers) == 1
        stage.feed.close()
        return seen + [chunk async for chunk in chunks if not chunk.startswith(b":")]

    assert len(asyncio.run(run())) == 1
    assert stage.feed.watchers == set()


def test_the_edges_of_old_events_are_named_as_hops_are() -> None:
    edges = edges_of(load(), "workflow")
    assert edges["fail_order"] == "dead-letters>fail_order"
    assert edges["process_order"] == "order-queue>process_order"
