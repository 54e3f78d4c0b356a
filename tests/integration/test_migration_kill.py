"""A process that is killed while it brings a file to a newer schema leaves it as it was, for the next one to bring."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from ordermill.adapters.local.database import SCHEMA_VERSION, open_writer

SCHEMA_1: Final = Path(__file__).parents[1] / "unit/adapters/schemas/1.sql"
ORDERS: Final = 2000
BODY: Final = '{"createdAt": 1, "customerId": "c1", "email": "Ada@example.org", "note": "' + "x" * 25_000 + '"}'

# The function that the migration calls for each order ends the process when most of them are done.
CHILD: Final = f"""
import os, pathlib, signal, sys
from ordermill.adapters.local import database

calls = 0

def email_key(email):
    global calls
    calls += 1
    if calls == {ORDERS - 100}:
        os.kill(os.getpid(), signal.SIGKILL)
    return email

database.email_key = email_key
database.open_writer(pathlib.Path(sys.argv[1]))
"""


def rows(path: Path, sql: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


def test_a_kill_in_the_middle_leaves_the_former_version(tmp_path: Path) -> None:
    path = tmp_path / "ordermill.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript(SCHEMA_1.read_text(encoding="utf-8"))
        connection.execute("PRAGMA user_version = 1")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("BEGIN")
        connection.executemany(
            "INSERT INTO orders (order_id, version, status, body) VALUES (?, 1, 'PENDING', ?)",
            [(f"o{number}", BODY.encode()) for number in range(ORDERS)],
        )
        connection.execute("COMMIT")
    before = rows(path, "SELECT name, sql FROM sqlite_master"), rows(path, "SELECT num, order_id FROM orders")

    ended = subprocess.run([sys.executable, "-c", CHILD, str(path)], timeout=60, check=False)
    assert ended.returncode == -signal.SIGKILL
    # It was under way: part of the new table is in the log already.
    assert path.with_name("ordermill.db-wal").stat().st_size > 1_000_000
    assert rows(path, "PRAGMA user_version") == [(1,)]
    assert (rows(path, "SELECT name, sql FROM sqlite_master"), rows(path, "SELECT num, order_id FROM orders")) == before

    open_writer(path).close()
    assert rows(path, "PRAGMA user_version") == [(SCHEMA_VERSION,)]
    found = "SELECT count(*) FROM orders WHERE email_key = 'ada@example.org' AND created_at = 1"
    assert rows(path, found) == [(ORDERS,)]
