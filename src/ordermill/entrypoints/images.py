"""Images over HTTP: uploading one, and reading its record."""

from __future__ import annotations

from typing import Final

import msgspec

from ordermill.domain.commands import GetImage, UploadImage
from ordermill.domain.errors import NotFound
from ordermill.domain.image_request import BODY_MAX
from ordermill.domain.images import ImageRecord, LinkedImage
from ordermill.domain.order_image import is_image_id
from ordermill.entrypoints.bindings import Binding
from ordermill.entrypoints.web import NO_STORE, Request, Response
from ordermill.entrypoints.wire_images import recognized_view, stored_view

_encode = msgspec.json.Encoder().encode


def _uploaded(_: Request, record: ImageRecord) -> Response:
    headers = [("location", f"/images/{record.image_id}"), NO_STORE]
    return Response(201, _encode(recognized_view(record)), headers=headers)


def _wanted(request: Request) -> GetImage:
    image_id = request.path["imageId"]
    if not is_image_id(image_id):
        raise NotFound("no image has this id")
    return GetImage(image_id)


def _shown(_: Request, image: LinkedImage) -> Response:
    return Response(200, _encode(stored_view(image)), headers=[NO_STORE])


IMAGES: Final[dict[str, Binding]] = {
    # The body is taken apart in a thread: it is large, and anyone's.
    "recognize_uploaded_image": Binding(
        "application/json", lambda request: UploadImage(request.body), _uploaded, body_max=BODY_MAX
    ),
    "get_image": Binding(None, _wanted, _shown),
}
"""By function."""
