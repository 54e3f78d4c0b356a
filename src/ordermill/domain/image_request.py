"""POST /images: from a body to the bytes of a picture that may be decoded, and what is said of it."""

from __future__ import annotations

import binascii
from typing import Final, NamedTuple

from ordermill.domain.errors import FieldError, InvalidImage, PayloadTooLarge
from ordermill.domain.fields import Errors, read_text, unknown_member
from ordermill.domain.json_body import parse_json
from ordermill.domain.picture_headers import NotAPicture, read_head
from ordermill.domain.text import DESCRIPTION

PICTURE_MAX: Final = 4 * 1024 * 1024
"""Bytes of a picture, decoded."""

BODY_MAX: Final = 6_000_000
"""Bytes of the body: as base64 a picture has 5.6 MB, and Lambda takes 6.29 MB with all that stands around it."""

_MEMBERS: Final = frozenset({"image", "description"})
_BASE64: Final = "a picture in base64 (RFC 4648, section 4), without line breaks"


class Upload(NamedTuple):
    """A picture as it was sent, and its description."""

    picture: bytes
    description: str | None


def read_upload(body: bytes) -> Upload:
    """The upload; the picture's head is looked at, nothing is decoded.

    Raises InvalidImage with one error for each wrong member, PayloadTooLarge, and what `parse_json` does.
    """
    members, errors = parse_json(body), Errors()
    if not isinstance(members, dict):
        raise InvalidImage([FieldError("", "wrong-type", "a JSON object")])
    errors.extend(unknown_member("", name) for name in members if name not in _MEMBERS)
    description = read_text(members.get("description"), "/description", DESCRIPTION, errors)
    picture = _read_picture(members.get("image"), errors)
    if errors:
        raise InvalidImage(errors)
    return Upload(picture, description)


def _read_picture(value: object, errors: Errors) -> bytes:
    if type(value) is not str:
        errors.append(FieldError("/image", "required" if value is None else "wrong-type", _BASE64))
        return b""
    if value[:5] == "data:":
        errors.append(FieldError("/image", "invalid-base64", f"{_BASE64}, and without what a data: URL begins with"))
        return b""
    if len(value) > -(-PICTURE_MAX // 3) * 4:
        raise PayloadTooLarge(f"a picture of at most {PICTURE_MAX // (1024 * 1024)} MiB")
    try:
        picture = binascii.a2b_base64(value, strict_mode=True)
    except ValueError:
        errors.append(FieldError("/image", "invalid-base64", _BASE64))
        return b""
    if len(picture) > PICTURE_MAX:
        raise PayloadTooLarge(f"a picture of at most {PICTURE_MAX // (1024 * 1024)} MiB")
    try:
        read_head(picture)
    except NotAPicture as wrong:
        errors.append(FieldError("/image", wrong.code, wrong.expected))
    return picture
