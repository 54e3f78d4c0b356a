"""What is shown of queues and streams: exact, and read from indexes alone, however much waits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from ordermill.adapters.local.letters import LocalDeadLetters
from ordermill.adapters.local.readers import Readers
from ordermill.adapters.local.sql import queries
from ordermill.adapters.local.store import LocalStore
from ordermill.adapters.local.waiting import FIRST, QueueCounts, ReadWaiting, StreamCounts
from ordermill.domain.dead_letters import DeadLetter

NOW = 1_000_000

MESSAGES = [
    # id, queue, receives, retry_at
    (1, "q", 1, None),
    (2, "q", 1, NOW + 1),
    (3, "q", 2, NOW),
    (4, "q", 0, None),
    (5, "other", 0, None),
    (6, "q", 0, None),
    (7, "q", 3, None),
]
"""In flight (1, 7), backing off, due, fresh, another queue's, fresh."""

LATER = [(8, "q", 0, NOW + 1), (9, "q", 0, NOW)]
"""Sent for later, and sent for now."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalStore]:
    """A fresh one."""
    opened = LocalStore(tmp_path / "waiting.db")
    opened.connection.execute("PRAGMA synchronous = OFF")
    yield opened
    opened.close()


@pytest.fixture
def waiting(store: LocalStore, tmp_path: Path) -> Iterator[ReadWaiting]:
    """What is read of it."""
    readers = Readers(tmp_path / "waiting.db")
    yield ReadWaiting(readers)
    readers.close()


def write(store: LocalStore, statement: str, *rows: tuple[object, ...]) -> None:
    for row in rows or [()]:
        store.connection.execute(statement, row)


def send(store: LocalStore, *messages: tuple[int, str, int, int | None]) -> None:
    insert = (
        "INSERT INTO messages (id, queue, receives, retry_at, sent_at, order_id, body) VALUES (?, ?, ?, ?, ?, ?, ?)"
    )
    write(store, insert, *[(*message, 10 * message[0], f"o{message[0]}", b"{}") for message in messages])


def test_every_message_is_counted_once_and_the_oldest_that_wait_are_shown(
    store: LocalStore, waiting: ReadWaiting
) -> None:
    send(store, *MESSAGES)
    counts = waiting.queue("q", now=NOW, suspects=[])
    assert (counts.ready, counts.delayed, counts.dead) == (3, 1, 0)
    assert [(m.id, m.order_id, m.receives, m.sent_at, m.retry_at, m.body) for m in counts.first] == [
        (2, "o2", 1, 20, NOW + 1, b"{}"),
        (3, "o3", 2, 30, NOW, b"{}"),
        (4, "o4", 0, 40, None, b"{}"),
        (6, "o6", 0, 60, None, b"{}"),
    ]
    assert waiting.queue("other", now=NOW, suspects=[]).ready == 1


def test_what_was_sent_for_later_is_delayed_until_its_turn(store: LocalStore, waiting: ReadWaiting) -> None:
    send(store, *MESSAGES, *LATER)
    counts = waiting.queue("q", now=NOW, suspects=[])
    assert (counts.ready, counts.delayed) == (4, 2)
    assert [message.id for message in counts.first] == [2, 3, 4, 6, 8, 9]


def test_what_was_in_flight_at_a_death_waits_too(store: LocalStore, waiting: ReadWaiting) -> None:
    send(store, *MESSAGES)
    counts = waiting.queue("q", now=NOW, suspects=[1, 7])
    assert (counts.ready, counts.delayed) == (5, 1)
    assert [message.id for message in counts.first] == [1, 2, 3, 4, 6, 7]


def test_a_suspect_that_was_done_meanwhile_is_not_shown(store: LocalStore, waiting: ReadWaiting) -> None:
    send(store, *MESSAGES[:2])
    assert [message.id for message in waiting.queue("q", now=NOW, suspects=[1, 99]).first] == [1, 2]


def test_an_empty_queue_has_nothing(waiting: ReadWaiting) -> None:
    assert waiting.queue("q", now=NOW, suspects=[]) == QueueCounts(0, 0, 0, ())


def test_of_many_the_first_ten_are_shown(store: LocalStore, waiting: ReadWaiting) -> None:
    send(store, *[(id_, "q", id_ % 2, NOW - id_ if id_ % 2 else None) for id_ in range(1, 101)])
    counts = waiting.queue("q", now=NOW, suspects=[])
    assert (counts.ready, [message.id for message in counts.first]) == (100, [*range(1, FIRST + 1)])


def test_dead_letters_are_counted_by_where_they_come_from(store: LocalStore, waiting: ReadWaiting) -> None:
    kept = LocalDeadLetters(store)
    store.begin()
    for number, queue in enumerate(("q", "q", "q", "orders>consume", "dead-letters")):
        letter = DeadLetter(f"d{number}", queue, "consume", "o", "it failed", 5, 0, NOW, msgspec.Raw(b"{}"))
        if queue == "dead-letters":
            store.messages.bury(letter)
        else:
            kept.append(letter)
    kept.close("d0")
    store.commit()
    assert waiting.queue("q", now=NOW, suspects=[]).dead == 2
    assert waiting.consumer("orders", "consume").dead == 1
    assert waiting.queue("dead-letters", now=NOW, suspects=[]).dead == 1


@pytest.mark.parametrize(
    ("position", "expected"),
    [
        (None, StreamCounts(0, 0, 0, None)),
        ((7, 8, None), StreamCounts(2, 0, 0, None)),
        ((10, 10, None), StreamCounts(0, 0, 0, None)),
        ((12, 12, None), StreamCounts(0, 0, 0, None)),
        ((5, 6, 9), StreamCounts(3, 0, 0, 9)),
    ],
    ids=["unknown", "behind", "level", "trimmed", "draining"],
)
def test_a_consumer_is_behind_by_what_it_has_not_taken(
    store: LocalStore, waiting: ReadWaiting, position: tuple[object, ...] | None, expected: StreamCounts
) -> None:
    write(store, "INSERT INTO changes VALUES (?, 'o', 'INSERT', 0, NULL, '{}')", (9,), (10,))
    if position is not None:
        write(store, "INSERT INTO stream_positions VALUES ('consume', ?, ?, ?)", position)
    assert waiting.consumer("orders", "consume") == expected


def test_parked_records_are_the_consumers_own(store: LocalStore, waiting: ReadWaiting) -> None:
    insert = "INSERT INTO stream_parked VALUES (?, ?, 'o', 'INSERT', 0, NULL, '{}', 1, NULL, 0)"
    write(store, insert, ("consume", 1), ("consume", 2), ("another", 1))
    assert waiting.consumer("orders", "consume").parked == 2


def test_a_snapshot_is_of_one_moment(store: LocalStore, waiting: ReadWaiting) -> None:
    send(store, MESSAGES[3])
    with waiting.snapshot():
        assert waiting.queue("q", now=NOW, suspects=[]).ready == 1
        send(store, MESSAGES[5])
        assert waiting.queue("q", now=NOW, suspects=[]).ready == 1
    assert waiting.queue("q", now=NOW, suspects=[]).ready == 2


@pytest.mark.parametrize(
    ("name", "parameters", "found_by"),
    [
        ("count_fresh", ("q",), {"messages": "messages_fresh (queue=?)"}),
        ("count_due", ("q", NOW), {"messages": "messages_waiting (queue=? AND retry_at<?)"}),
        ("count_delayed", ("q", NOW), {"messages": "messages_waiting (queue=? AND retry_at>?)"}),
        ("first_fresh", ("q", 10), {"messages": "messages_fresh (queue=?)"}),
        ("first_failed", ("q", 10), {"messages": "messages_waiting (queue=? AND retry_at>?)"}),
        ("waiting_message", (1,), {"messages": "INTEGER PRIMARY KEY (rowid=?)"}),
        (
            "count_dead",
            ("q",),
            {"dead_messages": "dead_by_queue (queue=?)", "dead_letters": "dead_letters_open_by_queue (queue=?)"},
        ),
        ("position_of", ("consume",), {"stream_positions": "PRIMARY KEY (consumer=?)", "changes": ""}),
        ("count_parked", ("consume",), {"stream_parked": "PRIMARY KEY (consumer=?)"}),
    ],
)
def test_each_statement_uses_its_index(
    store: LocalStore, name: str, parameters: tuple[object, ...], found_by: dict[str, str]
) -> None:
    plan = [row[3] for row in store.connection.execute("EXPLAIN QUERY PLAN " + queries()[name], parameters)]
    used = {}
    for step in plan:
        assert not step.startswith("SCAN") or step == "SCAN CONSTANT ROW"
        if step.startswith("SEARCH "):
            _, table, *how = step.replace("USING COVERING INDEX", "USING INDEX").split(" ", 2)
            used[table] = "".join(how).removeprefix("USING ").removeprefix("INDEX ")
    assert used == found_by
    # What is sorted then is what failed, and its ids come from the index.
    assert any("TEMP B-TREE" in step for step in plan) == (name == "first_failed")
