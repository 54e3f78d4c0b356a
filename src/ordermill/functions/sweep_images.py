"""`sweep_images`: removes images that no order has, and what a crash left of uploads. Staged.

An image that is due has waited a day for an order, or was let go by its last; or an order took it a day ago, and
whether that was stored is looked up here. A picture without a record is what is left of an upload that broke off: it is
given one, which is due at once.
"""

from __future__ import annotations

from typing import Final

import msgspec

from ordermill.domain.commands import Tick
from ordermill.domain.ids import first_id
from ordermill.domain.images import ImageRecord, Judgement, Verdict
from ordermill.ports.ambient import Clock
from ordermill.ports.images import ImageStore
from ordermill.ports.objects import Bucket
from ordermill.ports.stores import OrderStore

AT_ONCE: Final = 500
"""Images that one turn looks at."""
KEYS_MAX: Final = 5000
_PAGE: Final = 1000
_UPLOAD_MS: Final = 3_600_000
"""What is older is no upload under way: none takes so long."""


class Sweep(msgspec.Struct, frozen=True):
    """What is to go, and between which ids pictures are looked for that have no record."""

    gone: tuple[str, ...]
    after: str
    before: str


class Swept(msgspec.Struct, frozen=True):
    """What went, and which pictures are there."""

    gone: tuple[str, ...]
    kept: tuple[str, ...]


def prepare(message: Tick, *, images: ImageStore, orders: OrderStore) -> Sweep:
    """Look up the orders of those that are due; those that none has may go."""
    gone = []
    for record in images.list(AT_ONCE):
        missing = [order_id for order_id in record.orders if not _has(orders, order_id, record)]
        for order_id in missing:
            images.release(record.image_id, order_id)
        if not record.orders:
            gone.append(record.image_id)
        elif not missing:
            images.check(record)
    since = min(message.since, message.at)
    return Sweep(tuple(gone), first_id("img", since - _UPLOAD_MS), first_id("img", message.at - _UPLOAD_MS))


def call(sweep: Sweep, *, image_files: Bucket) -> Swept:
    """Remove the pictures, and see which others there are of that time."""
    for image_id in sweep.gone:
        image_files.delete(image_id)
    kept = list[str]()
    after: str | None = sweep.after
    while after is not None and len(kept) < KEYS_MAX:
        page = image_files.list(_PAGE, after)
        kept += [key for key in page.keys if key < sweep.before]
        after = page.after if page.keys and page.keys[-1] < sweep.before else None
    return Swept(sweep.gone, tuple(kept))


def settle(message: Tick, outcome: Swept, *, images: ImageStore, clock: Clock) -> None:
    """Forget what went; what has no record is due from now on."""
    for image_id in outcome.gone:
        images.delete(image_id)
    now = clock.now_ms()
    for image_id in outcome.kept:
        if not images.known(image_id):
            images.put(ImageRecord(image_id, None, None, Judgement(Verdict.UNCHECKED), 0, 0, 0, "", now, now))


def _has(orders: OrderStore, order_id: str, record: ImageRecord) -> bool:
    order = orders.read(order_id)
    return order is not None and order.image is not None and order.image.image_id == record.image_id
