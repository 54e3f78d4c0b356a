"""`get_image`: reads the record of an uploaded image, with a link to the picture."""

from __future__ import annotations

from ordermill.domain.commands import GetImage
from ordermill.domain.errors import NotFound
from ordermill.domain.images import KEPT_TYPE, LinkedImage
from ordermill.ports.images import FoundImages
from ordermill.ports.objects import Bucket

LINK_S = 600
"""How long the link works."""


def get_image(message: GetImage, *, images: FoundImages, image_files: Bucket) -> LinkedImage:
    """The record, with a URL that shows the picture for ten minutes. Raises NotFound."""
    record = images.read(message.image_id)
    if record is None:
        raise NotFound("no image has this id")
    return LinkedImage(record, image_files.link(record.image_id, expires_s=LINK_S, content_type=KEPT_TYPE))
