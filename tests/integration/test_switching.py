"""Another pipeline on the same directory: what was under way is finished, once, whatever died in between."""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from ordermill.bootstrap.local import Deadlines
from ordermill.domain.order import Status
from ordermill.ports.ambient import Settings
from tests.integration.system_kit import BlockingPayments, Mill, SettableClock, StartMill, of_sku, widgets

SKU, UNITS = "KEYBOARD-TKL", 3
FEW = Deadlines(in_flight=2)
NOTHING_CLAIMED = Deadlines(in_flight=0)
NEVER = Settings(retry_base_ms=4000, payment_timeout_ms=60_000)
"""A charge that goes unanswered stays under way, and what failed stays away, for longer than a test takes."""


def leave_some_under_way(mill: Mill, to: Path) -> tuple[Path, list[str]]:
    """Orders that back off, that are charged and not told so, and that were not begun; and the files at that moment."""
    tokens = ["tok_flaky", *["tok_timeout_once"] * 5]
    ids = [mill.place(of_sku(SKU, UNITS, token), f"{to.name}-{n}").order.order_id for n, token in enumerate(tokens)]
    wait_until_nothing_moves(mill)
    statuses = {mill.status(order_id) for order_id in ids}
    assert statuses & {None, "PENDING"}, "some are to be left as they came"
    assert mill.rows("SELECT count(*) > 0 FROM orders WHERE status = 'CONFIRMED'") == [(1,)], "some under way"
    copied = mill.copy_files(to)
    mill.close(0)
    return copied, ids


def wait_until_nothing_moves(mill: Mill) -> None:
    """Until the file has stayed the same for a while: what is under way then is held."""
    since = time.monotonic()
    with closing(sqlite3.connect(mill.data)) as connection:
        version = connection.execute("PRAGMA data_version").fetchone()
        while time.monotonic() - since < 0.3:
            if (now := connection.execute("PRAGMA data_version").fetchone()) != version:
                version, since = now, time.monotonic()
            time.sleep(0.02)


def check_all_done_once(mill: Mill, ids: list[str]) -> None:
    """The audit: orders, histories, ledger, stock, events, mails, and nothing left over."""
    mill.settle(mill.quiet, within_s=20)
    assert {row[0] for row in mill.rows("SELECT order_id FROM orders")} == set(ids)
    for order_id in ids:
        order = mill.order(order_id)
        assert [(entry.seq, entry.status) for entry in order.history] == [
            (1, "PENDING"),
            (2, "CONFIRMED"),
            (3, "PAID"),
            (4, "PROCESSED"),
        ]
        assert [entry for entry in mill.charges(order_id) if entry != ("charge", "error")] == [("charge", "approved")]
    assert mill.rows("SELECT stock FROM products WHERE sku = ?", SKU) == [(120 - UNITS * len(ids),)]
    events = "SELECT order_id, group_concat(seq) FROM (SELECT * FROM events ORDER BY order_id, seq) GROUP BY 1"
    assert dict(mill.rows(events)) == dict.fromkeys(ids, "1,2,3,4")
    assert mill.rows("SELECT count(*) FROM mails") == [(len(ids),)]
    assert mill.dead() == []
    assert mill.rows("SELECT count(*) FROM changes") == [(0,)]


@pytest.mark.parametrize(
    "pipelines",
    [
        ("stream", "queue"),
        ("queue", "stream", "queue"),
        ("workflow", "stream"),
        ("stream", "workflow", "stream"),
        ("queue", "workflow", "queue", "workflow"),
    ],
    ids="-".join,
)
def test_what_one_pipeline_was_at_when_it_died_the_next_ones_finish(
    start_mill: StartMill, tmp_path: Path, pipelines: tuple[str, ...]
) -> None:
    clock, data, ids = SettableClock(), tmp_path / "ordermill.db", list[str]()
    for number, pipeline in enumerate(pipelines):
        mill = start_mill(data, pipeline=pipeline, clock=clock, settings=NEVER, deadlines=FEW)
        if number == 0:
            mill.stock(f"{SKU},Keyboard,89.00,USD,120\n")
        data, placed = leave_some_under_way(mill, tmp_path / f"{number}-{pipeline}")
        ids += placed
        # What backs off is due when the next one starts.
        clock.ahead_ms += 10_000
    last = start_mill(data, pipeline=pipelines[-1], clock=clock)
    check_all_done_once(last, ids)
    left = ["process_order", "publish_order_event"] if pipelines[-1] == "stream" else ["publish_order_event"]
    assert [row[0] for row in last.rows("SELECT consumer FROM stream_positions ORDER BY 1")] == left


@pytest.mark.parametrize(
    ("first", "then"), [("stream", "queue"), ("queue", "stream"), ("workflow", "queue"), ("queue", "workflow")]
)
def test_new_orders_are_taken_in_beside_what_is_left(start_mill: StartMill, first: str, then: str) -> None:
    mill = start_mill(pipeline=first, deadlines=NOTHING_CLAIMED)
    mill.stock(f"{SKU},Keyboard,89.00,USD,120\n")
    ids = [mill.place(of_sku(SKU, UNITS)).order.order_id for _ in range(20)]
    mill.close()
    again = start_mill(mill.data, pipeline=then)
    ids += [future.result(10).order.order_id for future in [again.submit(of_sku(SKU, UNITS)) for _ in range(10)]]
    for order_id in ids:
        assert again.finished(order_id).status is Status.PROCESSED
    by = {entry.by for order_id in ids for entry in again.order(order_id).history if entry.seq == 1}
    assert by == {"create_order", "submit_order"}
    again.settle(again.quiet)
    assert again.rows("SELECT stock FROM products WHERE sku = ?", SKU) == [(120 - UNITS * 30,)]


def test_a_key_from_the_queue_is_known_to_the_other_pipeline_before_its_order_is(start_mill: StartMill) -> None:
    mill = start_mill(pipeline="queue", deadlines=NOTHING_CLAIMED)
    first = mill.place(widgets(), "k")
    mill.close()
    held = start_mill(mill.data, pipeline="stream", deadlines=NOTHING_CLAIMED)
    again = held.place(widgets(), "k")
    assert (again.replayed, again.order) == (True, first.order)
    assert held.status(first.order.order_id) == "PENDING", "whoever comes first makes the record"
    held.close()
    then = start_mill(mill.data, pipeline="stream")
    order = then.finished(first.order.order_id)
    then.settle(then.quiet)
    assert [entry.status for entry in order.history] == ["PENDING", "CONFIRMED", "PAID", "PROCESSED"]
    assert then.charges(order.order_id) == [("charge", "approved")]
    assert then.state()["orders"] == 1


def test_both_sources_of_a_function_share_its_one_thread(start_mill: StartMill) -> None:
    mill = start_mill(deadlines=NOTHING_CLAIMED)
    mill.place(widgets())
    mill.close()
    before = {thread.ident for thread in threading.enumerate()}
    payments = BlockingPayments()
    both = start_mill(mill.data, pipeline="queue", ports={"payments": payments})
    both.place(widgets())
    payments.entered.wait(10)
    both.settle(lambda: [row[0] for row in both.rows("SELECT status FROM orders")] == ["CONFIRMED"] * 2)
    new = [thread.name for thread in threading.enumerate() if thread.ident not in before]
    assert [name for name in new if name.startswith("process_order-")] == ["process_order-0"]
    assert sum(payments.charges.values()) == 1


def test_what_is_left_is_urgent_too(start_mill: StartMill) -> None:
    mill = start_mill(deadlines=NOTHING_CLAIMED)
    mill.place(widgets())
    mill.close()
    both = start_mill(mill.data, pipeline="queue", start=False)
    edges = [source.edge for source in both.system.engine._sources]
    assert edges[:2] == ["orders>process_order", "order-queue>process_order"]
