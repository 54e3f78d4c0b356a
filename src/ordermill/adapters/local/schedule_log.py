"""Where schedules stand, in the store's own values; see `ports.journal.ScheduleLog`."""

from __future__ import annotations

import sqlite3

import msgspec

from ordermill.adapters.local.sql import queries
from ordermill.ports.journal import ScheduleState


class LocalScheduleLog:
    """One value a function."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def read(self, function: str) -> ScheduleState | None:
        """See `ScheduleLog.read`."""
        row = self._connection.execute(queries()["meta"], (_key(function),)).fetchone()
        return None if row is None else msgspec.json.decode(row[0], type=ScheduleState)

    def write(self, function: str, state: ScheduleState) -> None:
        """See `ScheduleLog.write`."""
        self._connection.execute(queries()["put_meta"], (_key(function), msgspec.json.encode(state)))


def _key(function: str) -> str:
    return f"schedule/{function}"
