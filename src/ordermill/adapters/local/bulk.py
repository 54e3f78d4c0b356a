"""Many rows in one statement.

A statement has a fixed cost, and lets go of the interpreter lock, which invites every other thread in; so a batch costs
by the number of its statements more than of its rows: one `INSERT … VALUES (…), (…), …`, not an `executemany`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

_SIZES = (256, 128, 64, 32, 16, 8, 4, 2, 1)


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


def for_keys(connection: sqlite3.Connection, head: str, keys: Sequence[object]) -> Iterator[Any]:
    """Run `head (keys)`, where head ends in `IN`; yields the rows it gives.

    A set does not mind a member named twice, so the last key fills each statement up to a size it exists in.
    """
    largest = _SIZES[0]
    for start in range(0, len(keys), largest):
        part = tuple(keys[start : start + largest])
        size = next(size for size in reversed(_SIZES) if size >= len(part))
        statement = _statement(head + " (", "?", ")", size)
        yield from connection.execute(statement, part + part[-1:] * (size - len(part)))
