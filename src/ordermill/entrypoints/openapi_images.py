"""What the API's description says about images."""

from __future__ import annotations

from typing import Any, Final

from ordermill.domain.image_request import PICTURE_MAX
from ordermill.domain.order_image import IMAGE_ID_PATTERN
from ordermill.domain.text import DESCRIPTION
from ordermill.entrypoints.openapi_bodies import text
from ordermill.entrypoints.openapi_parts import JSON, JSON_BODY, READ, WRITE, Answer, Body, Operation

Json = dict[str, Any]

IMAGE_ID_EXAMPLE: Final = "img_019aa1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"
IMAGE_PATH: Final[Json] = {
    "description": "The image's id.",
    "schema": {"type": "string", "pattern": IMAGE_ID_PATTERN, "examples": [IMAGE_ID_EXAMPLE]},
}

IMAGE_SCHEMAS: Final[dict[str, Json]] = {
    "ImageUpload": {
        "description": "A picture, and what it shows.",
        "type": "object",
        "properties": {
            "image": {
                "type": "string",
                "contentEncoding": "base64",
                "pattern": "^[A-Za-z0-9+/]+={0,2}$",
                "maxLength": -(-PICTURE_MAX // 3) * 4,
                "description": "A PNG, JPEG or WebP picture, not animated, of at most 4 MiB and 24 megapixels.",
            },
            "description": text(DESCRIPTION.limit, "What it is to show, in words."),
        },
        "required": ["image"],
        "additionalProperties": False,
    },
}

# A picture of one red pixel.
_PIXEL: Final = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC"

IMAGE_OPERATIONS: Final[dict[str, Operation]] = {
    "POST /images": Operation(
        "uploadImage",
        "Images",
        "Takes a picture, says what is seen in it, and whether that is what the description says. `MATCH` and "
        "`MISMATCH` rest on a label that is certain enough; `INCONCLUSIVE` says why there is no verdict; `UNCHECKED` "
        "that nothing here labels pictures. An order names it as `imageId` within 24 hours, and is judged by its own "
        "words. The picture is kept upright, as a JPEG of at most 1,600 pixels a side, without its metadata.",
        {201: Answer("Kept, with the verdict.", "ImageView", headers=("Location",))},
        body=Body(JSON, "ImageUpload", {"pixel": {"summary": "A red pixel", "value": {"image": _PIXEL}}}),
        problems=(*JSON_BODY, "invalid-image", *WRITE),
    ),
    "GET /images/{imageId}": Operation(
        "getImage",
        "Images",
        "Reads an image for staff, with a link that shows the picture for ten minutes.",
        {200: Answer("The image.", "StoredImageView")},
        problems=("not-found", "forbidden", *READ),
    ),
}
