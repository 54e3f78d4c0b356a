"""What is shown of queues and streams agrees with what the engine is at."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from ordermill.adapters.clock import SystemClock
from ordermill.bootstrap.local import Deadlines
from ordermill.bootstrap.overview import QueueOverview, StreamOverview, UnderWay
from ordermill.domain.times import epoch_ms
from ordermill.ports.ambient import Settings
from tests.integration.http_kit import answer_of
from tests.integration.system_kit import BlockingPayments, Mill, StartMill, widgets

TWO = Deadlines(in_flight=2)


def look(mill: Mill) -> tuple[dict[str, QueueOverview], dict[str, StreamOverview]]:
    overview = mill.system.overview
    queues, streams = overview.read(overview.under_way())
    return {queue.queue: queue for queue in queues}, {stream.function: stream for stream in streams}


def numbers(queue: QueueOverview) -> tuple[int, int, int, int]:
    """Ready, in flight, delayed, dead."""
    return queue.counts.ready, queue.in_flight, queue.counts.delayed, queue.counts.dead


def hold(start_mill: StartMill, pipeline: str) -> tuple[Mill, list[str]]:
    """Five orders, of which two are in their charge."""
    payments = BlockingPayments()
    mill = start_mill(pipeline=pipeline, ports={"payments": payments}, deadlines=TWO)
    ids = [mill.place(widgets(customerName=str(number))).order.order_id for number in range(5)]
    payments.entered.wait(10)
    mill.settle(lambda: mill.rows("SELECT count(*) FROM orders WHERE status = 'CONFIRMED'") == [(2,)])
    mill.settle(lambda: mill.rows("SELECT count(*) FROM messages WHERE queue <> 'order-queue'") == [(0,)])
    return mill, ids


def test_every_queue_is_there_also_an_empty_one(mill: Mill) -> None:
    queues, streams = look(mill)
    assert list(queues) == sorted(["dead-letters", *mill.system.topology.queues])
    assert {queue.queue: queue.function for queue in queues.values()} == {
        "alert-handler": "alert_handler",
        "alert-queue": "deliver_alert",
        "archive-deleted-orders": "archive_deleted_orders",
        "compensate-order": "compensate_order",
        "dead-letters": "fail_order",
        "mail-queue": "send_email",
        "notify-customer": "notify_customer",
        "on-order-deleted": "on_order_deleted",
        "order-queue": "process_order",
        "record-order-event": "record_order_event",
    }
    assert {numbers(queue) for queue in queues.values()} == {(0, 0, 0, 0)}
    assert streams.keys() == {"publish_order_event"}


def test_a_message_that_waits_is_shown_with_its_order(start_mill: StartMill) -> None:
    mill, ids = hold(start_mill, "queue")
    queue = look(mill)[0]["order-queue"]
    assert numbers(queue) == (3, 2, 0, 0)
    assert [message.order_id for message in queue.counts.first] == ids[2:]
    assert b'"customerName":"2"' in queue.counts.first[0].body


def test_a_message_that_backs_off_is_delayed_and_one_given_up_is_dead(start_mill: StartMill) -> None:
    mill = start_mill(pipeline="queue", settings=Settings(retry_base_ms=4000))
    delayed = mill.place(widgets(token="tok_error")).order.order_id
    mill.settle(lambda: numbers(look(mill)[0]["order-queue"]) == (0, 0, 1, 0))
    (message,) = look(mill)[0]["order-queue"].counts.first
    assert (message.order_id, message.receives, message.retry_at is not None) == (delayed, 1, True)
    fast = start_mill(mill.data.parent / "other.db", pipeline="queue")
    fast.place(widgets(token="tok_error"))
    fast.settle(lambda: numbers(look(fast)[0]["order-queue"]) == (0, 0, 0, 1))


def test_after_a_death_what_was_in_flight_waits_for_its_turn(start_mill: StartMill, tmp_path: Path) -> None:
    mill, ids = hold(start_mill, "queue")
    payments = BlockingPayments()
    again = start_mill(
        mill.copy_files(tmp_path / "copy"),
        pipeline="queue",
        ports={"payments": payments},
        deadlines=Deadlines(in_flight=1),
    )
    payments.entered.wait(10)
    queue = look(again)[0]["order-queue"]
    assert numbers(queue) == (4, 1, 0, 0), "one suspect at a time, and nothing beside it"
    assert [message.order_id for message in queue.counts.first] == ids[1:]


def test_a_consumer_that_was_left_shows_its_end_until_it_is_there(start_mill: StartMill, tmp_path: Path) -> None:
    mill, _ = hold(start_mill, "stream")
    stream = look(mill)[1]["process_order"]
    assert (stream.in_flight, stream.counts.drain_to) == (2, None)
    assert stream.counts.behind > 0
    payments = BlockingPayments()
    again = start_mill(
        mill.copy_files(tmp_path / "copy"), pipeline="queue", ports={"payments": payments}, deadlines=TWO
    )
    payments.entered.wait(10)
    stream = look(again)[1]["process_order"]
    assert stream.counts.drain_to is not None
    assert (stream.in_flight > 0, stream.stream) == (True, "orders")
    payments.release.set()
    again.settle(again.quiet)
    assert look(again)[1].keys() == {"publish_order_event"}
    assert look(again)[0]["order-queue"].function == "process_order"


def test_what_has_no_consumer_says_so(start_mill: StartMill) -> None:
    mill = start_mill(pipeline="queue", deadlines=Deadlines(in_flight=0))
    mill.place(widgets())
    overview = mill.system.overview
    overview._queues.pop("order-queue")
    queue = look(mill)[0]["order-queue"]
    assert (queue.function, queue.in_flight, queue.counts.ready) == (None, 0, 1)


@pytest.mark.parametrize("path", ["/queues", "/metrics"])
def test_the_file_is_read_in_a_reading_thread_and_the_engine_asked_in_its_own(mill: Mill, path: str) -> None:
    threads: dict[str, str] = {}
    overview = mill.system.overview

    class Watched:
        def under_way(self) -> UnderWay:
            threads["under_way"] = threading.current_thread().name
            return overview.under_way()

        def read(self, under_way: UnderWay) -> tuple[list[QueueOverview], list[StreamOverview]]:
            threads["read"] = threading.current_thread().name
            return overview.read(under_way)

    mill.system.overview = Watched()  # type: ignore[assignment]
    asyncio.run(answer_of(mill, path))
    assert threads["under_way"] == threading.current_thread().name
    assert threads["read"].startswith("reader")


WAITING = """
INSERT INTO messages (queue, body, sent_at, receives, retry_at) VALUES
    ('mail-queue', '{}', :now - 90000, 2, :now + 3600000), ('mail-queue', '{}', :now - 5000, 0, NULL),
    ('notify-customer', '{}', :now - 1000, 0, NULL), ('notify-customer', '{}', :now, 0, NULL);
INSERT INTO dead_messages (queue, body) VALUES
    ('mail-queue', '{}'), ('mail-queue', '{}'), ('orders>publish_order_event', '{}');
INSERT INTO stream_parked (consumer, seq, order_id, event, old_version, old_status, body, receives, retry_at)
    VALUES ('publish_order_event', 1, 'ord_1', 'INSERT', 0, NULL, '{}', 1, 5);
INSERT INTO changes (seq, order_id, event, old_version, old_status, body)
    SELECT claimed_to + 3, 'ord_1', 'INSERT', 0, NULL, '{}' FROM stream_positions
    WHERE consumer = 'publish_order_event';
"""
"""Something of every kind, of which the engine knows nothing, so that it stays."""


def test_metrics_and_queues_are_of_one_mind(start_mill: StartMill) -> None:
    mill, _ = hold(start_mill, "queue")
    with closing(sqlite3.connect(mill.data)) as connection:
        now = SystemClock().now_ms()
        connection.executescript(WAITING.replace(":now", str(now)))
    shown = json.loads(asyncio.run(answer_of(mill, "/queues")))
    scraped = asyncio.run(answer_of(mill, "/metrics")).decode()
    samples = {
        (sample.name.removeprefix("ordermill_"), *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(scraped)
        for sample in family.samples
    }
    for queue in shown["queues"]:
        name, function = queue["queue"], queue["function"]
        assert samples["queue_depth", name] == queue["depth"]
        assert samples["queue_delayed", name] == queue["delayed"]
        assert samples["dead_letters", name] == queue["dead"]
        assert samples["in_flight", f"{name}>{function}"] == queue["inFlight"]
        age_s = (now - epoch_ms(queue["oldestAt"])) / 1000 if queue["oldestAt"] else 0
        assert samples["queue_oldest_seconds", name] == pytest.approx(age_s, abs=30)
    for stream in shown["streams"]:
        function, edge = stream["function"], f"{stream['stream']}>{stream['function']}"
        assert samples["stream_behind", function] == stream["behind"]
        assert samples["stream_parked", function] == stream["parked"]
        assert samples["dead_letters", edge] == stream["dead"]
        assert samples["in_flight", edge] == stream["inFlight"]
    waits = {
        queue["queue"]: (queue["depth"], queue["delayed"], queue["inFlight"], queue["dead"])
        for queue in shown["queues"]
    }
    assert {name: counts for name, counts in waits.items() if any(counts) or name == "record-order-event"} == {
        "mail-queue": (1, 1, 0, 2),
        "notify-customer": (2, 0, 0, 0),
        "order-queue": (3, 0, 2, 0),
        "record-order-event": (0, 0, 0, 0),
    }
    assert samples["queue_oldest_seconds", "mail-queue"] >= 90
    (stream,) = [stream for stream in shown["streams"] if stream["function"] == "publish_order_event"]
    assert (stream["behind"], stream["parked"], stream["dead"]) == (3, 1, 1)
