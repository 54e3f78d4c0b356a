"""The port `subscriptions`: inside the engine's transaction, and its list in reading threads."""

from __future__ import annotations

import sqlite3
from typing import Any, Final

import msgspec

from ordermill.adapters.local.pages import read_rows
from ordermill.adapters.local.readers import Readers
from ordermill.adapters.local.sql import queries
from ordermill.adapters.local.writeset import Table, UndoLog
from ordermill.domain.errors import Conflict
from ordermill.domain.order_list import email_key
from ordermill.domain.subscriptions import Subscription, SubscriptionStatus
from ordermill.ports.subscriptions import SubscriptionPage

_IN_MEMORY: Final = 64

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Subscription).decode


def _key(email: str) -> str:
    return email_key(email) or ""


def _row(record: Subscription) -> tuple[object, ...]:
    return (_key(record.email), record.subscription_id, record.status, record.expires_at, _encode(record))


def _record_of(row: Any) -> Subscription:
    return _decode(row[1])


def subscription_table(undo: UndoLog) -> Table[str, Subscription]:
    """The table as the open transaction sees it, by address."""
    return Table(
        undo,
        upsert=(
            "INSERT INTO subscriptions (email_key, subscription_id, status, expires_at, body)",
            (
                " ON CONFLICT (email_key) DO UPDATE SET subscription_id = excluded.subscription_id,"
                " status = excluded.status, expires_at = excluded.expires_at, body = excluded.body"
            ),
        ),
        select="SELECT email_key, body FROM subscriptions WHERE email_key IN",
        encode=_row,
        decode=_record_of,
        keep=_IN_MEMORY,
        delete="DELETE FROM subscriptions WHERE email_key IN",
    )


def read_subscriptions(
    connection: sqlite3.Connection, limit: int, after: str | None, status: SubscriptionStatus | None
) -> SubscriptionPage:
    """See `SubscriptionStore.list`."""
    statement = queries()["subscriptions"] if status is None else queries()["subscriptions_by_status"]
    bodies, following = read_rows(connection, statement, {"status": status}, limit, after)
    return SubscriptionPage(tuple(map(_decode, bodies)), following)


class LocalSubscriptions:
    """Port `subscriptions` in the engine."""

    def __init__(self, connection: sqlite3.Connection, table: Table[str, Subscription]) -> None:
        self._connection, self._table = connection, table

    def read(self, email: str) -> Subscription | None:
        """See `SubscriptionStore.read`."""
        return self._table.get(self._connection, _key(email))

    def find(self, subscription_id: str) -> Subscription | None:
        """See `SubscriptionStore.find`."""
        row = self._connection.execute(queries()["subscription_key"], (subscription_id,)).fetchone()
        # What this transaction has written is in no row yet.
        for key in [*(row or ()), *self._table.dirty]:
            record = self._table.get(self._connection, key)
            if record is not None and record.subscription_id == subscription_id:
                return record
        return None

    def list(
        self, limit: int, after: str | None = None, *, status: SubscriptionStatus | None = None
    ) -> SubscriptionPage:
        """See `SubscriptionStore.list`."""
        return read_subscriptions(self._connection, limit, after, status)

    def confirmed(self, limit: int, after: str | None = None) -> SubscriptionPage:
        """See `SubscriptionStore.confirmed`."""
        return self.list(limit, after, status="CONFIRMED")

    def put(self, record: Subscription, *, expect: int) -> None:
        """See `SubscriptionStore.put`."""
        known = self.read(record.email)
        if (known.version if known else 0) != expect:
            raise Conflict(f"{record.subscription_id} is not at version {expect}")
        self._table.put(_key(record.email), record)

    def delete(self, record: Subscription) -> None:
        """See `SubscriptionStore.delete`."""
        known = self.read(record.email)
        if known is not None and known.subscription_id == record.subscription_id:
            self._table.delete(_key(record.email))


class ReadSubscriptions:
    """Port `subscriptions`, its verb `list`."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers

    def list(
        self, limit: int, after: str | None = None, *, status: SubscriptionStatus | None = None
    ) -> SubscriptionPage:
        """See `SubscriptionStore.list`."""
        return read_subscriptions(self._readers.connection(), limit, after, status)
