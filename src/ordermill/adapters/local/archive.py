"""The port `archived-orders`: inside the engine's transaction, and its read verbs in reading threads."""

from __future__ import annotations

import sqlite3
from typing import Any

from ordermill.adapters.local.order_pages import bounds_of, following, person_of
from ordermill.adapters.local.readers import Readers
from ordermill.adapters.local.sql import queries
from ordermill.adapters.local.store import LocalStore
from ordermill.adapters.local.tables import decode_archived
from ordermill.domain.archive import ArchivedOrder, ArchiveFilter, ArchivePage


def read_archive(connection: sqlite3.Connection, filter_: ArchiveFilter, limit: int, after: str | None) -> ArchivePage:
    """See `ArchiveIndex.list`. One statement, read to its end: the snapshot it saw is let go."""
    parameters: dict[str, Any] = {
        **person_of(filter_.customer),
        **bounds_of(filter_.since, filter_.until, after),
        "limit": limit + 1,
    }
    rows = connection.execute(statement_of(filter_), parameters).fetchall()
    return ArchivePage(tuple(decode_archived(body) for _, _, body in rows[:limit]), following(rows, limit))


def statement_of(filter_: ArchiveFilter) -> str:
    """The statement that reads the filter's rows."""
    if filter_.customer is None:
        return queries()["archived_by_deletion"]
    return queries()["archived_by_customer_or_email"] if "@" in filter_.customer else queries()["archived_by_customer"]


class LocalArchive:
    """Port `archived-orders` in the engine."""

    def __init__(self, store: LocalStore) -> None:
        self._connection, self._rows = store.connection, store.tables.archived_orders

    def put(self, row: ArchivedOrder) -> None:
        """See `ArchiveIndex.put`."""
        self._rows.put(row.order_id, row)

    def read(self, order_id: str) -> ArchivedOrder | None:
        """See `ArchiveIndex.read`."""
        return self._rows.get(self._connection, order_id)

    def within(self, since: int, until: int, limit: int, after: str | None = None) -> ArchivePage:
        """See `ArchiveIndex.within`."""
        return self.list(ArchiveFilter(since=since, until=until), limit, after)

    def list(self, filter_: ArchiveFilter, limit: int, after: str | None = None) -> ArchivePage:
        """See `ArchiveIndex.list`."""
        return read_archive(self._connection, filter_, limit, after)

    def of_customer(self, customer: str, limit: int, after: str | None = None) -> ArchivePage:
        """See `ArchiveIndex.of_customer`."""
        return self.list(ArchiveFilter(customer), limit, after)


class ReadArchive:
    """Port `archived-orders`, its verbs `read` and `list`."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers

    def read(self, order_id: str) -> ArchivedOrder | None:
        """See `ArchiveIndex.read`."""
        row = self._readers.connection().execute(queries()["archived_by_id"], (order_id,)).fetchone()
        return None if row is None else decode_archived(row[0])

    def within(self, since: int, until: int, limit: int, after: str | None = None) -> ArchivePage:
        """See `ArchiveIndex.within`."""
        return self.list(ArchiveFilter(since=since, until=until), limit, after)

    def list(self, filter_: ArchiveFilter, limit: int, after: str | None = None) -> ArchivePage:
        """See `ArchiveIndex.list`."""
        return read_archive(self._readers.connection(), filter_, limit, after)
