"""The archive as staff see it."""

from __future__ import annotations

from msgspec import Struct

from ordermill.domain.archive import ArchivedOrder, ArchivePage
from ordermill.domain.money import format as money
from ordermill.domain.order import Compensation, Order, Status
from ordermill.domain.times import rfc3339
from ordermill.entrypoints.wire import Currency, Money, OrderId, Time


class ArchivedRowView(Struct, frozen=True, rename="camel", gc=False):
    """One order that was deleted: its last status, its total, when it was deleted and by whom."""

    order_id: OrderId
    status: Status
    currency: Currency
    total: Money
    deleted_at: Time
    deleted_by: str


class ArchiveView(Struct, frozen=True, rename="camel"):
    """A page of the archive, the last deletion first; `nextCursor` leads to the next page, null at the end."""

    orders: tuple[ArchivedRowView, ...]
    next_cursor: str | None


class DeletedView(Struct, frozen=True, rename="camel", gc=False):
    """An order that is deleted: its last status. It is archived once its `compensation` is not RUNNING or STUCK."""

    order_id: OrderId
    status: Status
    compensation: Compensation


def deleted_view(order: Order) -> DeletedView:
    """The answer to DELETE /orders/{orderId}."""
    return DeletedView(order.order_id, order.status, order.compensation)


def archive_view(page: ArchivePage, cursor: str | None) -> ArchiveView:
    """A page, and the cursor to the next."""
    return ArchiveView(tuple(_row(row) for row in page.orders), cursor)


def _row(row: ArchivedOrder) -> ArchivedRowView:
    total = money(row.total, row.currency)
    return ArchivedRowView(row.order_id, row.status, row.currency, total, rfc3339(row.deleted_at), row.deleted_by)
