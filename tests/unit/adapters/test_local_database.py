"""What a failed statement means: wait for room, end the process, or a defect of ours."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ordermill.adapters.local.database import UnusableDatabase, open_writer
from ordermill.ports.journal import StorageBroken, StorageFull


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ordermill.db"


@pytest.fixture
def writer(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_writer(path)) as connection:
        yield connection


def insert(connection: sqlite3.Connection, key: str = "k", size: int = 1) -> None:
    connection.execute("INSERT INTO meta (key, value) VALUES (?, zeroblob(?))", (key, size))


def test_no_room_passes(writer: sqlite3.Connection) -> None:
    (pages,) = writer.execute("PRAGMA page_count").fetchone()
    writer.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StorageFull):
        insert(writer, size=100_000)
    writer.execute("PRAGMA max_page_count = 1000000")
    insert(writer)


def test_a_lock_from_outside_passes(writer: sqlite3.Connection, path: Path) -> None:
    writer.execute("PRAGMA busy_timeout = 1")
    with closing(sqlite3.connect(path, isolation_level=None)) as outside:
        outside.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageFull):
            writer.execute("BEGIN IMMEDIATE")
    writer.execute("BEGIN IMMEDIATE")


def test_a_corrupt_page_ends_the_process(path: Path) -> None:
    with closing(open_writer(path)) as connection:
        for number in range(200):
            insert(connection, f"k{number}", 500)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(path.read_bytes())
    # What was written last; the schema, which opening reads, is before it.
    half = len(data) // 2
    data[half:] = b"\xff" * (len(data) - half)
    path.write_bytes(data)
    with closing(open_writer(path)) as connection, pytest.raises(StorageBroken):
        connection.execute("SELECT sum(length(value)) FROM meta").fetchone()


def test_a_defect_of_ours_is_neither(writer: sqlite3.Connection) -> None:
    insert(writer)
    with pytest.raises(sqlite3.IntegrityError):
        insert(writer)
    with pytest.raises(sqlite3.OperationalError):
        writer.execute("SELECT nothing FROM nowhere")


def test_what_is_no_database_is_unusable(path: Path) -> None:
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(UnusableDatabase):
        open_writer(path)


def test_a_newer_schema_is_left_alone(path: Path) -> None:
    with closing(open_writer(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(UnusableDatabase, match="newer"):
        open_writer(path)
