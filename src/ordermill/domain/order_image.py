"""An order's image: what its labels say to the order's own words."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from ordermill.domain.errors import FieldError, ImageMismatch, InvalidOrder
from ordermill.domain.fields import Errors
from ordermill.domain.images import ORDERS_MAX, ImageRecord, OrderImage, Verdict
from ordermill.domain.order import Line

IMAGE_ID_PATTERN: Final = "^img_[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"

_IMAGE_ID: Final = re.compile(IMAGE_ID_PATTERN)


_UNKNOWN: Final = FieldError(
    "/imageId", "unknown-image", "the id of an image that was uploaded in the last 24 hours, or that an order has"
)


class Images(NamedTuple):
    """`find` looks an image up that an order may take; labels count from confidence `least` on."""

    find: Callable[[str], ImageRecord | None]
    least: float


def is_image_id(text: str) -> bool:
    """Whether an image could have this id."""
    return _IMAGE_ID.fullmatch(text) is not None


def image_gone() -> InvalidOrder:
    """The error where an image's time was over when the order was to take it."""
    return InvalidOrder([_UNKNOWN])


def find_image(value: object, images: Images | None, errors: Errors) -> ImageRecord | None:
    """The image of the member `imageId`; None where there is none, or an error was left."""
    if value is None:
        return None
    if type(value) is not str:
        errors.append(FieldError("/imageId", "wrong-type", "a string"))
        return None
    found = images.find(value) if images is not None and is_image_id(value) else None
    if found is None:
        errors.append(_UNKNOWN)
    elif len(found.orders) >= ORDERS_MAX:
        errors.append(
            FieldError("/imageId", "out-of-range", f"an image of at most {ORDERS_MAX:,} orders: upload it anew")
        )
        return None
    return found


def order_image(
    record: ImageRecord, description: str | None, lines: Sequence[Line], least: float, *, confirmed: bool
) -> OrderImage:
    """The image with the verdict on the description, or where that names nothing, on the products.

    Raises ImageMismatch, with the warning, unless `confirmed`.
    """
    # What only a few orders need, and takes some memory.
    from ordermill.domain.matching import judge

    products = ", ".join(dict.fromkeys(line.product for line in lines if line.product))
    said = judge([text for text in (description, products) if text], record.labels, least)
    if said.verdict is Verdict.MISMATCH and not confirmed:
        raise ImageMismatch(f"{said.warning}; send another imageId, or confirmMismatch: true")
    return OrderImage(record.image_id, said.verdict, said.confidence, record.labels or (), said.warning)
