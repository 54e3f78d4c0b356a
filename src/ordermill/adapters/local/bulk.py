"""Many rows in one statement.

Each statement lets go of the interpreter lock and must win it back from the HTTP thread, so a batch costs by the
number of its statements, not of its rows: one `INSERT … VALUES (…), (…), …` instead of an `executemany`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain

_SIZES = (256, 64, 16, 4, 1)


@lru_cache(maxsize=256)
def _statement(head: str, row: str, tail: str, size: int) -> str:
    return head + ", ".join([row] * size) + tail


def _chunks(count: int) -> Iterator[tuple[int, int]]:
    start = 0
    for size in _SIZES:
        while count - start >= size:
            yield start, size
            start += size


def insert_rows(
    connection: sqlite3.Connection, head: str, rows: Sequence[tuple[object, ...]], *, tail: str = ""
) -> None:
    """Run `head VALUES rows tail`, in as few statements as the row sizes above allow."""
    if not rows:
        return
    row = "(" + ", ".join("?" * len(rows[0])) + ")"
    for start, size in _chunks(len(rows)):
        statement = _statement(head + " VALUES ", row, tail, size)
        connection.execute(statement, tuple(chain.from_iterable(rows[start : start + size])))


def for_keys(
    connection: sqlite3.Connection, head: str, keys: Sequence[object]
) -> Iterator[sqlite3.Row | tuple[object, ...]]:
    """Run `head (keys)`, where head ends in `IN`; yields the rows it gives."""
    for start, size in _chunks(len(keys)):
        statement = _statement(head + " (", "?", ")", size)
        yield from connection.execute(statement, tuple(keys[start : start + size]))
