"""Server-sent events, read as the HTML standard says, and written so that they are read as they were meant."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordermill.entrypoints import sse
from ordermill.entrypoints.sse import Event, EventParser


def read(*chunks: bytes) -> tuple[list[Event], EventParser]:
    parser = EventParser()
    return [event for chunk in chunks for event in parser.feed(chunk)], parser


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        (b"data: a\n\n", [Event("", "message", "a")]),
        (b"data:a\n\n", [Event("", "message", "a")]),
        (b"data:  a\n\n", [Event("", "message", " a")]),
        (b"data: a\ndata: b\ndata\n\n", [Event("", "message", "a\nb\n")]),
        (b"data: YHOO\ndata: +2\ndata: 10\n\n", [Event("", "message", "YHOO\n+2\n10")]),
        (b"data\n\n", [Event("", "message", "")]),
        (b": a comment\n\ndata: a\n\n", [Event("", "message", "a")]),
        (b"data: a\r\n\r\ndata: b\r\rdata: c\n\n", [Event("", "message", each) for each in "abc"]),
        (b"data: a\r\ndata: b\r\n\r\n", [Event("", "message", "a\nb")]),
        (b"event: hop\nid: 7\ndata: a\n\ndata: b\n\n", [Event("7", "hop", "a"), Event("7", "message", "b")]),
        (b"id: 7\ndata: a\n\nid\ndata: b\n\n", [Event("7", "message", "a"), Event("", "message", "b")]),
        (b"id: 7\n\ndata: a\n\n", [Event("7", "message", "a")]),
        (b"id: 7\nid: 8\0\ndata: a\n\n", [Event("7", "message", "a")]),
        (b"event: hop\n\ndata: a\n\n", [Event("", "message", "a")]),
        (b"color: red\nDATA: no\ndata: a: b\n\n", [Event("", "message", "a: b")]),
        (b"data: never ended\n", []),
        (b"\xef\xbb\xbfdata: a\n\n", [Event("", "message", "a")]),
        ("data: é\u2028\x85\n\n".encode(), [Event("", "message", "é\u2028\x85")]),
        (b"data: \xff\n\n", [Event("", "message", "\ufffd")]),
    ],
)
def test_a_stream_is_read_by_the_standard_however_it_is_cut(stream: bytes, events: list[Event]) -> None:
    assert read(stream)[0] == events
    assert read(*(stream[at : at + 1] for at in range(len(stream))))[0] == events


@pytest.mark.parametrize(("line", "ms"), [(b"retry: 250", 250), (b"retry: soon", 1000), (b"retry: -1", 1000)])
def test_retry_takes_digits_alone(line: bytes, ms: int) -> None:
    assert read(line + b"\n\n")[1].retry_ms == ms


def test_an_id_counts_once_its_event_is_whole() -> None:
    _, parser = read(sse.event("hop", b"{}", 7), b"id: 8\nevent: hop\ndata: {}\n")
    assert parser.last_id == "7"


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["hop", "frame", "gap"]), st.dictionaries(st.text(), st.text()), st.integers(0, 2**53)
        )
    ),
    st.integers(1, 50),
)
def test_what_is_written_is_read(sent: list[tuple[str, dict[str, str], int]], size: int) -> None:
    stream = sse.opening(3) + b"".join(sse.event(name, json.dumps(data).encode(), id_) for name, data, id_ in sent)
    stream += sse.heartbeat(99)
    events, parser = read(*(stream[at : at + size] for at in range(0, len(stream), size)))
    assert [(event.name, json.loads(event.data), int(event.id)) for event in events] == sent
    assert (parser.last_id, parser.retry_ms) == ("99", sse.RETRY_MS)
