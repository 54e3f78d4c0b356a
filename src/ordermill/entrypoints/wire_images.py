"""Images as the API shows them."""

from __future__ import annotations

from msgspec.structs import asdict

from ordermill.domain.images import KEPT_TYPE, ImageRecord, LinkedImage, OrderImage
from ordermill.domain.order_view import ImageView, Time, image_view
from ordermill.domain.times import rfc3339


class StoredImageView(ImageView, frozen=True, rename="camel"):
    """An image as staff see it: `url` shows the picture for ten minutes, `expiresAt` is null once an order has it."""

    description: str | None
    content_type: str
    width: int
    height: int
    size: int
    sha256: str
    timestamp: Time
    expires_at: Time | None
    orders: int
    url: str


def recognized_view(record: ImageRecord) -> ImageView:
    """What is told of an upload."""
    said = record.judgement
    return image_view(OrderImage(record.image_id, said.verdict, said.confidence, record.labels or (), said.warning))


def stored_view(image: LinkedImage) -> StoredImageView:
    """The whole record."""
    record = image.record
    expires = None if record.orders or record.due is None else rfc3339(record.due)
    return StoredImageView(
        **asdict(recognized_view(record)),
        description=record.description,
        content_type=KEPT_TYPE,
        width=record.width,
        height=record.height,
        size=record.size,
        sha256=record.sha256,
        timestamp=rfc3339(record.at),
        expires_at=expires,
        orders=len(record.orders),
        url=image.url,
    )
