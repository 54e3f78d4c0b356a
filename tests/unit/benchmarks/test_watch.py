"""Watching a server's file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks.watch import Lost, Watch


@pytest.fixture
def file(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(tmp_path / "ordermill.db", isolation_level=None)) as connection:
        connection.execute("CREATE TABLE orders (num INTEGER PRIMARY KEY, status TEXT)")
        connection.execute("CREATE TABLE mails (num INTEGER PRIMARY KEY, status TEXT)")
        yield connection


def fill(connection: sqlite3.Connection, *statuses: str) -> None:
    connection.executemany("INSERT INTO orders (status) VALUES (?)", [(status,) for status in statuses])


def test_all_processed_is_the_end(file: sqlite3.Connection) -> None:
    fill(file, "PROCESSED", "PROCESSED", "PROCESSED")
    assert Watch(file, "stream").wait_processed(3) == 3
    assert Watch(file, "stream").wait_processed(2) == 3, "some answers may have been lost on their way"


@pytest.mark.parametrize("statuses", [["PROCESSED"], ["PROCESSED", "PAID"], ["PENDING", "PROCESSED"], []])
def test_an_order_that_is_missing_or_stuck_is_lost(file: sqlite3.Connection, statuses: list[str]) -> None:
    fill(file, *statuses)
    with pytest.raises(Lost, match="2 orders were accepted"):
        Watch(file, "stream").wait_processed(2, stuck_s=0)


def test_sent_mails_are_counted(file: sqlite3.Connection) -> None:
    file.execute("INSERT INTO mails (status) VALUES ('SENT'), ('QUEUED'), ('SENT')")
    assert Watch(file, "stream").mailed() == 2
