"""The executions that are kept; see `ports.journal.ExecutionLog`."""

from __future__ import annotations

import sqlite3
from typing import Any, Final

from ordermill.adapters.local.bulk import insert_rows
from ordermill.adapters.local.sql import queries
from ordermill.adapters.local.writeset import UndoLog
from ordermill.ports.journal import ExecutionRow

KEPT: Final = 10_000
"""How many are kept at least of those that have ended; the newest."""
TRIM_EVERY: Final = 500
"""After so many writes, what is beyond that goes."""


def execution_of(row: Any) -> ExecutionRow:
    """The execution of an `execution_by_id` row."""
    return ExecutionRow(*row)


class LocalExecutionLog:
    """What is put is kept until the flush."""

    def __init__(self, connection: sqlite3.Connection, undo: UndoLog) -> None:
        self._connection, self._undo = connection, undo
        self._rows: dict[str, ExecutionRow] = {}
        self._untrimmed = TRIM_EVERY

    def put(self, row: ExecutionRow) -> None:
        """See `ExecutionLog.put`."""
        self._undo.put(self._rows, row.execution_id, row)

    def running(self) -> list[ExecutionRow]:
        """See `ExecutionLog.running`."""
        return [execution_of(row) for row in self._connection.execute(queries()["running_executions"])]

    def read(self, execution_id: str) -> ExecutionRow | None:
        """See `ExecutionLog.read`."""
        row = self._connection.execute(queries()["execution_by_id"], (execution_id,)).fetchone()
        return None if row is None else execution_of(row)

    def flush(self) -> None:
        """Write them, and now and then let the oldest go."""
        if not self._rows:
            return
        insert_rows(
            self._connection,
            "INSERT INTO executions (execution_id, order_id, status, at, due, body)",
            [(row.execution_id, row.order_id, row.status, row.at, row.due, row.body) for row in self._rows.values()],
            tail=" ON CONFLICT (execution_id) DO UPDATE SET order_id = excluded.order_id, status = excluded.status,"
            " at = excluded.at, due = excluded.due, body = excluded.body",
        )
        self._untrimmed += len(self._rows)
        if self._untrimmed >= TRIM_EVERY:
            self._connection.execute(queries()["trim_executions"], (KEPT,))
            self._untrimmed = 0

    def settled(self) -> None:
        """After the commit or the abort."""
        self._rows.clear()
