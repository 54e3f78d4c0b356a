"""Pictures of what is ordered: what a labeller sees in them, and whether that is what a text says.

Times are milliseconds since the Unix epoch (UTC), confidences are from 0 to 1.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

UNUSED_MS: Final = 24 * 60 * 60 * 1000
"""How long an image waits for an order; and how long after an order took it, whether that was stored is looked up."""

ORDERS_MAX: Final = 1000
"""Orders that one image may be used for."""

KEPT_TYPE: Final = "image/jpeg"
"""What every picture is kept as."""

UNCHECKED_WARNING: Final = (
    "the picture was not checked: this server has no labels for pictures; its operator turns them on with "
    "ORDERMILL_LABEL_MODEL and ORDERMILL_LABEL_FILE, on AWS with labels = rekognition"
)


class Verdict(StrEnum):
    """Whether a picture shows what a text says."""

    MATCH = "MATCH"
    MISMATCH = "MISMATCH"
    INCONCLUSIVE = "INCONCLUSIVE"
    UNCHECKED = "UNCHECKED"


class Label(msgspec.Struct, frozen=True, gc=False):
    """What a labeller sees: `parents` are kinds of it, the nearest first, `aliases` other names of the same."""

    name: str
    confidence: float
    parents: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


class Judgement(msgspec.Struct, frozen=True, gc=False):
    """A verdict; `confidence` is that of the label it rests on, None where it rests on none."""

    verdict: Verdict
    confidence: float | None = None
    warning: str | None = None


class OrderImage(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """An order's image, with the verdict on the order's own words."""

    image_id: str
    verdict: Verdict
    confidence: float | None
    labels: tuple[Label, ...]
    warning: str | None


class ImageRecord(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """An image that was uploaded. `labels` is None where there was no labeller; `sha256` is of the file as kept.

    `orders` use it. At `due` it goes if none does; None once that was looked up.
    """

    image_id: str
    description: str | None
    labels: tuple[Label, ...] | None
    judgement: Judgement
    width: int
    height: int
    size: int
    sha256: str
    at: int
    due: int | None
    orders: tuple[str, ...] = ()

    def live(self, now: int) -> bool:
        """Whether an order may still take it."""
        return bool(self.orders) or self.due is None or self.due > now


class LinkedImage(msgspec.Struct, frozen=True):
    """An image's record, and a URL under which anyone may see the picture for some time."""

    record: ImageRecord
    url: str
