"""Port `images` in memory, with the promises of the real one that the functions count on."""

from __future__ import annotations

from msgspec.structs import replace

from ordermill.domain.images import UNUSED_MS, ImageRecord
from ordermill.ports.images import ImageStore
from tests.unit.functions.functions_kit import Clock, Tables


class Images(ImageStore):
    """Port `images`."""

    def __init__(self, tables: Tables, clock: Clock) -> None:
        self._images, self._clock = tables.images, clock

    def read(self, image_id: str) -> ImageRecord | None:
        record = self._images.get(image_id)
        return record if record is not None and record.live(self._clock.now_ms()) else None

    def known(self, image_id: str) -> bool:
        return image_id in self._images

    def put(self, record: ImageRecord) -> None:
        self._images[record.image_id] = record

    def use(self, image_id: str, order_id: str) -> bool:
        record = self.read(image_id)
        if record is None:
            return False
        orders = tuple(dict.fromkeys((*record.orders, order_id)))
        self.put(replace(record, orders=orders, due=self._clock.now_ms() + UNUSED_MS))
        return True

    def release(self, image_id: str, order_id: str) -> None:
        record = self._images.get(image_id)
        if record is not None and order_id in record.orders:
            left = tuple(each for each in record.orders if each != order_id)
            self.put(replace(record, orders=left, due=self._clock.now_ms()))

    def list(self, limit: int) -> tuple[ImageRecord, ...]:
        now = self._clock.now_ms()
        due = [record for record in self._images.values() if record.due is not None and record.due <= now]
        return tuple(due[:limit])

    def check(self, record: ImageRecord) -> None:
        if self._images[record.image_id] == record:
            self.put(replace(record, due=None))

    def delete(self, image_id: str) -> None:
        record = self._images.get(image_id)
        if record is not None and not record.live(self._clock.now_ms()):
            del self._images[image_id]
