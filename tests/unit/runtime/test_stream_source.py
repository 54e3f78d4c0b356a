"""A consumer of the change stream over the real log: ordered per order, a failure holds up its order alone."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ordermill.adapters.local.store import LocalStore
from ordermill.domain.events import OrderChange
from ordermill.domain.order import Status
from ordermill.ports.journal import Position
from ordermill.runtime.handlers import ChangeFilter, Delivery
from ordermill.runtime.stream_source import StreamSource
from tests.unit.runtime.runtime_kit import (
    BACKOFF_MS,
    VISIBILITY_MS,
    Now,
    count,
    insert_of,
    letters,
    open_store,
    order_of,
    recovered,
    seq_of,
    stream_source,
    turn,
)

INSERTS = [ChangeFilter(frozenset({"INSERT"}), None, None)]
UPDATE = OrderChange("MODIFY", 1, Status.PENDING, order_of("a"))


def orders_of(deliveries: list[Delivery]) -> list[str | None]:
    return [delivery.order_id for delivery in deliveries]


def test_changes_come_in_order_and_are_forgotten_once_done(store: LocalStore, now: Now) -> None:
    source = recovered(store, stream_source(store, now))
    claimed = turn(store, source, insert_of("a"), insert_of("b"))
    assert orders_of(claimed) == ["a", "b"]
    assert source.admit(claimed[0])
    assert claimed[0].payload == insert_of("a")
    assert (source.checkpoint, count(store, "changes")) == (0, 2)
    turn(store, source, done=claimed[1:])
    assert (source.checkpoint, count(store, "changes")) == (0, 2), "the first is still under way"
    turn(store, source, done=claimed[:1])
    assert (source.checkpoint, count(store, "changes"), source.in_flight()) == (2, 0, 0)


def test_an_orders_next_change_waits_for_the_one_under_way(store: LocalStore, now: Now) -> None:
    source = recovered(store, stream_source(store, now))
    (first,) = turn(store, source, insert_of("a"), UPDATE, claim=1)
    assert orders_of(turn(store, source, insert_of("b"))) == ["b"]
    (second,) = turn(store, source, done=[first])
    assert (second.order_id, seq_of(second)) == ("a", 2)


def test_two_changes_of_an_order_in_one_batch_keep_their_order(store: LocalStore, now: Now) -> None:
    source = recovered(store, stream_source(store, now))
    (first,) = turn(store, source, insert_of("a"), UPDATE)
    assert source.admit(first)
    (second,) = turn(store, source, done=[first])
    assert (seq_of(first), seq_of(second)) == (1, 2)


def test_what_a_filter_refuses_is_passed_over(store: LocalStore, now: Now) -> None:
    source = recovered(store, stream_source(store, now, filters=INSERTS))
    assert turn(store, source, UPDATE) == []
    assert source.checkpoint == 1


def test_a_failing_change_backs_off_holds_its_order_and_ends_as_a_dead_letter(store: LocalStore, now: Now) -> None:
    source = recovered(store, stream_source(store, now))
    (failing, other) = turn(store, source, insert_of("a"), insert_of("b"), UPDATE)
    turn(store, source, done=[other], failed=[failing])
    assert source.checkpoint == 3, "what is parked does not hold up the stream"
    for receives in (2, 3):
        assert turn(store, source) == []
        now.ms += BACKOFF_MS * 2 ** (receives - 2)
        (failing,) = turn(store, source)
        assert (seq_of(failing), failing.receives) == (1, receives)
        then = turn(store, source, failed=[failing])
    (after,) = then
    assert seq_of(after) == 3
    (letter,) = letters(store)
    assert (letter["queue"], letter["orderId"], letter["receives"]) == ("orders>consume", "a", 3)
    assert letter["payload"]["order"]["orderId"] == "a"
    turn(store, source, done=[after])
    assert count(store, "stream_parked") == 0


def test_in_one_batch_what_follows_a_failure_of_its_order_is_not_admitted(store: LocalStore, now: Now) -> None:
    source = recovered(store, stream_source(store, now, of_stages=False))
    first, second = turn(store, source, insert_of("a"), UPDATE)
    store.begin()
    assert source.admit(first)
    source.failed(first, "it failed")
    assert not source.admit(second)
    source.save()
    store.commit()
    now.ms += BACKOFF_MS
    (again,) = turn(store, source)
    assert seq_of(again) == 1
    (then,) = turn(store, source, done=[again])
    assert seq_of(then) == 2


def test_a_late_answer_no_longer_counts(store: LocalStore, now: Now) -> None:
    source = recovered(store, stream_source(store, now))
    (delivery,) = turn(store, source, insert_of("a"))
    now.ms += VISIBILITY_MS
    assert source.expired(now.ms) == [delivery]
    turn(store, source, failed=[delivery])
    assert not source.current(delivery)
    now.ms += BACKOFF_MS
    (again,) = turn(store, source)
    assert (source.current(again), source.current(delivery)) == (True, False)


def test_what_is_held_has_more_time_and_those_after_it_keep_theirs(store: LocalStore, now: Now) -> None:
    source = recovered(store, stream_source(store, now))
    held, other = turn(store, source, insert_of("a"), insert_of("b"))
    source.hold(held, 5000)
    now.ms += VISIBILITY_MS
    assert source.expired(now.ms) == [other]
    turn(store, source, failed=[other], claim=0)
    assert source.current(held)
    assert source.expired(now.ms + 4999) == []
    assert source.expired(now.ms + 5000) == [held]
    assert source.next_due_ms(claims=False) == now.ms + 5000


def test_the_order_of_what_is_held_waits_behind_it(store: LocalStore, now: Now) -> None:
    source = recovered(store, stream_source(store, now, of_stages=False))
    first, second, other = turn(store, source, insert_of("a"), UPDATE, insert_of("b"))
    store.begin()
    assert source.admit(first)
    source.hold(first, 5000)
    assert not source.admit(second)
    assert source.admit(other)
    source.done(other)
    store.commit()
    assert turn(store, source, UPDATE) == [], "nor does what comes later overtake it"
    assert source.admit(first), "it goes on though its order waits behind it"
    (then,) = turn(store, source, done=[first])
    assert seq_of(then) == 2
    (last,) = turn(store, source, done=[then])
    assert seq_of(last) == 4
    turn(store, source, done=[last])
    assert (source.checkpoint, count(store, "stream_parked"), source.in_flight()) == (4, 0, 0)


def test_what_comes_after_a_change_is_held_waits_too(store: LocalStore, now: Now) -> None:
    source = recovered(store, stream_source(store, now, of_stages=False))
    (held,) = turn(store, source, insert_of("a"))
    source.hold(held, 5000)
    assert turn(store, source, UPDATE) == []
    (then,) = turn(store, source, done=[held])
    assert seq_of(then) == 2


def test_what_is_held_and_fails_comes_before_its_order(store: LocalStore, now: Now) -> None:
    source = recovered(store, stream_source(store, now, of_stages=False))
    first, second = turn(store, source, insert_of("a"), UPDATE)
    store.begin()
    assert source.admit(first)
    source.hold(first, 5000)
    assert not source.admit(second)
    source.failed(first, "it failed")
    store.commit()
    now.ms += BACKOFF_MS
    (again,) = turn(store, source)
    assert seq_of(again) == 1
    (then,) = turn(store, source, done=[again])
    assert seq_of(then) == 2


def test_after_a_death_the_claimed_come_one_by_one_and_used_up_ones_are_buried(store: LocalStore, now: Now) -> None:
    source = recovered(store, stream_source(store, now))
    turn(store, source, insert_of("a"), insert_of("b"))
    again = recovered(store, stream_source(store, now))
    assert turn(store, again) == []
    for receives in (2, 3):
        store.begin()
        suspect = again.claim_suspect()
        store.commit()
        assert suspect is not None
        assert (suspect.order_id, suspect.receives) == ("a", receives)
        again = recovered(store, stream_source(store, now))
    store.begin()
    last = again.claim_suspect()
    store.commit()
    assert last is not None
    assert last.order_id == "b"
    assert len(letters(store)) == 1


def test_a_new_consumer_starts_with_what_is_written_from_now_on(store: LocalStore, now: Now) -> None:
    old = recovered(store, stream_source(store, now))
    turn(store, old, insert_of("a"), claim=0)
    store.begin()
    assert store.stream.open(["consume", "another"]) == {"consume": Position(0), "another": Position(1)}
    store.commit()


class StreamMachine(RuleBasedStateMachine):
    """Every change ends once it is done or dead; those of one order, between two deaths, in order and one at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.store, self.now = open_store(Path(self.folder.name)), Now()
        self.source = self.opened()
        self.held: list[Delivery] = []
        self.suspected: Delivery | None = None
        self.written: dict[int, str] = {}
        self.ended: dict[int, int] = defaultdict(int)
        self.last: dict[str, int] = {}
        self.deaths = 0

    def opened(self) -> StreamSource:
        return recovered(self.store, stream_source(self.store, self.now, in_flight_max=4))

    def end(self, deliveries: list[Delivery]) -> None:
        for delivery in deliveries:
            assert delivery.order_id is not None
            assert seq_of(delivery) > self.last.get(delivery.order_id, 0)
            self.last[delivery.order_id] = seq_of(delivery)
            self.ended[seq_of(delivery)] += 1

    @rule(
        names=st.lists(st.sampled_from("abc"), max_size=6),
        done=st.integers(0, 3),
        failed=st.integers(0, 3),
        claim=st.integers(0, 6),
    )
    def turn(self, names: list[str], done: int, failed: int, claim: int) -> None:
        good, bad, self.held = self.held[:done], self.held[done : done + failed], self.held[done + failed :]
        self.end(good + [delivery for delivery in bad if delivery.receives == 3])
        first = max(self.written, default=0) + 1
        self.written |= {first + number: name for number, name in enumerate(names)}
        self.take(
            turn(self.store, self.source, *[insert_of(name) for name in names], done=good, failed=bad, claim=claim)
        )

    def take(self, claimed: list[Delivery]) -> None:
        self.held += claimed
        held = orders_of(self.held)
        assert len(held) == len(set(held)), "one order, one change at a time"
        for delivery in claimed:
            assert self.source.admit(delivery)
            assert delivery.payload.order.order_id == self.written[seq_of(delivery)]

    @rule(ms=st.sampled_from([BACKOFF_MS, 10 * BACKOFF_MS, VISIBILITY_MS]))
    def wait(self, ms: int) -> None:
        self.now.ms += ms
        late = self.source.expired(self.now.ms)
        self.held = [delivery for delivery in self.held if delivery not in late]
        self.end([delivery for delivery in late if delivery.receives == 3])
        turn(self.store, self.source, failed=late, claim=0)

    @precondition(lambda self: not any(delivery is self.suspected for delivery in self.held))
    @rule()
    def suspect(self) -> None:
        self.store.begin()
        suspect = self.suspected = self.source.claim_suspect()
        self.store.commit()
        if suspect:
            self.take([suspect])

    @rule()
    def die(self) -> None:
        self.store.close()
        self.store = open_store(Path(self.folder.name))
        self.held, self.last = [], {}
        self.deaths += 1
        self.source = self.opened()

    @invariant()
    def without_a_death_nothing_is_done_twice(self) -> None:
        assert self.deaths or all(times == 1 for times in self.ended.values())
        # A suspect, of which there is one at a time, does not count against the limit.
        assert self.source.in_flight() == len(self.held) <= 5

    def teardown(self) -> None:
        for _ in range(60 + 3 * len(self.written)):
            self.now.ms += 10 * BACKOFF_MS
            self.turn([], len(self.held), 0, 100)
            self.turn([], len(self.held), 0, 0)
            self.suspect()
        assert count(self.store, "changes") == count(self.store, "stream_parked") == 0
        lost = self.written.keys() - self.ended.keys()
        assert len(lost) <= len(letters(self.store))
        assert not lost or self.deaths
        self.store.close()
        self.folder.cleanup()


StreamMachine.TestCase.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
TestStream = StreamMachine.TestCase
