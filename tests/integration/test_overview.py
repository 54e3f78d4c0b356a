"""What is shown of queues and streams agrees with what the engine is at."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

from ordermill.bootstrap import Deadlines
from ordermill.bootstrap.overview import QueueOverview, StreamOverview, UnderWay
from ordermill.entrypoints.admission import Admission
from ordermill.entrypoints.hosts import Hosts
from ordermill.entrypoints.http import App
from ordermill.entrypoints.rate_limits import OFF, RateLimits
from ordermill.ports.ambient import Settings
from tests.integration.system_kit import BlockingPayments, Mill, StartMill, widgets

URL = "http://127.0.0.1"
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
    assert list(queues) == sorted(mill.system.topology.queues)
    assert {queue.queue: queue.function for queue in queues.values()} == {
        "mail-queue": "send_email",
        "notify-customer": "notify_customer",
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


def test_the_file_is_read_in_a_reading_thread_and_the_engine_asked_in_its_own(mill: Mill) -> None:
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
    assert asyncio.run(statuses_of(mill, "/queues")) == [200]
    assert threads["under_way"] == threading.current_thread().name
    assert threads["read"].startswith("reader")


async def statuses_of(mill: Mill, path: str) -> list[int]:
    """The status that the HTTP side, in the loop of this thread, answers staff with."""
    app, statuses = App(mill.system, "staff", URL, Admission(Hosts((), URL), RateLimits(OFF))), list[int]()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    headers = [(b"authorization", b"Bearer staff"), (b"host", b"127.0.0.1")]
    scope = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b""}
    await app({**scope, "headers": headers, "client": ("127.0.0.1", 1)}, receive, send)
    return statuses
