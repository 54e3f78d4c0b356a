"""A schedule's source over the real log: a tick each interval and one at a time, whatever happens to it."""

from __future__ import annotations

import pytest

from ordermill.adapters.local.store import LocalStore
from ordermill.domain.commands import Tick
from ordermill.ports.journal import ScheduleState
from ordermill.runtime.handlers import Delivery
from ordermill.runtime.schedule_source import SETTLE_MS, ScheduleSource
from tests.unit.runtime.runtime_kit import BACKOFF_MS, VISIBILITY_MS, Now, plain, receiving

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


def started(store: LocalStore, now: Now, interval_ms: int = MINUTE) -> ScheduleSource:
    """As after a start of the process."""
    source = ScheduleSource(
        plain("sweep"), "rate(1 minute)", interval_ms=interval_ms, log=store.schedules, receiving=receiving(now, 8)
    )
    source.recover()
    return source


def turn(
    store: LocalStore, source: ScheduleSource, *, done: Delivery | None = None, failed: Delivery | None = None
) -> Delivery | None:
    """One cycle as the engine runs it; what it claimed."""
    store.begin()
    if done is not None:
        source.done(done)
    if failed is not None:
        source.failed(failed, "it failed")
    claimed = source.claim(8)
    store.commit()
    assert len(claimed) <= 1
    return claimed[0] if claimed else None


def ticked(store: LocalStore, source: ScheduleSource, now: Now) -> Delivery:
    """The next one, as soon as it is due."""
    due = source.next_due_ms(claims=True)
    assert due is not None
    now.ms = due - 1
    assert not source.ready(suspects=True)
    assert turn(store, source) is None
    now.ms = due
    assert source.ready(suspects=False)
    claimed = turn(store, source)
    assert claimed is not None
    return claimed


def test_the_first_tick_is_an_interval_after_the_start_and_each_follows_on_the_one_before(
    store: LocalStore, now: Now
) -> None:
    start = now.ms
    source = started(store, now)
    assert source.edge == "rate(1 minute)>sweep"
    first = ticked(store, source, now)
    assert (first.payload, first.receives, first.order_id) == (Tick(start + MINUTE, start), 1, None)
    now.ms += 700
    assert turn(store, source, done=first) is None
    second = ticked(store, source, now)
    assert second.payload == Tick(start + 2 * MINUTE, start + MINUTE)


def test_one_is_under_way_at_a_time_and_turns_that_were_missed_are_one_tick(store: LocalStore, now: Now) -> None:
    start = now.ms
    source = started(store, now)
    first = ticked(store, source, now)
    now.ms += 5 * MINUTE + 1
    assert (source.in_flight(), source.ready(suspects=True), turn(store, source)) == (1, False, None)
    assert source.next_due_ms(claims=True) == first.deadline_ms
    second = turn(store, source, done=first)
    assert second is not None
    assert second.payload == Tick(start + 6 * MINUTE + 1, start + MINUTE)
    assert turn(store, source, done=second) is None
    assert source.next_due_ms(claims=True) == start + 7 * MINUTE


def test_a_tick_that_fails_backs_off_and_comes_again_until_the_next_is_due(store: LocalStore, now: Now) -> None:
    start = now.ms
    source = started(store, now)
    delivery = ticked(store, source, now)
    tick, tries = delivery.payload, 1
    while True:
        store.begin()
        gave_up = source.failed(delivery, "it failed")
        store.commit()
        if gave_up:
            break
        assert source.next_due_ms(claims=True) == now.ms + min(BACKOFF_MS * 2 ** (tries - 1), 5000)
        assert source.next_due_ms(claims=False) is None
        delivery, tries = ticked(store, source, now), tries + 1
        assert (delivery.payload, delivery.receives) == (tick, tries)
    assert tries > 10
    delivery = ticked(store, source, now)
    assert (now.ms, delivery.receives) == (start + 2 * MINUTE, 1)
    assert delivery.payload == Tick(start + 2 * MINUTE, start), "since the last one that was completed"
    assert source.last_ok == start
    turn(store, source, done=delivery)
    assert source.last_ok == now.ms


def test_a_full_disk_is_nobodys_failure(store: LocalStore, now: Now) -> None:
    source = started(store, now, interval_ms=BACKOFF_MS)
    delivery = ticked(store, source, now)
    store.begin()
    assert not source.failed(delivery, "no room", counts=False)
    store.commit()
    assert ticked(store, source, now).payload.since == delivery.payload.since


def test_a_tick_that_is_not_answered_expires_and_its_late_answer_no_longer_counts(store: LocalStore, now: Now) -> None:
    source = started(store, now, interval_ms=HOUR)
    delivery = ticked(store, source, now)
    assert source.current(delivery)
    now.ms += VISIBILITY_MS - 1
    assert source.expired(now.ms) == []
    now.ms += 1
    assert source.expired(now.ms) == [delivery]
    turn(store, source, failed=delivery)
    assert (source.current(delivery), source.in_flight()) == (False, 0)
    assert source.current(ticked(store, source, now))


@pytest.mark.parametrize(
    ("interval_ms", "down_ms", "first_ms"),
    [
        (MINUTE, 0, MINUTE),
        (MINUTE, DAY, MINUTE),
        (MINUTE, -DAY, MINUTE),
        (HOUR, 20 * MINUTE, 40 * MINUTE),
        (HOUR, DAY, SETTLE_MS),
        (HOUR, -DAY, HOUR),
        (50, DAY, 50),
    ],
    ids=["at once", "after a day", "the clock set back", "midway", "overdue", "set back for long", "short"],
)
def test_after_a_restart_downtime_counts_as_an_interval_at_most_and_none_is_put_off_for_ever(
    store: LocalStore, now: Now, interval_ms: int, down_ms: int, first_ms: int
) -> None:
    source = started(store, now, interval_ms)
    last = ticked(store, source, now)
    turn(store, source, done=last)
    now.ms += down_ms
    again = started(store, now, interval_ms)
    assert again.last_ok == now.ms
    assert again.next_due_ms(claims=True) == now.ms + first_ms
    since = min(last.payload.at, now.ms)
    assert ticked(store, again, now).payload == Tick(now.ms, since)


@pytest.mark.parametrize(("deaths", "intervals"), [(1, 1), (2, 2), (3, 4), (7, 64), (20, 64)])
def test_a_tick_that_ends_its_process_waits_longer_each_time(
    store: LocalStore, now: Now, deaths: int, intervals: int
) -> None:
    for _ in range(deaths):
        ticked(store, started(store, now), now)
    began = now.ms
    source = started(store, now)
    delivery = ticked(store, source, now)
    assert now.ms == began + intervals * MINUTE
    turn(store, source, done=delivery)
    began = now.ms
    ticked(store, started(store, now), now)
    assert now.ms == began + MINUTE, "once it was completed, all is well"


def test_a_tick_that_only_fails_is_not_held_against_the_process(store: LocalStore, now: Now) -> None:
    for _ in range(5):
        source = started(store, now)
        turn(store, source, failed=ticked(store, source, now))
    began = now.ms
    assert started(store, now).next_due_ms(claims=True) == began + MINUTE


@pytest.mark.parametrize("lost", ["claim", "done"])
def test_what_storage_lost_comes_again_at_once(store: LocalStore, now: Now, lost: str) -> None:
    source = started(store, now)
    first = ticked(store, source, now)
    turn(store, source, done=first)
    now.ms += MINUTE
    store.begin()
    (second,) = source.claim(8)
    if lost == "done":
        store.commit()
        store.begin()
        source.done(second)
    store.abort()
    store.begin()
    source.uncount()
    store.commit()
    source.recover()
    now.ms += 300
    again = turn(store, source)
    assert again is not None
    assert again.payload.since == first.payload.at
    turn(store, source, done=again)
    assert store.schedules.read("sweep") == ScheduleState(again.payload.at, 0)
    assert source.next_due_ms(claims=True) == first.payload.at + 2 * MINUTE


def test_before_the_first_recovery_nothing_is_due(store: LocalStore, now: Now) -> None:
    source = ScheduleSource(
        plain("sweep"), "rate(1 minute)", interval_ms=1, log=store.schedules, receiving=receiving(now, 8)
    )
    now.ms += 10
    assert (source.in_flight(), source.ready(suspects=True), source.next_due_ms(claims=True)) == (0, False, None)
