"""A queue's source over the real message log, and what must hold whatever happens: no message is lost or doubled."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ordermill.adapters.local.store import LocalStore
from ordermill.domain.dead_letters import ENDED
from ordermill.runtime.handlers import Delivery
from ordermill.runtime.queue_source import QueueSource
from tests.unit.runtime import runtime_kit as kit
from tests.unit.runtime.runtime_kit import BACKOFF_MS, VISIBILITY_MS, Now, count, letters, open_store, queue_source

MAX_RECEIVES = 3


def started(store: LocalStore, now: Now, in_flight_max: int = 8) -> QueueSource:
    source = queue_source(store, now, in_flight_max=in_flight_max)
    source.recover()
    source.refill()
    return source


def turn(
    store: LocalStore,
    source: QueueSource,
    *,
    send: int = 0,
    later_ms: int = 0,
    done: list[Delivery] | None = None,
    failed: list[Delivery] | None = None,
    claim: int = 100,
) -> list[Delivery]:
    """One cycle as the engine runs it; what it claimed."""
    store.begin()
    for delivery in done or []:
        source.done(delivery)
    for delivery in failed or []:
        source.failed(delivery, "it failed")
    for _ in range(send):
        store.messages.send("q", "ord_1", b"{}", {}, 0)
    if later_ms:
        store.messages.send_later("q", "ord_1", b"{}", 0, source._now() + later_ms)
    source.offer(store.messages.sent())
    source.await_delayed(store.messages.delayed())
    claimed = source.claim(claim)
    store.commit()
    source.refill()
    return claimed


def test_a_message_is_delivered_once_with_its_count_stored_before(store: LocalStore, now: Now) -> None:
    source = started(store, now)
    (delivery,) = turn(store, source, send=1)
    assert (delivery.receives, delivery.order_id) == (1, "ord_1")
    assert count(store, "messages", "receives = 1") == 1
    assert turn(store, source) == []
    turn(store, source, done=[delivery])
    assert count(store, "messages") == source.in_flight() == 0


def test_while_it_rests_nothing_is_claimed_and_afterwards_all_that_waits_is(store: LocalStore, now: Now) -> None:
    source = started(store, now)
    (delivery,) = turn(store, source, send=3, claim=1)
    turn(store, source, failed=[delivery], claim=0)
    source.rest(1000)
    now.ms += 999
    assert (turn(store, source), source.ready(suspects=False)) == ([], False)
    assert source.next_due_ms(claims=True) == now.ms + 1
    assert source.next_due_ms(claims=False) is None
    now.ms += 1
    assert source.ready(suspects=False)
    assert len(turn(store, source)) == 3
    assert source.next_due_ms(claims=True) == now.ms + VISIBILITY_MS


def test_a_source_that_rested_waits_for_what_is_in_flight_and_does_not_spin(store: LocalStore, now: Now) -> None:
    source = started(store, now, in_flight_max=1)
    turn(store, source, send=2)
    source.rest(10)
    for later in (0, 10):
        now.ms += later
        assert source.next_due_ms(claims=True) == now.ms - later + VISIBILITY_MS


@pytest.mark.parametrize("fails", [False, True])
def test_a_function_is_told_what_became_a_dead_letter_failed_or_found_so(
    store: LocalStore, now: Now, fails: bool
) -> None:
    told: list[tuple[Any, str]] = []

    def gave_up(message: Any, error: str) -> None:
        told.append((message, error))
        if fails:
            raise ValueError("it cannot note that")

    source = queue_source(store, now, handler=replace(kit.staged(), gave_up=gave_up))
    source.recover()
    source.refill()
    (delivery,) = turn(store, source, send=1)
    for _ in range(MAX_RECEIVES - 1):
        turn(store, source, failed=[delivery])
        assert told == []
        now.ms += BACKOFF_MS * 4
        (delivery,) = turn(store, source)
    turn(store, source, failed=[delivery])
    assert told == [({}, "it failed")]
    turn(store, source, send=1)
    store.connection.execute("UPDATE messages SET receives = ?", (MAX_RECEIVES,))
    source.recover()
    store.begin()
    assert source.claim_suspect() is None
    store.commit()
    assert told[1:] == [({}, ENDED)]
    assert len(letters(store)) == 2


def test_what_is_held_has_more_time_and_those_after_it_keep_theirs(store: LocalStore, now: Now) -> None:
    source = started(store, now)
    held, other = turn(store, source, send=2)
    source.hold(held, 5000)
    assert source.next_due_ms(claims=True) == now.ms + VISIBILITY_MS
    now.ms += VISIBILITY_MS
    assert source.expired(now.ms) == [other]
    turn(store, source, done=[other])
    assert source.next_due_ms(claims=True) == now.ms + 5000
    assert source.expired(now.ms + 5000) == [held]
    turn(store, source, done=[held])
    (fresh,) = turn(store, source, send=1)
    assert source.expired(now.ms + VISIBILITY_MS) == [fresh]


def test_a_failed_message_comes_back_after_its_back_off_and_dies_after_the_last_receive(
    store: LocalStore, now: Now
) -> None:
    source = started(store, now)
    (delivery,) = turn(store, source, send=1)
    for receives in (1, 2):
        assert delivery.receives == receives
        assert turn(store, source, failed=[delivery]) == []
        wait = BACKOFF_MS * 2 ** (receives - 1)
        assert source.next_due_ms(claims=True) == now.ms + wait
        now.ms += wait - 1
        assert turn(store, source) == []
        now.ms += 1
        assert source.ready(suspects=True)
        (delivery,) = turn(store, source)
    turn(store, source, failed=[delivery])
    assert kit.waiting(store) == 0
    (letter,) = letters(store)
    assert (letter["queue"], letter["receives"], letter["error"], letter["payload"]) == ("q", 3, "it failed", {})


def test_what_is_sent_for_later_is_received_then_and_only_then(store: LocalStore, now: Now) -> None:
    source = started(store, now)
    assert turn(store, source, later_ms=60_000) == []
    assert (source.ready(suspects=True), source.next_due_ms(claims=True)) == (False, now.ms + 60_000)
    (before,) = turn(store, source, send=1)
    turn(store, source, done=[before])
    now.ms += 59_999
    assert turn(store, source) == []
    now.ms += 1
    assert source.ready(suspects=True)
    (delivery,) = turn(store, source)
    assert (delivery.receives, delivery.order_id, delivery.item.sent_at) == (1, "ord_1", 0)
    turn(store, source, done=[delivery])
    assert count(store, "messages") == 0


def test_what_is_sent_for_later_waits_on_after_a_restart(store: LocalStore, now: Now) -> None:
    turn(store, started(store, now), later_ms=60_000)
    again = started(store, now)
    assert (turn(store, again), again.suspects(), again.next_due_ms(claims=True)) == ([], (), now.ms + 60_000)
    now.ms += 60_000
    assert [delivery.receives for delivery in turn(store, again)] == [1]


def test_what_was_sent_for_later_and_fails_backs_off_as_all_do(store: LocalStore, now: Now) -> None:
    source = started(store, now)
    turn(store, source, later_ms=60_000)
    now.ms += 60_000
    (delivery,) = turn(store, source)
    turn(store, source, failed=[delivery])
    assert source.next_due_ms(claims=True) == now.ms + BACKOFF_MS
    now.ms += BACKOFF_MS
    assert [again.receives for again in turn(store, source)] == [2]


def test_another_queues_later_messages_are_no_reason_to_wake(store: LocalStore, now: Now) -> None:
    source, other = started(store, now), queue_source(store, now, queue="other")
    other.recover()
    store.begin()
    store.messages.send_later("other", None, b"{}", 0, now.ms + 5)
    for each in (source, other):
        each.await_delayed(store.messages.delayed())
    store.commit()
    assert (source.next_due_ms(claims=True), other.next_due_ms(claims=True)) == (None, now.ms + 5)


def test_a_later_message_of_a_function_that_raised_was_never_sent(store: LocalStore, now: Now) -> None:
    source = started(store, now)
    store.begin()
    mark = store.mark()
    store.messages.send_later("q", None, b"{}", 0, now.ms + 5)
    store.rollback_to(mark)
    source.await_delayed(store.messages.delayed())
    store.commit()
    assert (count(store, "messages"), source.next_due_ms(claims=True)) == (0, None)


def test_a_restart_cuts_no_delay_short_but_a_back_off_that_a_clock_made_long(store: LocalStore, now: Now) -> None:
    source = started(store, now)
    turn(store, source, later_ms=900_000)
    (delivery,) = turn(store, source, send=1)
    turn(store, source, failed=[delivery])
    store.connection.execute("UPDATE messages SET retry_at = retry_at + 3600000 WHERE receives = 1")
    store.begin()
    store.messages.clamp(now.ms + 5000, latest_delayed=now.ms + 900_000)
    store.commit()
    rows = store.connection.execute("SELECT receives, retry_at FROM messages ORDER BY receives").fetchall()
    assert rows == [(0, now.ms + 900_000), (1, now.ms + 5000)]
    store.begin()
    store.messages.clamp(now.ms + 5000, latest_delayed=now.ms + 800_000)
    store.commit()
    assert count(store, "messages", f"retry_at = {now.ms + 800_000}") == 1


def test_what_is_not_answered_in_time_expires_and_a_late_answer_no_longer_counts(store: LocalStore, now: Now) -> None:
    source = started(store, now)
    (delivery,) = turn(store, source, send=1)
    assert source.next_due_ms(claims=True) == source.next_due_ms(claims=False) == now.ms + VISIBILITY_MS
    now.ms += VISIBILITY_MS - 1
    assert source.expired(now.ms) == []
    now.ms += 1
    assert source.expired(now.ms) == [delivery]
    turn(store, source, failed=[delivery])
    assert not source.current(delivery)
    now.ms += BACKOFF_MS
    (again,) = turn(store, source)
    assert (source.current(delivery), source.current(again)) == (False, True)


def test_no_more_are_in_flight_than_allowed_and_what_waits_is_no_reason_to_wake(store: LocalStore, now: Now) -> None:
    source = started(store, now, in_flight_max=2)
    first = turn(store, source, send=5)
    assert len(first) == 2
    assert not source.ready(suspects=True)
    second = turn(store, source, failed=first[:1])
    assert len(second) == 1
    now.ms += BACKOFF_MS
    assert not source.ready(suspects=True)
    assert source.next_due_ms(claims=True) == first[1].deadline_ms
    third = turn(store, source, done=[first[1]])
    assert [delivery.receives for delivery in third] == [2], "what waited goes before what is new"


def test_what_was_in_flight_comes_back_one_by_one_and_buried_where_used_up(store: LocalStore, now: Now) -> None:
    source = started(store, now)
    used_up, other = turn(store, source, send=2)
    store.connection.execute("UPDATE messages SET receives = 3 WHERE id = ?", (used_up.item.id,))
    again = started(store, now)
    assert turn(store, again) == []
    assert again.ready(suspects=True)
    assert not again.ready(suspects=False)
    store.begin()
    suspect = again.claim_suspect()
    store.commit()
    assert suspect is not None
    assert (suspect.item.id, suspect.receives) == (other.item.id, 2)
    assert len(letters(store)) == 1
    assert again.claim_suspect() is None


def test_other_queues_messages_are_left_alone(store: LocalStore, now: Now) -> None:
    mine, other = started(store, now), queue_source(store, now, queue="other")
    other.recover()
    other.refill()
    turn(store, mine, send=3, claim=0)
    store.begin()
    assert other.claim(10) == []
    store.commit()
    assert len(turn(store, mine)) == 3


def test_before_the_first_recovery_there_is_nothing_to_see(store: LocalStore, now: Now) -> None:
    source = queue_source(store, now)
    assert (source.in_flight(), source.suspects()) == (0, ())
    assert kit.stream_source(store, now).in_flight() == kit.stream_source(store, now, of_stages=False).in_flight() == 0


class QueueMachine(RuleBasedStateMachine):
    """Conservation: sent = done + dead + stored; and stored = in flight here + everything else."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.store, self.now = open_store(Path(self.folder.name)), Now()
        self.source = started(self.store, self.now, in_flight_max=4)
        self.held: list[Delivery] = []
        self.suspected: Delivery | None = None
        self.sent = self.done = 0
        self.receives: dict[int, int] = {}
        self.not_before: dict[int, int] = {}

    @rule(send=st.integers(0, 6), done=st.integers(0, 3), failed=st.integers(0, 3), claim=st.integers(0, 6))
    def turn(self, send: int, done: int, failed: int, claim: int) -> None:
        good, bad, self.held = self.held[:done], self.held[done : done + failed], self.held[done + failed :]
        self.take(turn(self.store, self.source, send=send, done=good, failed=bad, claim=claim))
        self.sent += send
        self.done += len(good)

    @rule(ms=st.sampled_from([1, BACKOFF_MS, 5 * BACKOFF_MS, VISIBILITY_MS]))
    def send_later(self, ms: int) -> None:
        self.take(turn(self.store, self.source, later_ms=ms, claim=4))
        last = self.store.connection.execute("SELECT max(id) FROM messages").fetchone()[0]
        self.not_before[last] = self.now.ms + ms
        self.sent += 1

    def take(self, claimed: list[Delivery]) -> None:
        for delivery in claimed:
            assert delivery.item.id not in {held.item.id for held in self.held}
            assert delivery.receives == self.receives.get(delivery.item.id, 0) + 1 <= MAX_RECEIVES
            assert self.now.ms >= self.not_before.get(delivery.item.id, 0)
            self.receives[delivery.item.id] = delivery.receives
        self.held += claimed

    @rule(ms=st.sampled_from([BACKOFF_MS, 10 * BACKOFF_MS, VISIBILITY_MS]))
    def wait(self, ms: int) -> None:
        self.now.ms += ms
        late = self.source.expired(self.now.ms)
        assert late == [delivery for delivery in self.held if delivery.deadline_ms <= self.now.ms]
        self.held = [delivery for delivery in self.held if delivery not in late]
        turn(self.store, self.source, failed=late, claim=0)

    @precondition(lambda self: not any(delivery is self.suspected for delivery in self.held))
    @rule()
    def suspect(self) -> None:
        self.store.begin()
        suspect = self.suspected = self.source.claim_suspect()
        self.store.commit()
        self.source.refill()
        if suspect:
            self.take([suspect])

    @rule(send=st.integers(0, 3), restart=st.booleans())
    def lose_a_transaction(self, send: int, restart: bool) -> None:
        self.store.begin()
        for _ in range(send):
            self.store.messages.send("q", None, b"{}", {}, 0)
        self.store.messages.send_later("q", None, b"{}", 0, self.now.ms)
        self.source.await_delayed(self.store.messages.delayed())
        self.source.offer(self.store.messages.sent())
        self.source.claim(5)
        self.store.abort()
        if restart:
            self.store.close()
            self.store = open_store(Path(self.folder.name))
        # Ids of messages that are gone may be given again after a restart.
        stored = {row[0] for row in self.store.connection.execute("SELECT id FROM messages")}
        self.receives = {id_: receives for id_, receives in self.receives.items() if id_ in stored}
        self.not_before = {id_: at for id_, at in self.not_before.items() if id_ in stored}
        self.source = started(self.store, self.now, in_flight_max=4)
        self.held = []

    @invariant()
    def nothing_is_lost_or_doubled(self) -> None:
        assert self.sent == self.done + len(letters(self.store)) + kit.waiting(self.store)
        # A suspect, of which there is one at a time, does not count against the limit.
        assert self.source.in_flight() == len(self.held) <= 5

    def teardown(self) -> None:
        for _ in range(20 * MAX_RECEIVES + self.sent):
            self.now.ms += 10 * BACKOFF_MS
            self.turn(0, len(self.held), 0, 100)
            self.turn(0, len(self.held), 0, 0)
            self.suspect()
        assert kit.waiting(self.store) == 0
        self.store.close()
        self.folder.cleanup()


QueueMachine.TestCase.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
TestQueue = QueueMachine.TestCase
