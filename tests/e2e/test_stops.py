"""SIGTERM again and again under load, servers that meet on one directory, and clocks that were set between runs."""

from __future__ import annotations

import http.client
import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest

from tests.audit.attempts import Attempt
from tests.audit.auditor import audit
from tests.audit.bodies import any_body
from tests.audit.snapshot import take
from tests.e2e.conftest import MakeServer
from tests.e2e.load import Load, Sent
from tests.e2e.server import HASTE, START_S, STOP_S, Server, wait_for

STOPS = int(os.environ.get("ORDERMILL_STOPS", "4"))
HOUR, YEAR = 3600, 365 * 24 * 3600
SLOW = HASTE | {"ORDERMILL_RETRY_BASE_MS": "4000", "ORDERMILL_FAULTS": "on"}
BACKING_OFF = "SELECT 1 FROM messages WHERE queue = 'order-queue' AND retry_at IS NOT NULL"
JANUARY_1970, JANUARY_2106 = 86_400, 4_291_747_200
"""Seconds since the epoch."""


def test_every_stop_under_load_is_clean_and_leaves_nothing_to_recover(make_server: MakeServer) -> None:
    seed = int(os.environ.get("ORDERMILL_CRASH_SEED") or random.getrandbits(32))
    print(f"ORDERMILL_CRASH_SEED={seed}")
    server, sent, rng = make_server(env=HASTE), Sent(), random.Random(seed)
    for number in range(STOPS):
        server.start()
        with Load(server.port, seed + number, name=f"run-{number}", sent=sent):
            time.sleep(rng.uniform(0.05, 0.4))
            began = time.monotonic()
            assert server.terminate() == 0
            assert time.monotonic() - began < STOP_S
        assert not (server.data / "ordermill.db-wal").exists(), "the next start has something to recover"
        left = take(server.data)
        assert [message for message in left.messages if message.receives and message.retry_at is None] == []
        assert [at for at in left.positions.values() if at.claimed_to > at.checkpoint] == []
        assert left.strays == []
    assert "Traceback" not in server.log_text()
    assert sent.unexpected == []
    assert len(sent.accepted) > 10 * STOPS
    server.start()
    sent.replay(server.port)
    wait_for(server.settled, "the rest is processed", within_s=20)
    audit(server.data, sent.attempts)


@contextmanager
def standing_still(pid: int) -> Iterator[None]:
    """The process is stopped meanwhile."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def refused_by(server: Server, holder: Server) -> None:
    """The server ends at once and says who holds the directory."""
    assert server.spawn().process.wait(START_S) == 2
    assert f"process {holder.pid}, {holder.url}" in server.log_text()


def test_servers_that_meet_on_a_directory_never_share_it(make_server: MakeServer) -> None:
    first, second = make_server(env=HASTE), make_server(env=HASTE)
    first.start()
    with Load(first.port, 1) as load:
        wait_for(lambda: len(load.sent.accepted) > 20, "some orders are placed")
        refused_by(second, first)
        with standing_still(first.pid):
            refused_by(second, first)
        seen = len(load.sent.accepted)
        wait_for(lambda: len(load.sent.accepted) > seen + 20, "the first goes on")
        first.kill()
    second.start()
    assert second.pid != first.process.pid
    refused_by(first, second)
    load.sent.replay(second.port)
    wait_for(second.settled, "the second completes what the first accepted", within_s=20)
    audit(second.data, load.sent.attempts, deaths=1)


def test_a_directory_is_free_right_after_a_kill_and_one_of_two_gets_it(make_server: MakeServer) -> None:
    first, second = make_server(env=HASTE), make_server(env=HASTE)
    first.start()
    with Load(first.port, 1) as load:
        wait_for(lambda: len(load.sent.accepted) > 20, "some orders are placed")
        # Its supervisor starts it again, and another server comes at the same time.
        os.kill(first.pid, signal.SIGKILL)
        second.spawn()
        wait_for(lambda: first.process.poll() == 2 or second.process.poll() == 2, "one of them gives way")
    stays, gone = (second, first) if first.process.poll() == 2 else (first, second)
    stays.wait_until_healthy()
    assert f"{stays.url}" in gone.log_text()
    load.sent.replay(stays.port)
    wait_for(stays.settled, "the one that stays completes everything", within_s=20)
    audit(stays.data, load.sent.attempts, deaths=1)


def test_clocks_that_are_set_between_runs_leave_nothing_stuck(make_server: MakeServer) -> None:
    sent, rng, kept, now = Sent(), random.Random(3), list[Attempt](), time.time()
    for number, offset in enumerate(
        (0, HOUR, -HOUR, YEAR, JANUARY_1970 - now, JANUARY_2106 - now),
    ):
        server = make_server(env=SLOW | {"ORDERMILL_CLOCK_OFFSET_S": str(offset)}).start()
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        for attempt in kept if abs(offset) <= HOUR and number < 3 else ():
            assert sent.place(connection, attempt.body, attempt.key) == 202
            assert sent.attempts[-1].order_id == attempt.order_id, "within 24 hours a key has one order"
        for order in range(12):
            key = f"run-{number}-{order}"
            assert sent.place(connection, any_body(rng, key), key) == 202
        failing = any_body(rng, f"run-{number}-failing") | {"paymentToken": "tok_error"}
        assert sent.place(connection, failing, f"run-{number}-failing") == 202
        kept = kept or sent.attempts[:5]
        connection.close()
        # What backs off waits for a time of this run's clock.
        wait_for(partial(server.rows, BACKING_OFF), "something backs off")
        server.kill()
    server = make_server(env=HASTE).start()
    wait_for(server.settled, "nothing waits for a time that never comes", within_s=10)
    assert sent.unexpected == []
    assert len({attempt.order_id for attempt in sent.attempts}) == 78
    audit(server.data, sent.attempts, deaths=2, keys_expire=True)


@pytest.mark.parametrize("offset", ["1e12", "-1e11"])
def test_a_clock_beyond_what_dates_can_tell_is_refused(make_server: MakeServer, offset: str) -> None:
    server = make_server(env={"ORDERMILL_FAULTS": "on", "ORDERMILL_CLOCK_OFFSET_S": offset})
    assert server.spawn().process.wait(START_S) == 2
    assert "ORDERMILL_CLOCK_OFFSET_S" in server.log_text()
