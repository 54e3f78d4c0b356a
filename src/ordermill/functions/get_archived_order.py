"""`get_archived_order`: reads one order that was deleted."""

from __future__ import annotations

from ordermill.domain.archive import archive_key
from ordermill.domain.commands import GetArchivedOrder
from ordermill.domain.errors import NotFound
from ordermill.ports.archive import ArchiveIndex
from ordermill.ports.objects import Bucket, ObjectCorrupt


def get_archived_order(message: GetArchivedOrder, *, archived_orders: ArchiveIndex, archive: Bucket) -> bytes:
    """The object that was archived, as JSON. Raises NotFound, BucketUnavailable, ObjectCorrupt."""
    if archived_orders.read(message.order_id) is None:
        raise NotFound("no order with this id is archived")
    stored = archive.read(archive_key(message.order_id))
    if stored is None:
        raise ObjectCorrupt("an order is archived, and its object is not there")
    return stored.body
