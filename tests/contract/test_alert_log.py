"""What every adapter of the port `alert-log` must do; and, locally, delays and topic `alerts`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from ordermill.adapters.local.alerts import ReadAlertLog
from ordermill.adapters.local.messaging import LocalQueue, LocalTopic
from ordermill.adapters.local.readers import Readers
from ordermill.domain.alert_log import AlertRecord
from ordermill.domain.alerts import Alert
from ordermill.domain.commands import DeliverAlert
from ordermill.domain.errors import InvalidCursor
from ordermill.ports.messaging import LONGEST_DELAY_MS
from ordermill.ports.stores import AlertPage
from tests.contract.stores_kit import Ports, Stores, alert_record, put_alerts

List = Callable[..., AlertPage]


@pytest.fixture(params=["engine", "reader", "aws"])
def reading(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Stores, List]]:
    """The stores, and whatever of them has the verb `list`."""
    if request.param == "aws":
        dynamo: Stores = request.getfixturevalue("dynamo")
        yield dynamo, dynamo.alerts.list
        return
    ports: Stores = request.getfixturevalue("ports")
    with closing(Readers(tmp_path / "stores.db")) as readers:
        yield ports, ports.alerts.list if request.param == "engine" else ReadAlertLog(readers).list


def test_a_record_is_there_as_it_was_put_last(stores: Stores) -> None:
    first = alert_record(1, "o1")
    assert stores.alerts.read(first.alert_id) is None
    put_alerts(stores, first)
    assert stores.alerts.read(first.alert_id) == first
    second = replace(first, count=2)
    put_alerts(stores, second)
    stores.fresh()
    assert stores.alerts.read(first.alert_id) == second
    assert stores.alerts.list(5).alerts == stores.alerts.list(5, order_id="o1").alerts == (second,)


def test_a_record_that_is_put_again_stays_where_it_is(stores: Stores) -> None:
    first, second = alert_record(1, "o1"), alert_record(2, "o1")
    put_alerts(stores, first, second, replace(first, count=2))
    for page in (stores.alerts.list(5), stores.alerts.list(5, order_id="o1")):
        assert page.alerts == (second, replace(first, count=2))


def test_pages_are_newest_first_and_meet_every_record_once(reading: tuple[Stores, List]) -> None:
    stores, list_ = reading
    put_alerts(stores, *(alert_record(number, f"o{number % 2}") for number in range(1, 8)))
    found, after, pages = list[AlertRecord](), None, 0
    while True:
        page = list_(3, after)
        found += page.alerts
        pages, after = pages + 1, page.after
        if after is None:
            break
        put_alerts(stores, replace(alert_record(7, "o1"), count=pages), alert_record(100 + pages))
    assert [each.at // 60_000 for each in found] == [7, 6, 5, 4, 3, 2, 1]
    assert pages == 3
    one = list_(2, order_id="o0")
    assert [each.order_id for each in one.alerts] == ["o0", "o0"]
    assert [each.at // 60_000 for each in list_(2, one.after, order_id="o0").alerts] == [2]
    assert list_(5, order_id="unknown").alerts == ()


def test_what_is_no_position_is_refused(reading: tuple[Stores, List]) -> None:
    for after in ("", "x", "0", "-1", "1.2", "9" * 30):
        with pytest.raises(InvalidCursor):
            reading[1](3, after)


def test_delays_are_by_the_steady_clock_and_no_longer_than_a_queue_takes(ports: Ports) -> None:
    queue = LocalQueue(ports.store.messages, "alert-queue", ports.time, lambda: 5000)
    message = DeliverAlert("alr_1", "o1", "t")
    ports.store.begin()
    queue.send([message], delay_ms=LONGEST_DELAY_MS)
    for wrong in (-1, LONGEST_DELAY_MS + 1):
        with pytest.raises(ValueError, match="later"):
            queue.send([message], delay_ms=wrong)
    ports.store.commit()
    rows = ports.store.connection.execute("SELECT queue, order_id, body, sent_at, receives, retry_at FROM messages")
    assert rows.fetchall() == [
        ("alert-queue", "o1", msgspec.json.encode(message), 1000, 0, 5000 + LONGEST_DELAY_MS),
    ]
    assert ports.store.messages.fresh("alert-queue", 0, 10) == []
    assert ports.store.messages.next_due("alert-queue") == 5000 + LONGEST_DELAY_MS


def test_the_topic_takes_alerts_and_what_machines_say(ports: Ports) -> None:
    topic = LocalTopic(ports.store.messages, dict.fromkeys(("alert-handler", "pager")), ports.time)
    alert = Alert("a", "critical", "f", "o1", "R", "it failed", 7)
    ports.store.begin()
    topic.publish([alert])
    topic.publish_json({"workflow": "order-intake"}, "o2")
    ports.store.commit()
    for queue in ("alert-handler", "pager"):
        first, second = ports.store.messages.fresh(queue, 0, 10)
        assert (first.order_id, msgspec.json.decode(first.body, type=Alert)) == ("o1", alert)
        assert (second.order_id, second.body) == ("o2", b'{"workflow":"order-intake"}')
