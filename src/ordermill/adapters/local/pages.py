"""Lists page by page: along the row numbers of a table, which a position is."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from typing import Any, Final

from ordermill.domain.errors import InvalidCursor

_POSITION: Final = re.compile("[1-9][0-9]{0,17}")
_LAST: Final = 2**63 - 1


def read_rows(
    connection: sqlite3.Connection,
    statement: str,
    parameters: Mapping[str, object],
    limit: int,
    after: str | None,
    *,
    oldest: bool = False,
) -> tuple[list[Any], str | None]:
    """A page of a statement's rows (num, body) from beyond `:at` on, at most `:limit`, and where the next one begins.

    The newest first unless `oldest`; None on the last page. Read to its end: the snapshot it saw is let go. Raises
    InvalidCursor where `after` is no position.
    """
    if after is not None and not _POSITION.fullmatch(after):
        raise InvalidCursor("this cursor was made by another version; start again without one")
    at = (0 if oldest else _LAST) if after is None else int(after)
    # One more than asked for tells whether there is a next page.
    rows = connection.execute(statement, {**parameters, "at": at, "limit": limit + 1}).fetchall()
    page = rows[:limit]
    return [body for _, body in page], str(page[-1][0]) if len(rows) > limit else None
