"""Images in the engine: taken with the order, looked up a day later, and gone with the last that had them."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import msgspec

from ordermill.bootstrap.local import Deadlines
from ordermill.domain.commands import DeleteOrder
from ordermill.domain.images import KEPT_TYPE, UNUSED_MS, ImageRecord, Judgement, Label, Verdict
from tests.integration.system_kit import Mill, SettableClock, StartMill

FAST = Deadlines(interval_ms=40)
LABELS = (Label("Car", 0.97),)


def stored(mill: Mill, number: int, at: int) -> str:
    """An image as an upload leaves it."""
    digits = f"{at:012x}"
    image_id = f"img_{digits[:8]}-{digits[8:]}-7000-8000-{number:012}"
    judged = Judgement(Verdict.MATCH, 0.97)
    record = ImageRecord(image_id, None, LABELS, judged, 1, 1, 1, "", at, at + UNUSED_MS)
    mill.system.services.buckets["image-files"].put(image_id, b"clean", KEPT_TYPE)
    with closing(sqlite3.connect(mill.data, timeout=5)) as connection, connection:
        row = (image_id, record.due, msgspec.json.encode(record))
        connection.execute("INSERT INTO images (image_id, due, body) VALUES (?, ?, ?)", row)
    return image_id


def kept(mill: Mill) -> tuple[set[str], set[str]]:
    """The rows, and the pictures."""
    pictures = mill.system.services.buckets["image-files"].list(1000).keys
    return {row[0] for row in mill.rows("SELECT image_id FROM images")}, set(pictures)


def test_what_an_order_has_stays_and_the_rest_goes(start_mill: StartMill) -> None:
    clock = SettableClock()
    mill = start_mill(clock=clock, deadlines=FAST)
    now = clock.now_ms()
    used, unused = stored(mill, 1, now), stored(mill, 2, now)
    order_id = mill.place({"product": "Car", "quantity": 1, "price": "5", "imageId": used}).order.order_id
    assert kept(mill) == ({used, unused}, {used, unused})
    clock.ahead_ms = 2 * UNUSED_MS
    mill.settle(lambda: kept(mill) == ({used}, {used}))
    mill.settle(lambda: mill.rows("SELECT due FROM images") == [(None,)])
    mill.settle(lambda: mill.order(order_id).status == "PROCESSED")
    # Whoever deletes it lets go of the picture too.
    mill.submit(DeleteOrder(order_id, None, None), function="delete_order").result(10)
    mill.settle(lambda: kept(mill) == (set(), set()))
