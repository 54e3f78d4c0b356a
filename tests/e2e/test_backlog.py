"""The benchmark's backlog is what a crash leaves, and draining it loses nothing."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks.backlog import build, drain
from benchmarks.watch import Lost, watching

ORDERS = 300


@pytest.fixture(scope="module")
def backlog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("backlog") / "data"
    build(data, "stream", ORDERS)
    return data


def statuses(data: Path) -> list[tuple[str, int]]:
    with closing(sqlite3.connect(data / "ordermill.db")) as connection:
        return connection.execute("SELECT status, count(*) FROM orders GROUP BY status").fetchall()


def test_a_backlog_is_accepted_drained_in_a_copy_and_left_as_it_was(backlog: Path) -> None:
    assert statuses(backlog) == [("PENDING", ORDERS)]
    found = drain(backlog, "stream", ORDERS)
    assert 0 < found["recovery"] < 60
    assert found["drain"] > 0
    assert found["peak_mb"] > 10
    assert statuses(backlog) == [("PENDING", ORDERS)]
    assert [path.name for path in backlog.parent.iterdir()] == ["data"]


def test_an_order_that_is_never_processed_is_missed(backlog: Path) -> None:
    with watching(backlog, "stream") as watch, pytest.raises(Lost, match=f"{ORDERS} orders were accepted"):
        watch.wait_processed(ORDERS, stuck_s=0.1)
