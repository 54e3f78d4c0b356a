"""Change records that come to a consumer again: durable, with receives of their own, and in nobody's way."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from ordermill.adapters.local.store import LocalStore
from ordermill.domain.events import OrderChange
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


def resend(store: LocalStore, source: StreamSource, change: OrderChange, consumer: str = "consume") -> list[Delivery]:
    """One cycle of the engine in which a function sends a change on; what it claimed before it learnt of it."""
    store.begin()
    store.stream.resend(consumer, change, 1)
    source.offer(store.stream.written())
    claimed = source.claim(100)
    source.resume(store.stream.resent())
    source.save()
    store.commit()
    source.refill()
    return claimed


def test_it_comes_in_the_next_cycle_with_all_its_receives(store: LocalStore, now: Now) -> None:
    source = recovered(store, stream_source(store, now))
    assert resend(store, source, insert_of("a")) == []
    assert source.ready(suspects=True)
    (delivery,) = turn(store, source)
    assert source.admit(delivery)
    assert (delivery.payload, delivery.receives) == (insert_of("a"), 1)
    turn(store, source, done=[delivery])
    assert count(store, "stream_parked") == 0
    assert turn(store, source) == []


def test_one_of_another_consumer_is_left_alone(store: LocalStore, now: Now) -> None:
    source = recovered(store, stream_source(store, now))
    resend(store, source, insert_of("a"), "another")
    assert (source.ready(suspects=True), count(store, "stream_parked", "consumer = 'another'")) == (False, 1)


def test_what_is_undone_was_never_sent(store: LocalStore, now: Now) -> None:
    source = recovered(store, stream_source(store, now))
    store.begin()
    mark = store.mark()
    store.stream.resend("consume", insert_of("a"), 1)
    store.rollback_to(mark)
    source.resume(store.stream.resent())
    store.commit()
    assert (source.ready(suspects=True), count(store, "stream_parked")) == (False, 0)


def test_it_survives_a_death(store: LocalStore, now: Now) -> None:
    resend(store, recovered(store, stream_source(store, now)), insert_of("a"))
    again = recovered(store, stream_source(store, now))
    (delivery,) = turn(store, again)
    assert (delivery.order_id, delivery.receives) == ("a", 1)


def test_given_up_again_it_is_another_letter_that_counts_the_redrive(store: LocalStore, now: Now) -> None:
    source = recovered(store, stream_source(store, now))
    failing = turn(store, source, insert_of("a"))
    for resent in (False, True):
        if resent:
            resend(store, source, insert_of("a"))
            failing = turn(store, source)
        for _ in range(3):
            turn(store, source, failed=failing)
            now.ms += 10 * BACKOFF_MS
            failing = turn(store, source)
        assert failing == []
    first, second = letters(store)
    assert (first["redrives"], second["redrives"], second["receives"]) == (0, 1, 3)
    assert first["id"] != second["id"]
    assert first["payload"] == second["payload"]


def test_it_waits_behind_its_orders_other_records_and_cuts_no_back_off_short(store: LocalStore, now: Now) -> None:
    source = recovered(store, stream_source(store, now))
    (first,) = turn(store, source, insert_of("a"))
    resend(store, source, insert_of("a"))
    assert turn(store, source) == [], "the order is under way"
    assert turn(store, source, failed=[first]) == []
    assert turn(store, source) == [], "what failed backs off"
    now.ms += BACKOFF_MS
    (again,) = turn(store, source)
    assert (seq_of(again), again.receives) == (seq_of(first), 2)
    (resent,) = turn(store, source, done=[again])
    assert (seq_of(resent) > seq_of(first), resent.receives) == (True, 1)


def test_one_that_comes_while_another_is_failing_does_not_bring_it_back_early(store: LocalStore, now: Now) -> None:
    source = recovered(store, stream_source(store, now))
    failing = turn(store, source, insert_of("a"))
    resend(store, source, insert_of("a"))
    assert turn(store, source, failed=failing) == []


def test_a_function_that_runs_whole_takes_it_too(store: LocalStore, now: Now) -> None:
    source = recovered(store, stream_source(store, now, of_stages=False))
    resend(store, source, insert_of("a"))
    (delivery,) = turn(store, source)
    assert source.admit(delivery)
    turn(store, source, done=[delivery])
    assert count(store, "stream_parked") == 0


def test_its_number_is_never_given_again(tmp_path: Path, now: Now) -> None:
    with closing(open_store(tmp_path)) as store:
        source = recovered(store, stream_source(store, now))
        resend(store, source, insert_of("a"))
        (resent,) = turn(store, source)
        turn(store, source, done=[resent])
    with closing(open_store(tmp_path)) as again:
        (new,) = turn(again, recovered(again, stream_source(again, now)), insert_of("b"))
    assert seq_of(new) > seq_of(resent)
