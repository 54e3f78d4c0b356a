"""`recognize_uploaded_image`: keeps a picture and says whether it shows what its description says. Staged.

What was sent is decoded nowhere but in a process of its own, and never kept: what is, is encoded anew.
"""

from __future__ import annotations

import hashlib

import msgspec

from ordermill.domain.commands import UploadImage
from ordermill.domain.errors import FieldError, InvalidImage
from ordermill.domain.image_request import Upload, read_upload
from ordermill.domain.images import KEPT_TYPE, UNUSED_MS, ImageRecord, Label
from ordermill.domain.matching import judge
from ordermill.ports.ambient import Clock, Ids, Settings
from ordermill.ports.images import CleanPicture, ImageStore, Labels, PictureRefused, Pictures
from ordermill.ports.objects import Bucket


class Recognition(msgspec.Struct, frozen=True):
    """A picture that is kept under the id, and what was seen in it."""

    image_id: str
    description: str | None
    picture: CleanPicture
    labels: tuple[Label, ...] | None


def prepare(message: UploadImage) -> Upload:
    """The upload. Raises InvalidImage, PayloadTooLarge, and what is wrong with JSON."""
    return read_upload(message.body)


def call(upload: Upload, *, pictures: Pictures, labels: Labels, image_files: Bucket, ids: Ids) -> Recognition:
    """Clean the picture, have it labelled, keep it. Raises InvalidImage, LabelsUnavailable, BucketUnavailable."""
    try:
        picture = pictures.clean(upload.picture)
    except PictureRefused as refused:
        raise InvalidImage([FieldError("/image", "damaged-picture", str(refused))]) from None
    seen = labels.detect(picture)
    image_id = ids.image_id()
    image_files.put(image_id, picture.body, KEPT_TYPE)
    return Recognition(image_id, upload.description, picture, seen)


def settle(
    message: UploadImage, outcome: Recognition, *, images: ImageStore, clock: Clock, settings: Settings
) -> ImageRecord:
    """The record, which an order may take within a day."""
    now, picture = clock.now_ms(), outcome.picture
    record = ImageRecord(
        outcome.image_id,
        outcome.description,
        outcome.labels,
        judge([outcome.description or ""], outcome.labels, settings.label_min_confidence),
        picture.width,
        picture.height,
        len(picture.body),
        hashlib.sha256(picture.body).hexdigest(),
        now,
        now + UNUSED_MS,
    )
    images.put(record)
    return record
