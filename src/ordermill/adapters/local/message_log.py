"""The messages of all queues in one table; see `ports.journal.MessageLog`."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from ordermill.adapters.local.bulk import for_keys, insert_rows
from ordermill.adapters.local.sql import queries
from ordermill.adapters.local.writeset import UndoLog
from ordermill.domain.dead_letters import DEAD_LETTERS, DeadLetter
from ordermill.ports.journal import Message
from ordermill.ports.messaging import MESSAGE_LIMIT, MessageTooLarge

log = logging.getLogger(__name__)

_encode = msgspec.json.Encoder().encode


def _message(row: Any) -> Message:
    return Message(row[0], row[1], row[2], row[3], row[4], row[5], None, row[6])


class LocalMessageLog:
    """What is sent is kept until the flush; what was received or acknowledged is written with it, in bulk."""

    def __init__(self, connection: sqlite3.Connection, undo: UndoLog, last_id: int) -> None:
        self._connection, self._undo, self._last_id = connection, undo, last_id
        self._sent: list[Message] = []
        self._delayed: list[tuple[Message, int]] = []
        self._received: list[int] = []
        self._deleted: list[int] = []

    def send(self, queue: str, order_id: str | None, body: bytes, payload: object, now: int, redrives: int = 0) -> None:
        """Send one message in the open transaction."""
        if len(body) > MESSAGE_LIMIT:
            raise MessageTooLarge(len(body), queue)
        self._put(queue, order_id, body, payload, now, redrives)

    def _put(self, queue: str, order_id: str | None, body: bytes, payload: object, now: int, redrives: int) -> None:
        self._last_id += 1
        self._undo.append(self._sent, Message(self._last_id, queue, order_id, body, now, 0, payload, redrives))

    def send_later(self, queue: str, order_id: str | None, body: bytes, now: int, retry_at: int) -> None:
        """Send one message in the open transaction that nobody receives before `retry_at`."""
        if len(body) > MESSAGE_LIMIT:
            raise MessageTooLarge(len(body), queue)
        self._last_id += 1
        self._undo.append(self._delayed, (Message(self._last_id, queue, order_id, body, now), retry_at))

    def delayed(self) -> list[tuple[Message, int]]:
        """See `MessageLog.delayed`."""
        return self._delayed

    def sent(self) -> list[Message]:
        """See `MessageLog.sent`."""
        return self._sent

    def fresh(self, queue: str, after: int, limit: int) -> list[Message]:
        """See `MessageLog.fresh`."""
        return [_message(row) for row in self._connection.execute(queries()["fresh_messages"], (queue, after, limit))]

    def suspects(self, queue: str) -> list[int]:
        """See `MessageLog.suspects`."""
        return [row[0] for row in self._connection.execute(queries()["suspects"], (queue,))]

    def read(self, id_: int) -> Message | None:
        """See `MessageLog.read`."""
        row = self._connection.execute(queries()["message_by_id"], (id_,)).fetchone()
        return None if row is None else _message(row)

    def due(self, queue: str, now: int, limit: int) -> list[Message]:
        """See `MessageLog.due`."""
        return [_message(row) for row in self._connection.execute(queries()["due_messages"], (queue, now, limit))]

    def next_due(self, queue: str) -> int | None:
        """See `MessageLog.next_due`."""
        due: int | None = self._connection.execute(queries()["next_due"], (queue,)).fetchone()[0]
        return due

    def receive(self, messages: Sequence[Message]) -> None:
        """A message sent in this very transaction is simply stored as received; others are updated."""
        first_new = self._sent[0].id if self._sent else self._last_id + 1
        for message in messages:
            message.receives += 1
            if message.id < first_new:
                self._received.append(message.id)

    def uncount(self, queue: str, but: Iterable[int]) -> None:
        """See `MessageLog.uncount`."""
        self._connection.execute(queries()["uncount_messages"], (queue, _encode(list(but)).decode()))

    def delete(self, messages: Sequence[Message]) -> None:
        """See `MessageLog.delete`."""
        self._deleted.extend(message.id for message in messages)

    def postpone(self, message: Message, retry_at: int) -> None:
        """See `MessageLog.postpone`."""
        self._connection.execute(queries()["postpone_message"], (retry_at, message.receives, message.id))

    def clamp(self, latest: int, *, latest_delayed: int) -> None:
        """See `MessageLog.clamp`."""
        self._connection.execute(queries()["clamp_retries"], (latest, latest))
        self._connection.execute(queries()["clamp_delays"], (latest_delayed, latest_delayed))
        self._connection.execute(queries()["clamp_parked"], (latest, latest))

    def bury(self, letter: DeadLetter) -> None:
        """See `MessageLog.bury`."""
        if letter.queue != DEAD_LETTERS:
            # Whole, however large: around a message that was within the limit there is an envelope now.
            self._put(DEAD_LETTERS, letter.order_id, _encode(letter), letter, letter.at, 0)
            return
        told = {"letter": letter.id, "order_id": letter.order_id, "receives": letter.receives}
        log.critical("%s could not take a dead letter: it stays in table dead_messages", letter.function, extra=told)
        self._connection.execute(queries()["bury"], (letter.queue, _encode(letter)))

    def flush(self) -> None:
        """Write what was sent, received and deleted."""
        connection = self._connection
        insert_rows(
            connection,
            "INSERT INTO messages (id, queue, order_id, body, sent_at, receives, redrives)",
            [(m.id, m.queue, m.order_id, m.body, m.sent_at, m.receives, m.redrives) for m in self._sent],
        )
        insert_rows(
            connection,
            "INSERT INTO messages (id, queue, order_id, body, sent_at, receives, redrives, retry_at)",
            [
                (m.id, m.queue, m.order_id, m.body, m.sent_at, m.receives, m.redrives, retry_at)
                for m, retry_at in self._delayed
            ],
        )
        update = "UPDATE messages SET receives = receives + 1, retry_at = NULL WHERE id IN"
        for _ in for_keys(connection, update, self._received):
            pass
        for _ in for_keys(connection, "DELETE FROM messages WHERE id IN", self._deleted):
            pass

    def settled(self) -> None:
        """After the commit or the abort."""
        self._sent.clear()
        self._delayed.clear()
        self._received.clear()
        self._deleted.clear()
