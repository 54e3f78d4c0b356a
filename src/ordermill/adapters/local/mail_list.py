"""Mails as they are read outside the engine, one or page by page."""

from __future__ import annotations

import sqlite3

from ordermill.adapters.local.pages import read_rows
from ordermill.adapters.local.readers import Readers
from ordermill.adapters.local.sql import queries
from ordermill.adapters.local.tables import decode_mail
from ordermill.domain.mail import MailRecord
from ordermill.ports.stores import MailPage


def read_mails(connection: sqlite3.Connection, limit: int, after: str | None, order_id: str | None) -> MailPage:
    """See `MailStore.list`."""
    statement = queries()["mails_by_creation"] if order_id is None else queries()["mails_by_order"]
    bodies, following = read_rows(connection, statement, {"order_id": order_id}, limit, after)
    return MailPage(tuple(map(decode_mail, bodies)), following)


class ReadMails:
    """Port `mails`, its verbs `read` and `list`."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers

    def read(self, mail_id: str) -> MailRecord | None:
        """See `MailStore.read`."""
        row = self._readers.connection().execute(queries()["mail_by_id"], (mail_id,)).fetchone()
        return None if row is None else decode_mail(row[0])

    def list(self, limit: int, after: str | None = None, *, order_id: str | None = None) -> MailPage:
        """See `MailStore.list`."""
        return read_mails(self._readers.connection(), limit, after, order_id)
