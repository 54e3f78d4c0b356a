"""Failed attempts and the traces of orders: what is kept, for whom and how long, and how it is found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec
import pytest

from ordermill.adapters.clock import SystemClock
from ordermill.adapters.local.attempts import KEPT_MS, KEPT_OF_ORDER
from ordermill.adapters.local.readers import Readers
from ordermill.adapters.local.sql import queries
from ordermill.adapters.local.store import LocalStore
from ordermill.adapters.local.stores import LocalClaims, LocalEvents, LocalMails, LocalOrders
from ordermill.adapters.local.traces import ReadTraces, Trace
from ordermill.adapters.local.upkeep import OldAttempts
from ordermill.domain.events import OrderChange, events_of
from ordermill.domain.mail import MailRecord
from ordermill.domain.order import Order
from ordermill.ports.journal import FailedAttempt, Swept
from ordermill.ports.stores import Claim

MakeOrder = Callable[..., Order]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalStore]:
    opened = LocalStore(tmp_path / "test.db")
    yield opened
    opened.close()


@pytest.fixture
def traces(store: LocalStore, tmp_path: Path) -> Iterator[ReadTraces]:
    readers = Readers(tmp_path / "test.db")
    yield ReadTraces(readers)
    readers.close()


def failed(order_id: str, number: int) -> FailedAttempt:
    return FailedAttempt(order_id, "q>f", "f", 1, number, 1.5, {"orderId": order_id, "seq": 3}, "OSError", "it said so")


def write(store: LocalStore, attempts: Sequence[FailedAttempt]) -> None:
    store.begin()
    for attempt in attempts:
        store.attempts.append(attempt)
    store.commit()


def kept(traces: ReadTraces, order_id: str) -> list[int]:
    trace = traces.read(order_id)
    return [] if trace is None else [attempt.at for attempt in trace.failed]


def count(store: LocalStore) -> int:
    found: int = store.connection.execute("SELECT count(*) FROM failed_attempts").fetchone()[0]
    return found


def test_what_failed_is_kept_whole_and_in_order(store: LocalStore, traces: ReadTraces) -> None:
    attempts = [failed("o1", 2), failed("o2", 3), failed("o1", 1)]
    attempts[0] = msgspec.structs.replace(attempts[0], duration_ms=None, cause=None, last=True)
    write(store, attempts)
    assert traces.read("o1") == Trace(None, False, (attempts[0], attempts[2]))
    assert traces.read("o2") == Trace(None, False, (attempts[1],))


@pytest.mark.parametrize("batch", [1, 7, 300])
def test_of_an_order_that_fails_for_ever_the_newest_attempts_are_kept(
    store: LocalStore, traces: ReadTraces, batch: int
) -> None:
    write(store, [failed("another", 0)])
    numbers = range(KEPT_OF_ORDER + 25)
    for start in range(0, len(numbers), batch):
        write(store, [failed("o", number) for number in numbers[start : start + batch]])
    assert kept(traces, "o") == [*numbers[-KEPT_OF_ORDER:]]
    assert kept(traces, "another") == [0]
    assert count(store) == KEPT_OF_ORDER + 1


def test_what_is_undone_has_not_failed(store: LocalStore) -> None:
    store.begin()
    store.attempts.append(failed("o", 1))
    mark = store.mark()
    store.attempts.append(failed("o", 2))
    store.rollback_to(mark)
    store.commit()
    store.begin()
    store.attempts.append(failed("o", 3))
    store.abort()
    store.begin()
    store.commit()
    assert store.connection.execute("SELECT body ->> 'at' FROM failed_attempts").fetchall() == [(1,)]


def test_old_attempts_are_forgotten_step_by_step(store: LocalStore, traces: ReadTraces) -> None:
    # 99 was written while the clock was ahead: it stays until its time has come.
    write(store, [failed("o", at) for at in (1, 99, 2, 3, 4, 50, 60)])
    forgotten = []
    for _ in range(4):
        store.begin()
        forgotten.append(OldAttempts(store, lambda: 50 + KEPT_MS, rows=3).step())
        store.commit()
    assert forgotten == [Swept(2, more=True), Swept(2, more=True), Swept(0, more=False), Swept(0, more=False)]
    assert kept(traces, "o") == [99, 50, 60]


def test_a_trace_has_all_that_is_durable(store: LocalStore, traces: ReadTraces, make_order: MakeOrder) -> None:
    order, other = make_order("o1"), make_order("o2")
    mails = [MailRecord(f"{each.order_id}-X", each.order_id, "X", None, "s", "SENT", 1, 5) for each in (order, other)]
    store.begin()
    for each, mail in zip((order, other), mails, strict=True):
        LocalOrders(store, SystemClock()).create(each)
        LocalMails(store).put(mail)
        LocalEvents(store).append(events_of(OrderChange("INSERT", 0, None, each))[0])
        store.attempts.append(failed(each.order_id, 7))
    store.commit()
    insert = "INSERT INTO dead_letters (letter_id, queue, order_id, open, body) VALUES (?, 'q', 'o1', ?, ?)"
    for letter, is_open in (("a", 1), ("b", 0)):
        store.connection.execute(insert, (letter, is_open, f'{{"function": "f_{letter}"}}'.encode()))
    (event,) = events_of(OrderChange("INSERT", 0, None, order))
    assert traces.read("o1") == Trace(order, True, (failed("o1", 7),), (event,), (mails[0],), ("f_a",))


def test_an_order_without_a_record_is_the_one_its_key_was_taken_with(
    store: LocalStore, traces: ReadTraces, make_order: MakeOrder
) -> None:
    order = make_order("o1")
    store.begin()
    LocalClaims(store, SystemClock()).take(Claim("key", "print", "o1", 2**60, order))
    store.commit()
    assert traces.read("o1") == Trace(order, False)
    assert traces.read("o2") is None


def test_a_trace_is_of_one_moment(store: LocalStore, tmp_path: Path, make_order: MakeOrder) -> None:
    readers = Readers(tmp_path / "test.db")
    statements: list[str] = []
    readers.connection().set_trace_callback(statements.append)
    assert ReadTraces(readers).read("o1") is None
    readers.close()
    assert (statements[0], statements[-1]) == ("BEGIN", "ROLLBACK")


@pytest.mark.parametrize(
    ("name", "parameters", "found_by"),
    [
        ("claimed_order", ("o",), "claimed_orders USING PRIMARY KEY"),
        ("attempts_of_order", ("o", 200), "failed_attempts USING INDEX failed_attempts_by_order (order_id=?)"),
        (
            "orders_with_many_attempts",
            ('["o"]', 200),
            "failed_attempts USING COVERING INDEX failed_attempts_by_order (order_id=?)",
        ),
        (
            "trim_attempts",
            {"order_id": "o", "keep": 200},
            "failed_attempts USING INDEX failed_attempts_by_order (order_id=? AND rowid<?)",
        ),
        ("mails_of_order", ("o",), "mails USING INDEX mails_by_order (order_id=?)"),
        ("given_up_of_order", ("o",), "dead_letters USING INDEX dead_letters_by_order (order_id=?)"),
    ],
)
def test_each_statement_uses_its_index(store: LocalStore, name: str, parameters: object, found_by: str) -> None:
    statement = "EXPLAIN QUERY PLAN " + queries()[name]
    plan = [row[3] for row in store.connection.execute(statement, parameters)]  # type: ignore[arg-type]
    assert f"SEARCH {found_by}" in [re_joined(step) for step in plan], plan
    table = found_by.partition(" ")[0]
    assert not any(step.startswith(f"SCAN {table}") for step in plan)


def re_joined(step: str) -> str:
    """Without what a primary key is compared with."""
    return step.partition(" (order_id=?)")[0] if "PRIMARY KEY" in step else step
