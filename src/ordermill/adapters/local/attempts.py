"""What failed on the way of each order; see `ports.journal.AttemptLog`."""

from __future__ import annotations

import sqlite3
from typing import Final

import msgspec

from ordermill.adapters.local.bulk import insert_rows
from ordermill.adapters.local.sql import queries
from ordermill.adapters.local.writeset import UndoLog
from ordermill.ports.journal import FailedAttempt

KEPT_OF_ORDER: Final = 200
"""What is tried for ever, like a refund that never succeeds, must not fill the disk."""

KEPT_MS: Final = 90 * 24 * 3600 * 1000

_encode = msgspec.json.Encoder().encode
decode_attempt = msgspec.json.Decoder(FailedAttempt).decode


class LocalAttemptLog:
    """Kept in memory until the flush, and then written in bulk."""

    def __init__(self, connection: sqlite3.Connection, undo: UndoLog) -> None:
        self._connection, self._undo = connection, undo
        self._failed: list[FailedAttempt] = []

    def append(self, failed: FailedAttempt) -> None:
        """See `AttemptLog.append`."""
        self._undo.append(self._failed, failed)

    def flush(self) -> None:
        """Write them, and forget the oldest of orders that have too many."""
        if not self._failed:
            return
        rows = [(failed.order_id, _encode(failed)) for failed in self._failed]
        insert_rows(self._connection, "INSERT INTO failed_attempts (order_id, body)", rows)
        order_ids = _encode(list(dict.fromkeys(order_id for order_id, _ in rows))).decode()
        many = self._connection.execute(queries()["orders_with_many_attempts"], (order_ids, KEPT_OF_ORDER)).fetchall()
        for (order_id,) in many:
            self._connection.execute(queries()["trim_attempts"], {"order_id": order_id, "keep": KEPT_OF_ORDER})

    def settled(self) -> None:
        """After the commit."""
        self._failed.clear()
