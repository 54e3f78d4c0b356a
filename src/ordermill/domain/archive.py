"""The archive of deleted orders: each order whole, as JSON, and the row by which it is found."""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec.structs import asdict

from ordermill.domain.order import Order, Status
from ordermill.domain.order_list import email_key
from ordermill.domain.order_view import OrderView, Time, order_view
from ordermill.domain.times import rfc3339

JSON: Final = "application/json"

_encode = msgspec.json.Encoder().encode


class ArchivedOrderView(OrderView, frozen=True, rename="camel"):
    """A deleted order, whole: when it was deleted, by whom, and why if anybody said."""

    deleted_at: Time
    deleted_by: str
    deletion_reason: str | None


class ArchivedOrder(msgspec.Struct, frozen=True, rename="camel"):
    """One row of the archive: which order was deleted when (epoch ms) and by whom, and its `total` in minor units.

    `customer_id`, and `email` in lower case, are there to be found by, until they are erased.
    """

    order_id: str
    deleted_at: int
    deleted_by: str
    status: Status
    currency: str
    total: int
    customer_id: str | None
    email: str | None


class ArchiveFilter(msgspec.Struct, frozen=True, omit_defaults=True):
    """The rows with `since` ≤ time of deletion < `until` (epoch ms; None is no limit): all of them, or a `customer`'s.

    A customer is a customer id, or a whole e-mail in any case.
    """

    customer: str | None = None
    since: int | None = None
    until: int | None = None


class ArchivePage(msgspec.Struct, frozen=True):
    """Rows of the archive, the last deletion first; `after` is where the next page begins, None on the last."""

    orders: tuple[ArchivedOrder, ...]
    after: str | None


def archive_key(order_id: str) -> str:
    """The key of an order's object in bucket `archive`."""
    return f"{order_id}.json"


def archived_json(order: Order) -> bytes:
    """The object of a tombstone, the same at every repeat."""
    deletion = order.deletion
    assert deletion is not None
    return _encode(
        ArchivedOrderView(
            **asdict(order_view(order)),
            deleted_at=rfc3339(deletion.at),
            deleted_by=deletion.by,
            deletion_reason=deletion.reason,
        )
    )


def archived_row(order: Order) -> ArchivedOrder:
    """The row of a tombstone."""
    deletion = order.deletion
    assert deletion is not None
    return ArchivedOrder(
        order.order_id,
        deletion.at,
        deletion.by,
        order.status,
        order.currency,
        order.total,
        order.customer_id,
        email_key(order.email),
    )
