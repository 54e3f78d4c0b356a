"""Pages of orders, each one or two ranges of an index: a page far down costs what the first one costs."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from typing import Any, Final

from ordermill.adapters.local.sql import queries
from ordermill.adapters.local.tables import decode_order
from ordermill.domain.errors import InvalidCursor
from ordermill.domain.order_list import OrderFilter, OrderPage, email_key

_FIRST: Final = -(2**63)
_LAST: Final = 2**63 - 1
_POSITION: Final = re.compile(r"(-?[0-9]{1,18})\.([0-9]{1,18})")


def read_page(
    connection: sqlite3.Connection, filter_: OrderFilter, limit: int, after: str | None, *, oldest: bool = False
) -> OrderPage:
    """See `OrderStore.list`. One statement, read to its end: the snapshot it saw is let go."""
    # One more than asked for tells whether there is a next page.
    parameters = parameters_of(filter_, limit + 1, after, oldest=oldest)
    rows: Sequence[Any] = connection.execute(statement_of(filter_, oldest=oldest), parameters).fetchall()
    return OrderPage(tuple(decode_order(body) for _, _, body in rows[:limit]), following(rows, limit))


def statement_of(filter_: OrderFilter, *, oldest: bool = False) -> str:
    """The statement that reads the filter's orders. Raises ValueError for the `oldest` of more than one status."""
    if oldest:
        if filter_.status is None:
            raise ValueError("the oldest orders are listed by status alone")
        return queries()["orders_by_status_oldest"]
    if filter_.status is not None:
        return queries()["orders_by_status"]
    if filter_.customer is None:
        return queries()["orders_by_creation"]
    if filter_.deleted:
        return queries()["orders_of_person_or_email"] if "@" in filter_.customer else queries()["orders_of_person"]
    return queries()["orders_by_customer_or_email"] if "@" in filter_.customer else queries()["orders_by_customer"]


def parameters_of(filter_: OrderFilter, limit: int, after: str | None, *, oldest: bool = False) -> dict[str, object]:
    """What the statement takes. Row numbers order what was created in one millisecond; the first one is 1."""
    bounds = bounds_of(filter_.since, filter_.until, after, oldest=oldest)
    return {"status": filter_.status, **person_of(filter_.customer), **bounds, "limit": limit}


def person_of(customer: str | None) -> dict[str, object]:
    """By what a customer's rows are found."""
    return {"customer_id": customer, "email_key": email_key(customer)}


def bounds_of(since: int | None, until: int | None, after: str | None, *, oldest: bool = False) -> dict[str, object]:
    """The stretch of time and row numbers that a page is of. Raises InvalidCursor where `after` is no position."""
    before = (_LAST, _LAST) if until is None else (until, 0)
    beyond = (_FIRST if since is None else since, 0)
    if after is not None:
        position = _POSITION.fullmatch(after)
        if position is None:
            raise InvalidCursor("this cursor was made by another version; start again without one")
        at = (int(position[1]), int(position[2]))
        before, beyond = (before, max(beyond, at)) if oldest else (min(before, at), beyond)
    return {
        "since": _FIRST if since is None else since,
        "beyond": beyond[0],
        "beyond_num": beyond[1],
        "before": before[0],
        "before_num": before[1],
    }


def following(rows: Sequence[Any], limit: int) -> str | None:
    """Where the page after these begins, of which one more was asked for than it has."""
    return f"{rows[limit - 1][0]}.{rows[limit - 1][1]}" if len(rows) > limit else None
