"""How far a server has come, read from its file beside it, without costing it much."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ordermill.topology.loader import load
from ordermill.topology.views import enabled

_POLL_S = 0.02
_STUCK_S = 60


class Lost(Exception):
    """Something that was accepted does not come to its end."""


class Watch:
    """The orders and mails of one data directory, of a server that runs `pipeline`."""

    def __init__(self, connection: sqlite3.Connection, pipeline: str) -> None:
        self._connection = connection
        trigger = enabled(load(), pipeline)["process_order"].trigger
        self._queue = trigger.source if trigger.kind == "queue" else None
        self._first_open = 0

    def wait_processed(self, least: int, *, stuck_s: float = _STUCK_S) -> int:
        """Until every order is PROCESSED, at least so many; how many there are. Raises Lost after a standstill."""
        seen, changed = (-1, -1), time.monotonic()
        while True:
            opened = self._find_open()
            orders = self._one("SELECT coalesce(max(num), 0) FROM orders")
            if opened is None and orders >= least and not self._on_their_way():
                return orders
            if (opened or 0, orders) != seen:
                seen, changed = (opened or 0, orders), time.monotonic()
            elif time.monotonic() - changed > stuck_s:
                raise Lost(f"{least} orders were accepted; of {orders} that are there, some are not processed")
            time.sleep(_POLL_S)

    def mailed(self) -> int:
        """How many mails are sent."""
        return self._one("SELECT count(*) FROM mails WHERE status = 'SENT'")

    def _find_open(self) -> int | None:
        """The number of the first order that is not PROCESSED; each look begins where the last one ended."""
        statement = "SELECT num FROM orders WHERE num >= ? AND status <> 'PROCESSED' ORDER BY num LIMIT 1"
        row = self._connection.execute(statement, (self._first_open,)).fetchone()
        if row is None:
            return None
        self._first_open = int(row[0])
        return self._first_open

    def _on_their_way(self) -> bool:
        waiting = "SELECT EXISTS (SELECT 1 FROM messages WHERE queue = ?)"
        return self._queue is not None and bool(self._one(waiting, self._queue))

    def _one(self, statement: str, *parameters: object) -> int:
        return int(self._connection.execute(statement, parameters).fetchone()[0])


@contextmanager
def watching(data: Path, pipeline: str) -> Iterator[Watch]:
    """A watch on a server that runs, or ran."""
    connection = sqlite3.connect(f"file:{data / 'ordermill.db'}?mode=ro", uri=True, isolation_level=None, timeout=10)
    try:
        yield Watch(connection, pipeline)
    finally:
        connection.close()
