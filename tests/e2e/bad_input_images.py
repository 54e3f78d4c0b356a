"""Bad input of images: files that are no picture, pictures that are too much, and ids that nobody was given."""

from __future__ import annotations

import json
from typing import Final

from tests.e2e.bad_input_kit import Entry, each, get, post, raw
from tests.e2e.bad_input_lists import STAFF_TOKEN
from tests.pictures import bare_png, base64_of, frames, picture

_INVALID: Final = "422 invalid-image"
_STAFF: Final = f"Authorization: Bearer {STAFF_TOKEN}"
_HTML: Final = b"<html><body><script>alert(1)</script>"
_SVG: Final = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
_NEWLY: Final = picture(format_="JPEG")


def _upload(data: bytes, **members: object) -> bytes:
    return post(json.dumps({"image": base64_of(data), **members}), path="/images")


def _body(**members: object) -> bytes:
    return post(json.dumps(members), path="/images")


IMAGES: Final[list[Entry]] = [
    *each(
        68,
        "file",
        _INVALID,
        [
            _upload(data)
            for data in (
                _HTML,
                _SVG,
                b"\xef\xbb\xbf<?xml version='1.0'?>" + _SVG,
                picture(format_="GIF"),
                frames("GIF", 10_000),
                b"GIF89a=1;/*" + picture(format_="GIF") + b"*/;alert(1)",
                frames("PNG"),
                frames("WEBP"),
                picture()[:-30],
                picture()[:20],
                _NEWLY[: len(_NEWLY) // 2],
                picture(format_="WEBP")[:-8],
                picture() + b"PK\x03\x04" + _HTML,
                _NEWLY + _HTML,
                picture(format_="WEBP") + _HTML,
                bare_png(64, 64, rows=b"this is no zlib"),
                bare_png(13_000, 13_000),
                bare_png(2**31 - 1, 2**31 - 1, rows=b"x"),
                bare_png(0, 0, rows=b""),
                b"",
                b"\x00" * 1000,
                picture(format_="BMP"),
                picture(format_="TIFF"),
            )
        ],
    ),
    *each(
        68,
        "upload",
        _INVALID,
        [
            _body(),
            _body(image=None),
            _body(image=5),
            _body(image=["iVBORw0KGgo="]),
            _body(image="not base64!"),
            _body(image=base64_of(picture()) + "\n"),
            _body(image=base64_of(picture())[:-1]),
            _body(image="data:image/png;base64," + base64_of(picture())),
            _upload(picture(), description="x" * 5001),
            _upload(picture(), description="a\x00b"),
            _upload(picture(), description="\ud800"),
            _upload(picture(), description=7),
            _upload(picture(), sha256="0" * 64),
            _upload(picture(), filename="../../x.png"),
            _upload(picture(), confirm=True),
            post("[]", path="/images"),
            post("null", path="/images"),
        ],
    ),
    Entry(68, "a picture of more than 4 MiB", _body(image="A" * 5_600_000), "413 payload-too-large"),
    Entry(
        68,
        "a body of more than 6 MB",
        raw("POST /images HTTP/1.1", "Content-Type: application/json", "Content-Length: 6000001"),
        "413 payload-too-large leave",
    ),
    Entry(
        68,
        "multipart",
        post(picture(), path="/images", media="Content-Type: multipart/form-data"),
        "415 unsupported-media-type",
    ),
    Entry(
        68, "the bytes", post(picture(), path="/images", media="Content-Type: image/png"), "415 unsupported-media-type"
    ),
    Entry(68, "cut off", post('{"image": "iVBO', path="/images"), "400 malformed-json"),
    Entry(68, "twice", post('{"image": "", "image": ""}', path="/images"), "400 duplicate-key"),
    *each(
        69,
        "image",
        "404 not-found",
        [
            get(f"/images/{id_}", _STAFF)
            for id_ in (
                "img_1",
                "img_0190b3a0-0000-7000-8000-000000000001",
                "IMG_0190B3A0-0000-7000-8000-000000000001",
                "..%2Fx",
                "a%00.png",
                "x" * 300,
                "CON",
                "a%0D%0Ab",
            )
        ],
    ),
]
"""Rows 68 and 69 of the table."""
