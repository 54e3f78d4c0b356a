"""Mails as they are read outside the engine, one or page by page."""

from __future__ import annotations

import re
import sqlite3
from typing import Final

from ordermill.adapters.local.readers import Readers
from ordermill.adapters.local.sql import queries
from ordermill.adapters.local.tables import decode_mail
from ordermill.domain.errors import InvalidCursor
from ordermill.domain.mail import MailRecord
from ordermill.ports.stores import MailPage

_BEYOND: Final = 2**63 - 1
_POSITION: Final = re.compile("[1-9][0-9]{0,17}")


def read_mails(connection: sqlite3.Connection, limit: int, after: str | None, order_id: str | None) -> MailPage:
    """See `MailStore.list`. One statement, read to its end: the snapshot it saw is let go."""
    if after is not None and not _POSITION.fullmatch(after):
        raise InvalidCursor("this cursor was made by another version; start again without one")
    statement = queries()["mails_by_creation"] if order_id is None else queries()["mails_by_order"]
    before = _BEYOND if after is None else int(after)
    # One more than asked for tells whether there is a next page.
    parameters = {"order_id": order_id, "before": before, "limit": limit + 1}
    rows = connection.execute(statement, parameters).fetchall()
    page = rows[:limit]
    following = str(page[-1][0]) if len(rows) > limit else None
    return MailPage(tuple(decode_mail(body) for _, body in page), following)


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
