"""Watching the ring: every hop once, in a hop, a frame or a gap, however it comes and whoever is slow."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordermill.entrypoints.live.feed import FRAME_HOPS, SINGLES_PER_S, Feed, Watcher
from ordermill.entrypoints.live.filters import Filter
from ordermill.entrypoints.live.frames import SAMPLES, TROUBLES, frame
from ordermill.entrypoints.sse import EventParser
from ordermill.ports.hops import Hop, HopOutcome
from ordermill.runtime.hop_ring import HopRing
from tests.hops_kit import ManualTime, hop

START = 1_795_000_000_000_000
ALL = Filter()
OUTCOMES: list[HopOutcome] = ["ok", "ok", "ok", "retry", "failed", "dead"]


class Seen:
    """What one client was sent, over as many connections as it made."""

    def __init__(self, feed: Feed, filter_: Filter = ALL) -> None:
        self.feed, self.filter = feed, filter_
        self.events: list[tuple[str, dict[str, Any]]] = []
        self._parser = EventParser(str(feed.ring.last))
        self._watcher: Watcher | None = None
        self.connect()

    def connect(self) -> None:
        if self._watcher is not None:
            self.feed.leave(self._watcher)
        self._parser = EventParser(self._parser.last_id)
        self._watcher = self.feed.join(self.filter, int(self._parser.last_id))

    def pull(self, *, torn: bool = False) -> bool:
        """Pull once; `torn`: the connection breaks within what comes. Whether there was something."""
        assert self._watcher is not None
        chunk = self._watcher.pull()
        for event in self._parser.feed(chunk[: len(chunk) // 2] if torn else chunk):
            self.events.append((event.name, json.loads(event.data)))
        if torn:
            self.connect()
        return bool(chunk)

    def drain(self, time: ManualTime) -> None:
        time.advance(1)
        assert self._watcher is not None
        while self.pull() or self._watcher.behind:
            pass

    def of(self, name: str) -> list[dict[str, Any]]:
        return [data for kind, data in self.events if kind == name]


def ranges(seen: Seen) -> list[tuple[int, int]]:
    """The numbers that each event speaks of, first and last."""
    found = []
    for name, data in seen.events:
        if name == "hop":
            found.append((data["seq"], data["seq"]))
        elif name == "frame":
            found.append((data["from"], data["to"]))
        else:
            found.append((data["after"] + 1, data["from"] - 1))
    return found


def made(capacity: int = 1000) -> tuple[Feed, ManualTime]:
    time = ManualTime()
    return Feed(HopRing(START, capacity), time.later, monotonic=time.monotonic), time


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("take"), st.integers(1, 400)),
        st.tuples(st.just("advance"), st.sampled_from([0.001, 0.02, 0.1, 0.5])),
        st.tuples(st.just("pull"), st.just(0)),
        st.tuples(st.just("torn"), st.just(0)),
        st.tuples(st.just("reconnect"), st.just(0)),
    ),
    max_size=40,
)


@given(STEPS, st.sampled_from([50, 300, 5000]))
def test_every_number_is_sent_once_or_named_as_missing(steps: list[tuple[str, Any]], capacity: int) -> None:
    feed, time = made(capacity)
    seen, taken = Seen(feed), list[Hop]()
    for what, amount in steps:
        if what == "take":
            batch = [
                hop(n, outcome=OUTCOMES[n % 6], duration_ms=n) for n in range(len(taken), len(taken) + int(amount))
            ]
            taken += batch
            feed.take(batch)
        elif what == "advance":
            time.advance(amount)
        elif what == "reconnect":
            seen.connect()
        else:
            seen.pull(torn=what == "torn")
    seen.drain(time)
    covered = ranges(seen)
    assert [first for first, _ in covered] == [START, *(last + 1 for _, last in covered)][: len(covered)]
    assert not taken or covered[-1][1] == START + len(taken) - 1
    for name, data in seen.events:
        if name == "hop":
            assert data["attempt"] == taken[data["seq"] - START].attempt
        elif name == "frame":
            of_it = taken[data["from"] - START : data["to"] - START + 1]
            assert _counts(data) == Counter((each.edge, each.outcome) for each in of_it)


def _counts(data: dict[str, Any]) -> Counter[tuple[str, str]]:
    return Counter(
        {
            (edge, outcome): sums[outcome]
            for edge, sums in data["edges"].items()
            for outcome in OUTCOMES
            if sums[outcome]
        }
    )


@given(st.lists(st.tuples(st.integers(1, 300), st.sampled_from([0.01, 0.1, 1.0])), max_size=15))
def test_a_filter_sends_what_passes_and_nothing_else(batches: list[tuple[int, float]]) -> None:
    feed, time = made(10_000)
    seen, taken = Seen(feed, Filter(outcome="dead")), list[Hop]()
    for size, seconds in batches:
        batch = [hop(n, outcome=OUTCOMES[n % 6]) for n in range(len(taken), len(taken) + size)]
        taken += batch
        feed.take(batch)
        time.advance(seconds)
        seen.pull()
    seen.drain(time)
    singly = [data["seq"] for data in seen.of("hop")]
    framed = [
        START + at
        for data in seen.of("frame")
        for at in range(data["from"] - START, data["to"] - START + 1)
        if taken[at].outcome == "dead"
    ]
    dead = [START + at for at, each in enumerate(taken) if each.outcome == "dead"]
    assert sorted(singly + framed) == dead
    assert sum(_counts(data).total() for data in seen.of("frame")) == len(framed)


def test_few_hops_go_out_singly_and_soon() -> None:
    feed, time = made()
    seen = Seen(feed)
    feed.take([hop(1), hop(2)])
    assert not seen.pull()
    time.advance(0.02)
    assert seen.pull()
    assert [data["attempt"] for data in seen.of("hop")] == [1, 2]


def test_many_go_out_as_ten_frames_a_second() -> None:
    feed, time = made(100_000)
    seen, other = Seen(feed), Seen(feed)
    for _ in range(200):
        feed.take([hop(n) for n in range(50)])
        time.advance(0.01)
        seen.pull()
        other.pull()
    seen.drain(time)
    assert len(seen.of("hop")) <= 2 * SINGLES_PER_S
    assert 18 <= len(seen.of("frame")) <= 22
    assert sum(_counts(data).total() for data in seen.of("frame")) + len(seen.of("hop")) == 10_000


def test_all_who_are_at_one_place_share_what_was_encoded() -> None:
    feed, time = made(100_000)
    watchers = [feed.join(ALL) for _ in range(3)]
    feed.take([hop(n) for n in range(1000)])
    time.advance(0.2)
    chunks = [watcher.pull() for watcher in watchers]
    assert chunks[0] is chunks[1] is chunks[2]
    assert b"event: frame" in chunks[0]


def test_who_is_far_behind_gets_several_frames_and_one_who_is_too_far_a_gap() -> None:
    feed, time = made(3 * FRAME_HOPS)
    seen = Seen(feed)
    feed.take([hop(n) for n in range(2 * FRAME_HOPS)])
    seen.drain(time)
    assert [data["to"] - data["from"] + 1 for data in seen.of("frame")] == [FRAME_HOPS, FRAME_HOPS]
    feed.take([hop(n) for n in range(4 * FRAME_HOPS)])
    seen.drain(time)
    last = START + 2 * FRAME_HOPS - 1
    assert seen.of("gap") == [{"after": last, "from": last + 1 + FRAME_HOPS, "reason": "overflow"}]


def test_without_watchers_nothing_is_planned_and_who_comes_sees_what_comes() -> None:
    feed, time = made()
    feed.take([hop(1)])
    assert time.idle
    seen = Seen(feed)
    feed.take([hop(2)])
    seen.drain(time)
    assert [data["attempt"] for data in seen.of("hop")] == [2]


def test_a_frame_shows_all_troubles_up_to_a_cap_and_some_of_the_rest() -> None:
    hops = [(START + n, hop(n, outcome="dead" if n % 100 == 7 else "ok", duration_ms=n)) for n in range(1000)]
    made_of = frame(START, START + 999, hops)
    shown = [view.seq for view in made_of.samples]
    assert {START + n for n in range(7, 1000, 100)} <= set(shown)
    assert shown == sorted(set(shown))
    assert 10 < len(shown) <= SAMPLES + 10
    assert (made_of.edges["orders>process_order"].p50_ms, made_of.edges["orders>process_order"].p99_ms) == (500, 990)
    storm = frame(START, START + 999, [(seq, hop(outcome="retry")) for seq, _ in hops])
    assert len(storm.samples) == TROUBLES


@pytest.mark.parametrize(
    ("filter_", "passes"),
    [
        (Filter(), True),
        (Filter(order_id="ord_1"), True),
        (Filter(order_id="ord_2"), False),
        (Filter(function="process_order"), True),
        (Filter(function="send_email"), False),
        (Filter(outcome="ok"), True),
        (Filter(outcome="dead"), False),
        (Filter("ord_1", "process_order", "dead"), False),
    ],
)
def test_filters(filter_: Filter, passes: bool) -> None:
    one = hop(order_id="ord_1")
    assert filter_.select(7, [one]) == ([(7, one)] if passes else [])
