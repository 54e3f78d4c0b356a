"""The log's latest lines: bounded whatever comes, chosen by order, function and level, and resumed without a hole."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator

import pytest

from ordermill.domain.errors import Overloaded
from ordermill.entrypoints.bindings import InvalidQuery
from ordermill.entrypoints.logs.ring import LogFilter, LogRing, RingWriter
from ordermill.entrypoints.logs.tail import LINES_AT_ONCE, WATCHERS_MAX, LogRoute, LogTail, read_wish
from ordermill.entrypoints.sse import EventParser
from ordermill.entrypoints.web import Request
from tests.unit.entrypoints.test_log_lines import HOSTILE, record

START = 5000
ORDER = "ord_01890000-0000-7000-8000-000000000001"
OTHER = "ord_01890000-0000-7000-8000-000000000002"


def ring_of(*records: logging.LogRecord, lines_max: int = 100, bytes_max: int = 1 << 20) -> LogRing:
    ring = LogRing(START, lines_max, bytes_max)
    writer = RingWriter(ring)
    for each in records:
        writer.handle(each)
    return ring


def numbered(count: int) -> list[logging.LogRecord]:
    return [record(f"line {n}") for n in range(count)]


def said(ring: LogRing, after: int = 0) -> list[str]:
    return [json.loads(line.json)["event"] for line in ring.after(after, 1000)]


def test_a_ring_keeps_the_latest_lines_alone() -> None:
    ring = ring_of(*numbered(25), lines_max=10)
    assert said(ring) == [f"line {n}" for n in range(15, 25)]
    assert (ring.first, ring.last) == (START + 15, START + 24)
    assert said(ring, START + 22) == ["line 23", "line 24"]
    assert said(ring, START + 24) == []
    assert [line.seq for line in ring.after(0, 3)] == [START + 15, START + 16, START + 17]


def test_long_lines_make_room_for_what_comes_but_one_is_kept_whatever_its_length() -> None:
    ring = ring_of(*(record("x" * 1000) for _ in range(20)), bytes_max=5000)
    assert 3 <= len(ring.after(0, 100)) <= 5
    RingWriter(ring).handle(record("y" * 10_000))
    assert [len(text) for text in said(ring)] == [10_000]
    RingWriter(ring).handle(record("short"))
    assert said(ring) == ["short"]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_line_is_one_of_the_log_and_ends_no_event(text: str) -> None:
    (line,) = ring_of(record("%s", text, orderId=text, function=7)).after(0, 10)
    assert (line.order_id, line.function, line.json.isascii(), b"\n" in line.json) == (text, None, True, False)
    assert json.loads(line.json)["event"] == text


def test_what_cannot_be_formatted_is_left_out() -> None:
    ring = ring_of(record("%d apples", "secret"), record("whole"))
    assert said(ring) == ["whole"]


def test_what_failed_is_kept_as_text_alone() -> None:
    try:
        raise ZeroDivisionError("told")
    except ZeroDivisionError as error:
        failed = record("it failed")
        failed.exc_info = (type(error), error, error.__traceback__)
    (line,) = ring_of(failed).after(0, 10)
    assert "ZeroDivisionError: told" in json.loads(line.json)["exception"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (LogFilter(), ["a", "b", "c", "d"]),
        (LogFilter(order_id=ORDER), ["a", "b"]),
        (LogFilter(function="send_email"), ["b", "c"]),
        (LogFilter(severity=logging.WARNING), ["c", "d"]),
        (LogFilter(ORDER, "send_email", logging.INFO), ["b"]),
        (LogFilter(ORDER, "send_email", logging.ERROR), []),
    ],
)
def test_lines_are_chosen_by_what_they_are_about(wanted: LogFilter, found: list[str]) -> None:
    ring = ring_of(
        record("a", orderId=ORDER, function="process_order", level=logging.INFO),
        record("b", orderId=ORDER, function="send_email", level=logging.INFO),
        record("c", orderId=OTHER, function="send_email", level=logging.WARNING),
        record("d", level=logging.CRITICAL),
    )
    assert [json.loads(line.json)["event"] for line in ring.after(0, 10) if wanted.passes(line)] == found


@pytest.mark.parametrize(
    ("query", "header"),
    [
        ({"orderId": "7"}, None),
        ({"function": "nobody"}, None),
        ({"level": "loud"}, None),
        ({"lastEventId": "x"}, None),
        ({}, "x"),
        ({"lastEventId": "5"}, "-5"),
        ({"colour": "red"}, None),
    ],
)
def test_a_wish_that_means_nothing_is_refused(query: dict[str, str], header: str | None) -> None:
    with pytest.raises(InvalidQuery):
        read_wish(query, header, {"send_email"})


def test_a_wish_is_read() -> None:
    query = {"orderId": ORDER, "function": "send_email", "level": "warning", "lastEventId": "3"}
    wish = read_wish(query, "4", {"send_email"})
    assert (wish.filter, wish.after) == (LogFilter(ORDER, "send_email", logging.WARNING), 4)


class Stage:
    """A route over a ring; `read` takes what is there until nothing more comes by itself."""

    def __init__(self, ring: LogRing) -> None:
        self.ring, self.tail = ring, LogTail(ring)
        self.route = LogRoute(self.tail, {"send_email"}, heartbeat_s=0.001)

    def watch(self, query: dict[str, str] | None = None, last: int | None = None) -> AsyncGenerator[bytes]:
        headers = {} if last is None else {"last-event-id": str(last)}
        chunks = self.route.answer(Request("GET", "GET /logs", {}, query or {}, headers, b"", "staff")).chunks
        assert isinstance(chunks, AsyncGenerator)
        return chunks

    async def read(self, chunks: AsyncGenerator[bytes], parser: EventParser) -> list[tuple[str, object]]:
        found: list[tuple[str, object]] = []
        async for chunk in chunks:
            for event in parser.feed(chunk):
                data = json.loads(event.data)
                found.append((event.name, data["event"] if event.name == "line" else data))
            if chunk.startswith(b":"):
                break
        return found


def test_a_stream_begins_with_what_is_kept_and_goes_on_with_what_comes() -> None:
    async def run() -> None:
        stage = Stage(ring_of(*numbered(LINES_AT_ONCE + 5), lines_max=LINES_AT_ONCE + 3))
        parser, chunks = EventParser(), stage.watch()
        begun = await stage.read(chunks, parser)
        assert begun == [("line", f"line {n}") for n in range(2, LINES_AT_ONCE + 5)]
        writer = RingWriter(stage.ring)
        await asyncio.to_thread(writer.handle, record("one more"))
        assert await stage.read(chunks, parser) == [("line", "one more")]
        assert parser.last_id == str(stage.ring.last)
        assert await stage.read(stage.watch(last=stage.ring.last - 1), EventParser()) == [("line", "one more")]

    asyncio.run(run())


def test_who_waits_is_woken_by_a_line_of_another_thread() -> None:
    async def run() -> None:
        stage = Stage(ring_of())
        stage.route = LogRoute(stage.tail, set(), heartbeat_s=60)
        chunks = stage.watch()
        await anext(chunks)
        waiting = asyncio.ensure_future(anext(chunks))
        begun, _ = await asyncio.wait({waiting}, timeout=0)
        assert not begun
        await asyncio.to_thread(RingWriter(stage.ring).handle, record("news"))
        assert b"news" in await asyncio.wait_for(waiting, 10)
        await chunks.aclose()
        assert stage.tail.watchers == set()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("last", "gap"),
    [
        (START + 24, None),
        (START + 19, None),
        (START + 3, {"after": START + 3, "from": START + 20, "reason": "overflow"}),
        (7, {"after": 7, "from": START + 20, "reason": "restart"}),
        (START + 99, {"after": START + 99, "from": START + 20, "reason": "unknown"}),
    ],
)
def test_what_is_missing_is_said_with_why(last: int, gap: object) -> None:
    async def run() -> None:
        stage = Stage(ring_of(*numbered(25), lines_max=5))
        found = await stage.read(stage.watch(last=last), EventParser())
        kept = [("line", f"line {n}") for n in range(20, 25)]
        assert found == ([("gap", gap), *kept] if gap else kept[max(0, last - START - 19) :])

    asyncio.run(run())


def test_what_a_filter_leaves_out_is_not_sent_again() -> None:
    async def run() -> None:
        stage = Stage(ring_of(record("a", orderId=ORDER), record("b", orderId=OTHER)))
        parser = EventParser()
        assert await stage.read(stage.watch({"orderId": ORDER}), parser) == [("line", "a")]
        assert parser.last_id == str(START + 1)

    asyncio.run(run())


def test_only_so_many_may_watch_and_closing_ends_all() -> None:
    async def run() -> None:
        stage = Stage(ring_of(record("a")))
        streams = [stage.watch() for _ in range(WATCHERS_MAX)]
        for each in streams:
            await anext(each)
        with pytest.raises(Overloaded, match=str(WATCHERS_MAX)):
            stage.watch()
        stage.tail.close()
        assert [[chunk async for chunk in each] for each in streams] == [[]] * WATCHERS_MAX
        assert stage.tail.watchers == set()
        head = stage.route.answer(Request("HEAD", "GET /logs", {}, {}, {}, b"", "staff"))
        assert (head.content_type, head.chunks) == ("text/event-stream", None)

    asyncio.run(run())


def test_a_line_after_the_end_of_the_loop_hurts_nobody() -> None:
    ring = ring_of()

    async def run() -> None:
        tail = LogTail(ring)
        tail.watchers.add(asyncio.Event())

    asyncio.run(run())
    RingWriter(ring).handle(record("late"))
    assert said(ring) == ["late"]
