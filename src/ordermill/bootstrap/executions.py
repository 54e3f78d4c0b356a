"""How orders were taken in, as far as that is kept; read outside the engine."""

from __future__ import annotations

from ordermill.adapters.local.execution_log import execution_of
from ordermill.adapters.local.readers import Readers
from ordermill.adapters.local.sql import queries
from ordermill.runtime.kept_executions import KeptExecution, kept


class ReadExecutions:
    """The executions that are kept; in a reading thread, which may wait."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers

    def read(self, execution_id: str) -> KeptExecution | None:
        """One, or None: it went well at once, was never there, or is too old."""
        row = self._readers.connection().execute(queries()["execution_by_id"], (execution_id,)).fetchone()
        return None if row is None else kept(execution_of(row))

    def of_order(self, order_id: str) -> list[KeptExecution]:
        """Those that an order came of or was asked for again by, oldest first."""
        rows = self._readers.connection().execute(queries()["executions_of_order"], (order_id,)).fetchall()
        return [kept(execution_of(row)) for row in rows]
