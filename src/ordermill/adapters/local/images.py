"""The port `images`: inside the engine's transaction, and its verb `read` in reading threads."""

from __future__ import annotations

import sqlite3

from msgspec.structs import replace

from ordermill.adapters.local.image_rows import decode_image
from ordermill.adapters.local.readers import Readers
from ordermill.adapters.local.sql import queries
from ordermill.adapters.local.writeset import Table
from ordermill.domain.images import ORDERS_MAX, UNUSED_MS, ImageRecord
from ordermill.ports.ambient import Clock


class LocalImages:
    """Port `images` in the engine."""

    def __init__(self, connection: sqlite3.Connection, table: Table[str, ImageRecord], clock: Clock) -> None:
        self._connection, self._table, self._clock = connection, table, clock

    def read(self, image_id: str) -> ImageRecord | None:
        """See `FoundImages.read`."""
        record = self._table.get(self._connection, image_id)
        return record if record is not None and record.live(self._clock.now_ms()) else None

    def known(self, image_id: str) -> bool:
        """See `ImageStore.known`."""
        return self._table.get(self._connection, image_id) is not None

    def put(self, record: ImageRecord) -> None:
        """See `ImageStore.put`."""
        self._table.put(record.image_id, record)

    def use(self, image_id: str, order_id: str) -> bool:
        """See `ImageStore.use`."""
        record = self.read(image_id)
        if record is None:
            return False
        orders = record.orders if order_id in record.orders else (*record.orders, order_id)
        if len(orders) > ORDERS_MAX:
            return False
        self.put(replace(record, orders=orders, due=self._clock.now_ms() + UNUSED_MS))
        return True

    def release(self, image_id: str, order_id: str) -> None:
        """See `ImageStore.release`."""
        record = self._table.get(self._connection, image_id)
        if record is not None and order_id in record.orders:
            left = tuple(each for each in record.orders if each != order_id)
            self.put(replace(record, orders=left, due=self._clock.now_ms()))

    def list(self, limit: int) -> tuple[ImageRecord, ...]:
        """See `ImageStore.list`."""
        now = self._clock.now_ms()
        ids = [row[0] for row in self._connection.execute(queries()["due_images"], (now, limit))]
        found = [self._table.get(self._connection, id_) for id_ in ids]
        return tuple(record for record in found if record is not None and record.due is not None and record.due <= now)

    def check(self, record: ImageRecord) -> None:
        """See `ImageStore.check`."""
        known = self._table.get(self._connection, record.image_id)
        if known is not None and known.due == record.due and known.orders == record.orders:
            self.put(replace(known, due=None))

    def delete(self, image_id: str) -> None:
        """See `ImageStore.delete`."""
        record = self._table.get(self._connection, image_id)
        if record is not None and not record.live(self._clock.now_ms()):
            self._table.delete(image_id)


class ReadImages:
    """Port `images`, its verb `read`."""

    def __init__(self, readers: Readers, clock: Clock) -> None:
        self._readers, self._clock = readers, clock

    def read(self, image_id: str) -> ImageRecord | None:
        """See `FoundImages.read`."""
        row = self._readers.connection().execute(queries()["image_by_id"], (image_id,)).fetchone()
        record = None if row is None else decode_image(row[0])
        return record if record is not None and record.live(self._clock.now_ms()) else None
