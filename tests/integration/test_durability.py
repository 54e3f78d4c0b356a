"""What was answered is stored, what could not be stored is refused, and the engine carries on by itself."""

from __future__ import annotations

import itertools
import sqlite3
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from ordermill.adapters.local.store import LocalStore
from ordermill.domain.errors import StorageUnavailable
from ordermill.domain.order import Status
from ordermill.ports.journal import Position, StorageBroken, StorageFull
from ordermill.runtime.cycle import BROKEN, Answer
from ordermill.runtime.guard import Guard
from tests.integration.system_kit import FutureHost, Mill, StartMill, rows, widgets


class StillTime:
    """Monotonic seconds that pass when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def count_commits(mill: Mill) -> list[str]:
    """Grows by one with every commit from now on."""
    commits: list[str] = []
    mill.system.store.connection.set_trace_callback(lambda sql: commits.append(sql) if sql == "COMMIT" else None)
    return commits


def fill(mill: Mill) -> None:
    """Leave the file no page to grow."""
    connection = mill.system.store.connection
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")


def make_room(mill: Mill) -> None:
    """As much as ever."""
    mill.system.store.connection.execute("PRAGMA max_page_count = 1073741823")


def until_refused(mill: Mill) -> tuple[list[str], list[tuple[str, BaseException]]]:
    """Place orders with keys k0, k1, … until some are refused: the ids accepted, and the keys refused."""
    accepted: list[str] = []
    for burst in itertools.count():
        futures: dict[str, Future[Any]] = {}
        for number in range(20):
            key = f"k{burst}-{number}"
            futures[key] = mill.submit(widgets(note="x" * 1500), key)
        errors = {key: future.exception(20) for key, future in futures.items()}
        accepted += [futures[key].result().order.order_id for key, error in errors.items() if error is None]
        refused = [(key, error) for key, error in errors.items() if error is not None]
        if refused:
            return accepted, refused
    raise AssertionError


def test_requests_that_wait_together_share_one_commit(start_mill: StartMill) -> None:
    mill = start_mill(start=False)
    commits = count_commits(mill)
    seen: list[int] = []
    mill.host.before_answers = lambda answers: seen.append(len(commits))
    futures = [mill.submit(widgets()) for _ in range(200)]
    mill.system.start()
    assert len({future.result(10).order.order_id for future in futures}) == 200
    assert seen == [2], "one commit to recover, one for all two hundred"


def test_an_answer_comes_after_the_commit_it_rode_in(start_mill: StartMill) -> None:
    mill = start_mill(start=False)
    visible: list[bool] = []

    def look(answers: Sequence[Answer]) -> None:
        for _, placed, _ in answers:
            found = rows(mill.data, "SELECT status FROM orders WHERE order_id = ?", placed.order.order_id)
            visible.append(bool(found))

    mill.host.before_answers = look
    futures = [mill.submit(widgets()) for _ in range(20)]
    mill.system.start()
    for future in futures:
        future.result(10)
    assert visible == [True] * 20


def test_a_full_disk_refuses_orders_stores_nothing_of_them_and_passes_by_itself(start_mill: StartMill) -> None:
    mill = start_mill()
    fill(mill)
    accepted, refused = until_refused(mill)
    assert {type(error) for _, error in refused} == {StorageUnavailable}
    assert not mill.host.ended
    stored = {row[0] for row in mill.rows("SELECT order_id FROM orders")}
    assert stored == set(accepted)
    make_room(mill)
    mill.settle(lambda: mill.system.engine.healthy)
    retried = [mill.place(widgets(note="x" * 1500), key) for key, _ in refused]
    assert not any(answer.replayed for answer in retried)
    mill.settle(mill.quiet, 15)
    everything = set(accepted) | {answer.order.order_id for answer in retried}
    assert dict(mill.rows("SELECT order_id, status FROM orders")) == dict.fromkeys(everything, "PROCESSED")
    assert mill.rows("SELECT count(*) FROM events") == [(4 * len(everything),)]
    assert mill.dead() == []


def test_waiting_for_room_does_not_look_like_a_function_that_hangs(start_mill: StartMill) -> None:
    time = StillTime()
    guards: list[Guard] = []

    def guard(host: FutureHost) -> Guard:
        guards.append(Guard(host.end, monotonic=time))
        return guards[0]

    mill = start_mill(guard=guard)
    fill(mill)
    until_refused(mill)
    for _ in range(150):
        time.now += 0.5
        guards[0].check()
    assert mill.host.ended == []
    make_room(mill)


def test_a_commit_whose_outcome_is_unknown_ends_the_process(
    start_mill: StartMill, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The error a failed fsync gives cannot be had from a healthy disk.
    mill = start_mill()

    def broken(store: LocalStore) -> None:
        store.abort()
        raise StorageBroken("disk I/O error")

    monkeypatch.setattr(LocalStore, "commit", broken)
    with pytest.raises(StorageUnavailable):
        mill.place(widgets())
    mill.settle(lambda: BROKEN in mill.host.ended)
    monkeypatch.undo()
    mill.system.engine.stop(0)


class BrokenTokens:
    """A port behind which the storage fails."""

    def __init__(self, failure: Exception) -> None:
        self._failure: Exception | None = failure

    def sign(self, order_id: str) -> str:
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure
        return "token"

    def sign_for(self, purpose: str, subject: str, expires_at: int | None) -> str:
        return self.sign(subject)

    def verify_for(self, purpose: str, token: str, now_ms: int) -> str | None:
        return self.sign(token)


def test_storage_that_breaks_under_a_function_ends_the_process(start_mill: StartMill) -> None:
    mill = start_mill(ports={"tokens": BrokenTokens(StorageBroken("disk I/O error"))})
    with pytest.raises(StorageUnavailable):
        mill.place(widgets())
    mill.settle(lambda: BROKEN in mill.host.ended)
    # The process would be gone by now, and its transaction with it.
    mill.system.store.abort()
    assert mill.rows("SELECT count(*) FROM orders") == [(0,)]


def test_storage_that_is_full_under_a_function_refuses_its_cycle_and_goes_on(start_mill: StartMill) -> None:
    mill = start_mill(ports={"tokens": BrokenTokens(StorageFull("database or disk is full"))})
    with pytest.raises(StorageUnavailable):
        mill.place(widgets())
    placed = mill.place(widgets())
    assert mill.finished(placed.order.order_id).status is Status.PROCESSED
    assert mill.rows("SELECT count(*) FROM orders") == [(1,)]
    assert mill.host.ended == []


def test_a_request_that_cannot_be_stored_does_not_take_its_neighbours_with_it(start_mill: StartMill) -> None:
    mill = start_mill(start=False)
    mill.system.store.connection.execute(
        "CREATE TEMP TRIGGER refuse BEFORE INSERT ON orders WHEN CAST(new.body AS TEXT) LIKE '%cursed%' "
        "BEGIN SELECT RAISE(ABORT, 'cursed'); END"
    )
    futures = [mill.submit(widgets(note="cursed" if number == 3 else None)) for number in range(8)]
    mill.system.start()
    errors = [future.exception(10) for future in futures]
    assert [number for number, error in enumerate(errors) if error is not None] == [3]
    for number, future in enumerate(futures):
        if number != 3:
            assert mill.finished(future.result().order.order_id).status is Status.PROCESSED
    assert mill.rows("SELECT count(*) FROM orders") == [(7,)]


def test_a_lock_held_from_outside_refuses_orders_and_passes_by_itself(start_mill: StartMill, tmp_path: Path) -> None:
    mill = start_mill()
    mill.system.store.connection.execute("PRAGMA busy_timeout = 20")
    outside = sqlite3.connect(mill.data, isolation_level=None)
    try:
        outside.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageUnavailable):
            mill.place(widgets(), "k1")
        assert mill.host.ended == []
        outside.execute("ROLLBACK")
    finally:
        outside.close()
    mill.settle(lambda: mill.system.engine.healthy)
    assert mill.finished(mill.place(widgets(), "k1").order.order_id).status is Status.PROCESSED


def test_requests_that_wait_when_the_engine_stops_are_answered(start_mill: StartMill) -> None:
    mill = start_mill()
    answering, go_on = threading.Event(), threading.Event()

    def hold(answers: Sequence[Answer]) -> None:
        answering.set()
        go_on.wait(10)

    mill.host.before_answers = hold
    mill.submit(widgets())
    answering.wait(10)
    late = [mill.submit(widgets()) for _ in range(3)]
    threading.Timer(0.1, go_on.set).start()
    mill.system.engine.stop(0)
    assert [type(future.exception(5)) for future in late] == [StorageUnavailable] * 3


def test_a_recovery_that_finds_no_room_is_tried_again(start_mill: StartMill, monkeypatch: pytest.MonkeyPatch) -> None:
    mill = start_mill(start=False)
    stream, opened = mill.system.store.stream, list[str]()
    really = stream.open

    def full_at_first(consumers: Sequence[str], draining: Sequence[str]) -> dict[str, Position]:
        positions = really(consumers, draining)
        opened.append("once more")
        if len(opened) == 1:
            raise StorageFull("database or disk is full")
        return positions

    monkeypatch.setattr(stream, "open", full_at_first)
    mill.system.start()
    mill.settle(lambda: mill.system.engine.healthy)
    assert mill.finished(mill.place(widgets()).order.order_id).status is Status.PROCESSED
    assert mill.host.ended == []
