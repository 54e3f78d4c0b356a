"""What waits in the queues and before the stream's consumers, as of the last commit, for people to look at.

Every count walks an index and every list is read from one, so that it answers as fast while a hundred thousand wait.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import chain
from typing import Any, Final

import msgspec

from ordermill.adapters.local.readers import Readers
from ordermill.adapters.local.sql import queries

FIRST: Final = 10
"""How many messages of a queue are shown."""


class WaitingMessage(msgspec.Struct, frozen=True, gc=False):
    """One message that nobody is at: times in epoch ms, `retry_at` None unless it failed before, `body` JSON."""

    id: int
    order_id: str | None
    receives: int
    sent_at: int
    retry_at: int | None
    body: bytes


class QueueCounts(msgspec.Struct, frozen=True):
    """One queue: messages whose turn has come, those that back off, its dead letters, and the first that wait."""

    ready: int
    delayed: int
    dead: int
    first: tuple[WaitingMessage, ...]


class StreamCounts(msgspec.Struct, frozen=True):
    """One consumer: change records it has not begun, those parked, its dead letters; `drain_to` is its last one."""

    behind: int
    parked: int
    dead: int
    drain_to: int | None


class ReadWaiting:
    """Reads on the connection of the calling thread."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers

    def snapshot(self) -> AbstractContextManager[object]:
        """All that is read within it is of one moment."""
        return self._readers.snapshot()

    def queue(self, name: str, *, now: int, suspects: Sequence[int]) -> QueueCounts:
        """`suspects` are messages in flight when the process before died: they too wait, one behind the other."""
        fresh = self._one(queries()["count_fresh"], name)
        due = self._one(queries()["count_due"], name, now)
        delayed = self._one(queries()["count_delayed"], name, now)
        return QueueCounts(
            fresh + due + len(suspects),
            delayed,
            self._one(queries()["count_dead"], name),
            tuple(self._first(name, suspects)),
        )

    def consumer(self, stream: str, name: str) -> StreamCounts:
        """Nothing waits for a consumer that has no position."""
        row = self._readers.connection().execute(queries()["position_of"], (name,)).fetchone()
        parked = self._one(queries()["count_parked"], name)
        dead = self._one(queries()["count_dead"], f"{stream}>{name}")
        if row is None:
            return StreamCounts(0, parked, dead, None)
        claimed_to, drain_to, last = row
        end = last if drain_to is None else drain_to
        return StreamCounts(max(end - claimed_to, 0), parked, dead, drain_to)

    def _first(self, name: str, suspects: Sequence[int]) -> Iterator[WaitingMessage]:
        connection = self._readers.connection()
        fresh = connection.execute(queries()["first_fresh"], (name, FIRST))
        failed = connection.execute(queries()["first_failed"], (name, FIRST))
        ids = sorted({*suspects[:FIRST], *(row[0] for row in chain(fresh, failed))})
        for id_ in ids[:FIRST]:
            row = connection.execute(queries()["waiting_message"], (id_,)).fetchone()
            if row is not None:
                yield WaitingMessage(*row)

    def _one(self, statement: str, *parameters: Any) -> int:
        (count,) = self._readers.connection().execute(statement, parameters).fetchone()
        return int(count)
