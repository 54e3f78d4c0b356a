"""A stream's consumer whose pipeline was left: it ends what was written until then, and is gone."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ordermill.adapters.local.store import LocalStore
from ordermill.ports.journal import Position
from ordermill.runtime.handlers import Delivery
from ordermill.runtime.stream_source import StreamSource
from tests.unit.runtime.runtime_kit import (
    BACKOFF_MS,
    Now,
    count,
    insert_of,
    letters,
    open_store,
    recovered,
    seq_of,
    stream_source,
    turn,
)


def left(store: LocalStore, now: Now, *names: str) -> StreamSource:
    """A consumer that drains, after these orders' changes were written for it."""
    turn(store, recovered(store, stream_source(store, now)), *[insert_of(name) for name in names], claim=0)
    return recovered(store, stream_source(store, now, draining=True))


def test_what_was_written_before_is_done_and_nothing_of_what_comes_after(store: LocalStore, now: Now) -> None:
    source = left(store, now, "a", "b")
    claimed = turn(store, source, insert_of("c"))
    assert [seq_of(delivery) for delivery in claimed] == [1, 2]
    assert (turn(store, source), source.drained) == ([], False)
    assert turn(store, source, insert_of("d"), done=claimed) == []
    assert source.drained
    assert count(store, "stream_positions") == 0
    assert not source.ready(suspects=True)


def test_a_consumer_never_seen_has_nothing_to_drain(store: LocalStore, now: Now) -> None:
    source = recovered(store, stream_source(store, now, draining=True))
    assert source.drained
    assert turn(store, source, insert_of("a")) == []
    assert count(store, "stream_positions") == 0


def test_a_consumer_that_had_done_everything_is_gone_at_once(store: LocalStore, now: Now) -> None:
    before = recovered(store, stream_source(store, now))
    turn(store, before, done=turn(store, before, insert_of("a")))
    assert count(store, "stream_positions") == 1
    assert recovered(store, stream_source(store, now, draining=True)).drained
    assert count(store, "stream_positions") == 0


def test_the_end_is_fixed_once_and_kept_over_restarts(store: LocalStore, now: Now) -> None:
    left(store, now, "a", "b")
    again = recovered(store, stream_source(store, now, draining=True))
    turn(store, again, insert_of("c"), claim=0)
    third = recovered(store, stream_source(store, now, draining=True))
    assert [seq_of(delivery) for delivery in turn(store, third)] == [1, 2]
    assert store.connection.execute("SELECT drain_to FROM stream_positions").fetchone() == (2,)


def test_what_was_in_flight_or_failed_is_drained_too(store: LocalStore, now: Now) -> None:
    before = recovered(store, stream_source(store, now))
    failing, _ = turn(store, before, insert_of("a"), insert_of("b"))
    turn(store, before, failed=[failing])
    source = recovered(store, stream_source(store, now, draining=True))
    assert not source.drained
    store.begin()
    suspect = source.claim_suspect()
    source.save()
    store.commit()
    assert suspect is not None
    assert (suspect.order_id, suspect.receives) == ("b", 2)
    now.ms += BACKOFF_MS
    (again,) = turn(store, source, done=[suspect])
    assert (again.order_id, again.receives, source.drained) == ("a", 2, False)
    turn(store, source, done=[again])
    assert source.drained


def test_who_comes_back_before_the_end_goes_on_and_after_it_begins_anew(store: LocalStore, now: Now) -> None:
    source = left(store, now, "a", "b")
    (first,) = turn(store, source, insert_of("c"), claim=1)
    turn(store, source, done=[first], claim=0)
    store.begin()
    assert store.stream.open(["consume"]) == {"consume": Position(1)}
    store.commit()
    draining = recovered(store, stream_source(store, now, draining=True))
    turn(store, draining, done=turn(store, draining))
    assert draining.drained
    store.begin()
    assert store.stream.open(["consume"]) == {"consume": Position(3)}
    store.rollback_to(0)
    store.commit()


class SwitchMachine(RuleBasedStateMachine):
    """Pipelines change at any moment, with a death each time: what was written while it was selected is always done."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.store, self.now, self.draining = open_store(Path(self.folder.name)), Now(), False
        self.source = self.opened()
        self.held: list[Delivery] = []
        self.owed: set[int] = set()
        self.done: set[int] = set()
        self.last = 0

    def opened(self) -> StreamSource:
        return recovered(self.store, stream_source(self.store, self.now, in_flight_max=4, draining=self.draining))

    @rule(names=st.lists(st.sampled_from("abc"), max_size=5), done=st.integers(0, 3), claim=st.integers(0, 6))
    def turn(self, names: list[str], done: int, claim: int) -> None:
        good, self.held = self.held[:done], self.held[done:]
        self.done |= {seq_of(delivery) for delivery in good}
        numbers = range(self.last + 1, self.last + 1 + len(names))
        self.last += len(names)
        if not self.draining:
            self.owed |= set(numbers)
        self.held += turn(self.store, self.source, *[insert_of(name) for name in names], done=good, claim=claim)
        self.suspect()

    @rule()
    def suspect(self) -> None:
        self.store.begin()
        suspect = None if self.held else self.source.claim_suspect()
        self.source.save()
        self.store.commit()
        self.held += [suspect] if suspect else []

    @rule(switch=st.booleans())
    def die(self, switch: bool) -> None:
        self.store.close()
        self.store, self.held = open_store(Path(self.folder.name)), []
        self.draining = self.draining != switch
        self.source = self.opened()

    @invariant()
    def what_is_drained_has_left_and_owes_nothing(self) -> None:
        if self.source.drained:
            assert self.draining
            assert count(self.store, "stream_positions") == count(self.store, "stream_parked") == 0
            assert self.owed <= self.done | self.given_up()

    def given_up(self) -> set[int]:
        """A record that was under way at three deaths is a dead letter."""
        return self.owed if letters(self.store) else set()

    def teardown(self) -> None:
        for _ in range(60 + 3 * self.last):
            self.turn([], len(self.held), 100)
            self.now.ms += BACKOFF_MS
        assert self.owed <= self.done | self.given_up()
        assert self.source.drained == self.draining
        self.store.close()
        self.folder.cleanup()


SwitchMachine.TestCase.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
TestSwitching = SwitchMachine.TestCase
