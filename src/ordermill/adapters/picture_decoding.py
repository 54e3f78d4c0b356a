"""Decodes a picture and encodes it anew: upright, not too large, on white, and without anything else that was in it.

It runs in a process of its own (`adapters/confined.py`): what it decodes comes from anyone.
"""

from __future__ import annotations

import io
import warnings
from contextlib import suppress
from typing import Final

import msgspec
from PIL import Image, ImageCms

SIDE_MAX: Final = 1600
"""Pixels of the longer side of what is kept."""
PIXELS_MAX: Final = 24_000_000
SIZE_MAX: Final = 4 * 1024 * 1024
"""Bytes of what is kept: no labeller takes more than 5 MB."""

_FORMATS: Final = ("PNG", "JPEG", "WEBP")
_QUALITIES: Final = (88, 75, 60, 40)
_ORIENTATION: Final = 0x0112
_UPRIGHT: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What undoes each orientation of Exif."""


class Head(msgspec.Struct, frozen=True):
    """The first line of the answer; the picture follows, unless it was refused."""

    width: int = 0
    height: int = 0
    refused: str | None = None


def clean(data: bytes) -> bytes:
    """A line of JSON, `Head`, and a JPEG after it."""
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.MAX_IMAGE_PIXELS = PIXELS_MAX
    try:
        picture = _decoded(data)
    except MemoryError:
        raise
    except Exception:
        # Decoders raise whatever a broken file leads them to, and none of it is for others to read.
        return _answer(Head(refused="a whole picture: this one cannot be decoded"))
    return _answer(Head(*picture.size), _encoded(picture))


def _answer(head: Head, body: bytes = b"") -> bytes:
    return msgspec.json.encode(head) + b"\n" + body


def _decoded(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data), formats=_FORMATS) as opened:
        if opened.width * opened.height > PIXELS_MAX:
            raise ValueError("too many pixels")
        opened.draft("RGB", (SIDE_MAX, SIDE_MAX))
        opened.load()
        # Not before: of a PNG it reads all pixels, and what is broken would be hidden by its second reading.
        turn = _UPRIGHT.get(_orientation(opened))
        picture = _plain(opened)
    picture.thumbnail((SIDE_MAX, SIDE_MAX), Image.Resampling.LANCZOS, reducing_gap=2.0)
    picture = _on_white(_in_srgb(picture))
    return picture if turn is None else picture.transpose(turn)


def _orientation(picture: Image.Image) -> int:
    with suppress(Exception):
        return int(picture.getexif().get(_ORIENTATION, 1))
    return 1


def _plain(picture: Image.Image) -> Image.Image:
    """In a mode that can be made smaller smoothly, with its transparency if it has any."""
    if picture.mode.startswith("I"):
        # 16 bits of grey.
        return picture.convert("I").point(lambda level: level / 256).convert("L")
    if picture.has_transparency_data:
        return picture.convert("RGBA")
    return picture if picture.mode in ("RGB", "L", "CMYK") else picture.convert("RGB")


def _in_srgb(picture: Image.Image) -> Image.Image:
    """With the colours that its profile says, as far as that can be read."""
    profile = picture.info.get("icc_profile")
    if profile and picture.mode in ("RGB", "CMYK"):
        with suppress(ImageCms.PyCMSError, OSError, ValueError):
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
            if converted is not None:
                return converted
    return picture


def _on_white(picture: Image.Image) -> Image.Image:
    """RGB and nothing else: no text, no profile, no thumbnail comes along."""
    if picture.mode == "RGBA":
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture)
    rgb = picture.convert("RGB")
    return Image.frombytes("RGB", rgb.size, rgb.tobytes())


def _encoded(picture: Image.Image) -> bytes:
    for quality in _QUALITIES:
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=quality)
        if out.tell() <= SIZE_MAX:
            break
    return out.getvalue()
