"""The port `alert-log`, what is sent for later, and topic `alerts`, over the local store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from ordermill.adapters.local.alerts import AlertRows, LocalAlertLog, ReadAlertLog
from ordermill.adapters.local.messaging import LocalQueue, LocalTopic
from ordermill.adapters.local.readers import Readers
from ordermill.adapters.local.store import LocalStore
from ordermill.domain.alert_log import AlertRecord
from ordermill.domain.alerts import Alert
from ordermill.domain.commands import DeliverAlert
from ordermill.domain.errors import InvalidCursor
from ordermill.ports.messaging import LONGEST_DELAY_MS
from ordermill.ports.stores import AlertLog


class Clock:
    def now_ms(self) -> int:
        return 1000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalStore]:
    opened = LocalStore(tmp_path / "alerts.db")
    opened.connection.execute("PRAGMA synchronous = OFF")
    yield opened
    opened.close()


@pytest.fixture
def alerts(store: LocalStore) -> AlertLog:
    return LocalAlertLog(store.connection, store.alerts)


@pytest.fixture(params=["engine", "reader"])
def reading(request: pytest.FixtureRequest, store: LocalStore, tmp_path: Path) -> Iterator[Any]:
    """Whatever has the verb `list`."""
    readers = Readers(tmp_path / "alerts.db")
    yield LocalAlertLog(store.connection, store.alerts) if request.param == "engine" else ReadAlertLog(readers)
    readers.close()


def record(number: int, order_id: str | None = None) -> AlertRecord:
    alert = Alert(f"a{number}", "warning", "f", order_id, "R", "it failed", 60_000 * number)
    return AlertRecord.of(alert, (), posted=True, public_url="http://x", now=number)


def put(store: LocalStore, alerts: AlertLog, *records: AlertRecord) -> None:
    store.begin()
    for each in records:
        alerts.put(each)
    store.commit()


def test_a_record_is_there_as_it_was_put_last(store: LocalStore, alerts: AlertLog) -> None:
    first = record(1, "o1")
    assert alerts.read(first.alert_id) is None
    put(store, alerts, first)
    assert alerts.read(first.alert_id) == first
    second = replace(first, count=2)
    put(store, alerts, second)
    store.alerts.forget()
    assert alerts.read(first.alert_id) == second
    assert store.connection.execute("SELECT count(*), min(order_id) FROM alert_log").fetchone() == (1, "o1")


def test_a_function_that_raises_has_put_nothing(store: LocalStore, alerts: AlertLog) -> None:
    store.begin()
    mark = store.mark()
    alerts.put(record(1))
    store.rollback_to(mark)
    alerts.put(record(2))
    store.commit()
    assert (alerts.read(record(1).alert_id), alerts.read(record(2).alert_id)) == (None, record(2))
    store.begin()
    alerts.put(record(3))
    store.abort()
    assert alerts.read(record(3).alert_id) is None


def test_after_an_abort_the_file_is_read_anew(store: LocalStore, alerts: AlertLog) -> None:
    first = record(1)
    put(store, alerts, first)
    other = msgspec.json.encode(replace(first, count=7))
    store.begin()
    store.abort()
    store.connection.execute("UPDATE alert_log SET body = ?", (other,))
    assert alerts.read(first.alert_id) == replace(first, count=7)


def test_pages_are_newest_first_and_meet_every_record_once(store: LocalStore, alerts: AlertLog, reading: Any) -> None:
    put(store, alerts, *(record(number, f"o{number % 2}") for number in range(1, 8)))
    found, after, pages = list[AlertRecord](), None, 0
    while True:
        page = reading.list(3, after)
        found += page.alerts
        pages, after = pages + 1, page.after
        if after is None:
            break
        put(store, alerts, replace(record(7, "o1"), count=pages), record(100 + pages))
    assert [each.at // 60_000 for each in found] == [7, 6, 5, 4, 3, 2, 1]
    assert pages == 3
    one = reading.list(2, order_id="o0")
    assert [each.order_id for each in one.alerts] == ["o0", "o0"]
    assert [each.at // 60_000 for each in reading.list(2, one.after, order_id="o0").alerts] == [2]
    assert reading.list(5, order_id="unknown").alerts == ()


@pytest.mark.parametrize("after", ["", "x", "0", "-1", "1.2", "9" * 30])
def test_what_is_no_position_is_refused(reading: Any, after: str) -> None:
    with pytest.raises(InvalidCursor):
        reading.list(3, after)


def test_the_oldest_records_make_room(store: LocalStore) -> None:
    store.alerts = AlertRows(store.undo, kept=10)
    alerts = LocalAlertLog(store.connection, store.alerts)
    largest = 0
    for start in range(0, 1000, 50):
        put(store, alerts, *(record(number) for number in range(start, start + 50)))
        count = store.connection.execute("SELECT count(*) FROM alert_log").fetchone()[0]
        largest = max(largest, count)
    newest = alerts.list(10).alerts
    assert [each.at // 60_000 for each in newest] == [*range(999, 989, -1)]
    # What comes between two trims is bounded too.
    assert 10 <= count <= largest <= 10 + 256 + 50


def test_delays_are_by_the_steady_clock_and_no_longer_than_a_queue_takes(store: LocalStore) -> None:
    queue = LocalQueue(store.messages, "alert-queue", Clock(), lambda: 5000)
    message = DeliverAlert("alr_1", "o1", "t")
    store.begin()
    queue.send([message], delay_ms=LONGEST_DELAY_MS)
    for wrong in (-1, LONGEST_DELAY_MS + 1):
        with pytest.raises(ValueError, match="later"):
            queue.send([message], delay_ms=wrong)
    store.commit()
    rows = store.connection.execute("SELECT queue, order_id, body, sent_at, receives, retry_at FROM messages")
    assert rows.fetchall() == [
        ("alert-queue", "o1", msgspec.json.encode(message), 1000, 0, 5000 + LONGEST_DELAY_MS),
    ]
    assert store.messages.fresh("alert-queue", 0, 10) == []
    assert store.messages.next_due("alert-queue") == 5000 + LONGEST_DELAY_MS


def test_the_topic_takes_alerts_and_what_machines_say(store: LocalStore) -> None:
    topic = LocalTopic(store.messages, dict.fromkeys(("alert-handler", "pager")), Clock())
    alert = Alert("a", "critical", "f", "o1", "R", "it failed", 7)
    store.begin()
    topic.publish([alert])
    topic.publish_json({"workflow": "order-intake"}, "o2")
    store.commit()
    for queue in ("alert-handler", "pager"):
        first, second = store.messages.fresh(queue, 0, 10)
        assert (first.order_id, msgspec.json.decode(first.body, type=Alert)) == ("o1", alert)
        assert (second.order_id, second.body) == ("o2", b'{"workflow":"order-intake"}')
