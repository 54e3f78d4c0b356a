"""The port `alert-log`: inside the engine's transaction, and its list in reading threads."""

from __future__ import annotations

import sqlite3
from typing import Any, Final

import msgspec

from ordermill.adapters.local.pages import read_rows
from ordermill.adapters.local.readers import Readers
from ordermill.adapters.local.sql import queries
from ordermill.adapters.local.writeset import Table, UndoLog
from ordermill.domain.alert_log import AlertRecord
from ordermill.ports.stores import AlertPage

KEPT: Final = 10_000
"""Records at least, if ever there were so many."""
_TRIM_EVERY: Final = 256
_IN_MEMORY: Final = 64

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(AlertRecord).decode


def _record_of(row: Any) -> AlertRecord:
    return _decode(row[1])


class AlertRows:
    """The table as the open transaction sees it; beyond KEPT the oldest records go, now and then."""

    def __init__(self, undo: UndoLog, kept: int = KEPT) -> None:
        self._kept = kept
        self._since_trim = _TRIM_EVERY
        self.table: Table[str, AlertRecord] = Table(
            undo,
            upsert=(
                "INSERT INTO alert_log (alert_id, order_id, body)",
                " ON CONFLICT (alert_id) DO UPDATE SET body = excluded.body",
            ),
            select="SELECT alert_id, body FROM alert_log WHERE alert_id IN",
            encode=lambda record: (record.alert_id, record.order_id, _encode(record)),
            decode=_record_of,
            keep=_IN_MEMORY,
        )

    def flush(self, connection: sqlite3.Connection) -> None:
        """Write what is dirty, and trim once enough was written."""
        if not self.table.dirty:
            return
        self._since_trim += len(self.table.dirty)
        self.table.flush(connection)
        if self._since_trim >= _TRIM_EVERY:
            connection.execute(queries()["trim_alerts"], (self._kept,))
            self._since_trim = 0

    def settled(self) -> None:
        """After the commit."""
        self.table.settled()

    def forget(self) -> None:
        """After an abort."""
        self._since_trim = _TRIM_EVERY
        self.table.forget()


def read_alerts(connection: sqlite3.Connection, limit: int, after: str | None, order_id: str | None) -> AlertPage:
    """See `AlertLog.list`."""
    statement = queries()["alerts"] if order_id is None else queries()["alerts_of_order"]
    bodies, following = read_rows(connection, statement, {"order_id": order_id}, limit, after)
    return AlertPage(tuple(map(_decode, bodies)), following)


class LocalAlertLog:
    """Port `alert-log` in the engine."""

    def __init__(self, connection: sqlite3.Connection, rows: AlertRows) -> None:
        self._connection, self._table = connection, rows.table

    def read(self, alert_id: str) -> AlertRecord | None:
        """See `AlertLog.read`."""
        return self._table.get(self._connection, alert_id)

    def put(self, record: AlertRecord) -> None:
        """See `AlertLog.put`."""
        self._table.put(record.alert_id, record)

    def list(self, limit: int, after: str | None = None, *, order_id: str | None = None) -> AlertPage:
        """See `AlertLog.list`."""
        return read_alerts(self._connection, limit, after, order_id)


class ReadAlertLog:
    """Port `alert-log`, its verb `list`."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers

    def list(self, limit: int, after: str | None = None, *, order_id: str | None = None) -> AlertPage:
        """See `AlertLog.list`."""
        return read_alerts(self._readers.connection(), limit, after, order_id)
