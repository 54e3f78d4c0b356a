"""What a transaction changes, kept in memory until the commit writes it in bulk.

The values in memory *are* the state: reads see the transaction's own writes, every change is undone by a savepoint's
mark, and the commit flushes what is dirty. One thread writes, so nothing can change underneath. See ADR 2.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Hashable, Iterable, Sequence
from itertools import islice
from typing import Any, Generic, TypeVar

from ordermill.adapters.local.bulk import for_keys, insert_rows

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_ABSENT: Any = object()


class UndoLog:
    """What to put back, newest last."""

    __slots__ = ("_entries",)

    def __init__(self) -> None:
        self._entries: list[tuple[Any, Any, Any]] = []

    def put(self, target: dict[Any, Any], key: object, value: object) -> None:
        """`target[key] = value`, undoably."""
        self._entries.append((target, key, target.get(key, _ABSENT)))
        target[key] = value

    def append(self, target: list[Any], value: object) -> None:
        """`target.append(value)`, undoably."""
        self._entries.append((target, None, None))
        target.append(value)

    def mark(self) -> int:
        """The present point."""
        return len(self._entries)

    def rollback(self, mark: int) -> None:
        """Undo everything after `mark`."""
        entries = self._entries
        while len(entries) > mark:
            target, key, old = entries.pop()
            if isinstance(target, list):
                target.pop()
            elif old is _ABSENT:
                del target[key]
            else:
                target[key] = old

    def clear(self) -> None:
        """Forget; what was done stands."""
        self._entries.clear()


class Table(Generic[K, V]):
    """One table: a bounded cache of values that holds the open transaction's writes until they are flushed.

    `upsert` is the statement's head and tail around VALUES; `select` gives rows (key, …) for keys, ending in IN, and
    `delete`, for a table whose rows are deleted, likewise removes them.
    """

    def __init__(
        self,
        undo: UndoLog,
        *,
        upsert: tuple[str, str],
        select: str,
        encode: Callable[[V], tuple[object, ...]],
        decode: Callable[[Any], V],
        keep: int,
        delete: str | None = None,
    ) -> None:
        self._undo, self._keep, self._delete = undo, keep, delete
        self._head, self._tail = upsert
        self._select, self._encode, self._decode = select, encode, decode
        self.cache: dict[K, V | None] = {}
        self.dirty: dict[K, None] = {}
        self.new: dict[K, None] = {}

    def get(self, connection: sqlite3.Connection, key: K) -> V | None:
        """The value as this transaction sees it."""
        value = self.cache.get(key, _ABSENT)
        if value is _ABSENT:
            self.prefetch(connection, (key,))
            value = self.cache[key]
        found: V | None = value
        return found

    def put(self, key: K, value: V) -> None:
        """Insert or replace at the commit."""
        self._undo.put(self.cache, key, value)
        self._undo.put(self.dirty, key, None)

    def insert(self, key: K, value: V) -> None:
        """Insert at the commit, which fails if the key is there after all: looking first would cost a statement."""
        # One that this transaction deleted is still there until the commit.
        is_new = key not in self.dirty
        self.put(key, value)
        if is_new:
            self._undo.put(self.new, key, None)

    def delete(self, key: K) -> None:
        """Remove at the commit, if it is there."""
        self._undo.put(self.cache, key, None)
        self._undo.put(self.dirty, key, None)

    def prefetch(self, connection: sqlite3.Connection, keys: Iterable[K]) -> None:
        """Bring the values of `keys` into the cache, absent ones as None."""
        missing = [key for key in dict.fromkeys(keys) if key not in self.cache]
        if not missing:
            return
        self.cache.update(dict.fromkeys(missing))
        for row in for_keys(connection, self._select, missing):
            key: Any = row[0]
            self.cache[key] = self._decode(row)

    def flush(self, connection: sqlite3.Connection) -> None:
        """Write what is dirty."""
        if self._delete is not None:
            gone = [key for key in self.dirty if self.cache[key] is None]
            for _ in for_keys(connection, self._delete, gone):
                pass
        insert_rows(connection, self._head, self._rows(self.new))
        insert_rows(
            connection, self._head, self._rows(key for key in self.dirty if key not in self.new), tail=self._tail
        )

    def settled(self) -> None:
        """After the commit: nothing is dirty, and the oldest values make room."""
        self.dirty.clear()
        self.new.clear()
        excess = len(self.cache) - self._keep
        if excess > 0:
            for key in list(islice(self.cache, excess)):
                del self.cache[key]

    def forget(self) -> None:
        """Drop everything, to be read anew."""
        self.dirty.clear()
        self.new.clear()
        self.cache.clear()

    def _rows(self, keys: Iterable[K]) -> Sequence[tuple[object, ...]]:
        return [self._encode(value) for key in keys if (value := self.cache[key]) is not None]
