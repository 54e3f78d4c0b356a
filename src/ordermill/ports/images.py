"""Pictures: the table of those that were uploaded, what cleans them, and what sees things in them."""

from __future__ import annotations

from typing import Protocol

import msgspec

from ordermill.domain.images import ImageRecord, Label
from ordermill.ports.services import ServiceUnavailable


class FoundImages(Protocol):
    """Table `images`, as far as whoever judges orders asks for it."""

    def read(self, image_id: str) -> ImageRecord | None:
        """The image as of the last write; None where there is none, or where no order may take it any more."""
        ...


class ImageStore(FoundImages, Protocol):
    """Table `images`. One that no order has taken goes when it is `due`; one that some have stays with them."""

    def put(self, record: ImageRecord) -> None:
        """Insert or replace the record by its id."""
        ...

    def use(self, image_id: str, order_id: str) -> bool:
        """An order takes the image, which is due again `UNUSED_MS` later: then it is looked up whether it was stored.

        False where `read` would give None; again, it is the same order.
        """
        ...

    def known(self, image_id: str) -> bool:
        """Whether there is a record at all."""
        ...

    def release(self, image_id: str, order_id: str) -> None:
        """The order lets go of the image, which is due at once: it goes if no other has it. Again changes nothing."""
        ...

    def list(self, limit: int) -> tuple[ImageRecord, ...]:
        """At most `limit` of those that are due, the oldest first; some may not show yet."""
        ...

    def check(self, record: ImageRecord) -> None:
        """The orders of a record that was due were looked up, and are there: it is due no more.

        Unless it was used or released since.
        """
        ...

    def delete(self, image_id: str) -> None:
        """Forget the image, if it is due and no order has it; nothing otherwise."""
        ...


class CleanPicture(msgspec.Struct, frozen=True):
    """A picture as it is kept: a JPEG without metadata, upright, of `width` and `height` in pixels."""

    body: bytes
    width: int
    height: int


class PictureRefused(Exception):
    """It cannot be decoded, or not within the limits: the message says what is expected instead."""


class Pictures(Protocol):
    """Service `pictures`."""

    def clean(self, picture: bytes) -> CleanPicture:
        """Decode and encode anew, within limits of memory and time. `read_head` has let it pass.

        Raises PictureRefused.
        """
        ...


class LabelsUnavailable(ServiceUnavailable):
    """The labeller is away: try again later."""


class Labels(Protocol):
    """Service `labels`."""

    def detect(self, picture: CleanPicture) -> tuple[Label, ...] | None:
        """What is seen in it, most certain first; None where there is no labeller. Raises LabelsUnavailable."""
        ...
