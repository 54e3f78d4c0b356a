"""`get_archive`: lists the orders that were deleted, the last deletion first."""

from __future__ import annotations

from ordermill.domain.archive import ArchivePage
from ordermill.domain.commands import GetArchive
from ordermill.ports.archive import ArchiveIndex


def get_archive(message: GetArchive, *, archived_orders: ArchiveIndex) -> ArchivePage:
    """One page. Raises InvalidCursor where `after` is no position."""
    return archived_orders.list(message.filter, message.limit, message.after)
