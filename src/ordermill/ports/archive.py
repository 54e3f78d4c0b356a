"""The archive's table: which orders were deleted when. The orders themselves are in bucket `archive`."""

from __future__ import annotations

from typing import Protocol

from ordermill.domain.archive import ArchivedOrder, ArchiveFilter, ArchivePage


class ArchiveIndex(Protocol):
    """Table `archived-orders`: one row per deleted order, for good."""

    def put(self, row: ArchivedOrder) -> None:
        """Insert or replace the row of its order."""
        ...

    def read(self, order_id: str) -> ArchivedOrder | None:
        """The row, or None."""
        ...

    def within(self, since: int, until: int, limit: int, after: str | None = None) -> ArchivePage:
        """What `list` says of all orders deleted from `since` on and before `until`, epoch ms."""
        ...

    def of_customer(self, customer: str, limit: int, after: str | None = None) -> ArchivePage:
        """What `list` says of one customer's orders."""
        ...

    def list(self, filter_: ArchiveFilter, limit: int, after: str | None = None) -> ArchivePage:
        """At most `limit` committed rows, the last deletion first. Raises InvalidCursor where `after` is no position.

        Whoever goes from page to page meets every row that was there at the start once, whatever is archived meanwhile.
        """
        ...
