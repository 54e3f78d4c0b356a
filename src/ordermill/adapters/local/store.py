"""The local storage: the tables, the messages and the change stream of one SQLite file, in one transaction.

Only the engine uses it, one thread at a time. See writeset.py for how a transaction lives until its commit.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from ordermill.adapters.local.alerts import AlertRows
from ordermill.adapters.local.attempts import LocalAttemptLog
from ordermill.adapters.local.database import BUSY_MS, open_writer
from ordermill.adapters.local.execution_log import LocalExecutionLog
from ordermill.adapters.local.message_log import LocalMessageLog
from ordermill.adapters.local.schedule_log import LocalScheduleLog
from ordermill.adapters.local.sql import queries
from ordermill.adapters.local.stream_log import LocalStreamLog
from ordermill.adapters.local.subscriptions import subscription_table
from ordermill.adapters.local.tables import EventRows, Tables
from ordermill.adapters.local.writeset import UndoLog
from ordermill.domain.order import Order
from ordermill.ports.journal import StorageBroken, StorageFull

log = logging.getLogger(__name__)

_encode = msgspec.json.Encoder().encode


class LocalStore:
    """Implements `ports.journal.Storage` and its three parts' wiring; the stores in stores.py write through it."""

    def __init__(self, path: Path) -> None:
        self.connection = open_writer(path)
        self.undo = UndoLog()
        self.mark = self.undo.mark
        """See `Transactions.mark`; there are several for each order."""
        self._encoded: dict[int, bytes] = {}
        self._flushed = self._scrubs = False
        self.tables = Tables(self.undo, self._order_body)
        self.tables.load(self.connection)
        last_message, last_change = self.connection.execute(queries()["last_ids"]).fetchone()
        self.messages = LocalMessageLog(self.connection, self.undo, last_message)
        self.stream = LocalStreamLog(self.connection, self.undo, last_change)
        self.schedules = LocalScheduleLog(self.connection)
        self.events = EventRows(self.undo)
        self.alerts = AlertRows(self.undo)
        self.subscriptions = subscription_table(self.undo)
        self.attempts = LocalAttemptLog(self.connection, self.undo)
        self.executions = LocalExecutionLog(self.connection, self.undo)

    @property
    def transactions(self) -> LocalStore:
        """Itself: one store, one transaction."""
        return self

    def begin(self) -> None:
        """See `Transactions.begin`."""
        self.connection.execute("BEGIN IMMEDIATE")

    def rollback_to(self, mark: int) -> None:
        """See `Transactions.rollback_to`."""
        self.undo.rollback(mark)

    def flush(self) -> None:
        """See `Transactions.flush`: in bulk, with few statements."""
        with self._undone_on_failure():
            self.stream.flush(self._order_body)
            self.tables.flush(self.connection)
            self.events.flush(self.connection)
            self.alerts.flush(self.connection)
            self.subscriptions.flush(self.connection)
            self.messages.flush()
            self.attempts.flush()
            self.executions.flush()
        self._flushed = True

    def commit(self) -> None:
        """See `Transactions.commit`: one fsync for the whole transaction."""
        if not self._flushed:
            self.flush()
        with self._undone_on_failure():
            self.connection.execute("COMMIT")
        self._flushed = False
        if self._scrubs:
            self._empty_log()
        self.undo.clear()
        self._encoded.clear()
        for part in (
            *(self.tables, self.stream, self.events, self.alerts, self.subscriptions),
            *(self.messages, self.attempts, self.executions),
        ):
            part.settled()

    @contextmanager
    def _undone_on_failure(self) -> Iterator[None]:
        try:
            yield
        except StorageBroken:
            raise
        except Exception:
            self.abort()
            raise

    def abort(self) -> None:
        """See `Transactions.abort`."""
        self._flushed = False
        self.undo.rollback(0)
        self._encoded.clear()
        self.messages.settled()
        self.executions.settled()
        if self.connection.in_transaction:
            self.connection.execute("ROLLBACK")
        self.tables.forget(self.connection)
        self.alerts.forget()
        self.subscriptions.forget()

    def prefetch(self, payloads: Iterable[object]) -> None:
        """Load the orders that these name by `order_id`."""
        ids = [order_id for payload in payloads if (order_id := getattr(payload, "order_id", None)) is not None]
        if ids:
            self.tables.orders.prefetch(self.connection, ids)

    def _empty_log(self) -> None:
        """Of pages that were overwritten it has what they were. Who reads may be in the way: then the next time."""
        self.connection.execute("PRAGMA busy_timeout = 0")
        try:
            # What it fails of is no fault of the transaction, which is durable.
            with suppress(StorageFull):
                busy, _, _ = self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                self._scrubs = bool(busy)
        finally:
            self.connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")

    def scrub(self) -> None:
        """Leave nothing of what this transaction erases in the write-ahead log, from its commit on or soon after."""
        self._scrubs = True

    def close(self) -> None:
        """Checkpoint and close: the next start needs no recovery, unless there is no room for that now."""
        try:
            self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except StorageFull as error:
            log.warning("the write-ahead log stays until the next start: %s", error)
        self.connection.close()

    def _order_body(self, order: Order) -> bytes:
        key = id(order)
        body = self._encoded.get(key)
        if body is None:
            body = self._encoded[key] = _encode(order)
        return body
