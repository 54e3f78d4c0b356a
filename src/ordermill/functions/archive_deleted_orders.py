"""`archive_deleted_orders`: keeps each deleted order, whole, in bucket `archive`; then a stub of it is enough. Staged.

Four effects: the object, the archive's row, the image that the order had, the order. Each is known by the order's id,
so a repeat completes what was cut off. An order of which a stub is left was archived: its object may have been
rewritten since, and stays as it is.
"""

from __future__ import annotations

from ordermill.domain.archive import JSON, archive_key, archived_json, archived_row
from ordermill.domain.deletion import is_tombstone
from ordermill.domain.events import OrderEvent
from ordermill.domain.order import Order
from ordermill.ports.archive import ArchiveIndex
from ordermill.ports.images import ImageStore
from ordermill.ports.objects import Bucket
from ordermill.ports.staged import DONE, Done
from ordermill.ports.stores import OrderStore


def prepare(message: OrderEvent, *, orders: OrderStore) -> Order | Done:
    """The tombstone, unless it is archived."""
    order = orders.read(message.subject)
    return order if order is not None and is_tombstone(order) else DONE


def call(order: Order, *, archive: Bucket) -> Order:
    """Store the object. Raises as `Bucket.put`."""
    archive.put(archive_key(order.order_id), archived_json(order), JSON)
    return order


def settle(
    message: OrderEvent, order: Order, *, archived_orders: ArchiveIndex, images: ImageStore, orders: OrderStore
) -> None:
    """Record it, let go of its image, and forget the order, unless somebody did."""
    there = orders.read(message.subject)
    if there is None or not is_tombstone(there):
        return
    archived_orders.put(archived_row(order))
    if order.image is not None:
        images.release(order.image.image_id, order.order_id)
    orders.forget(order.order_id, expect=order.version)
