"""Pictures for tests, made as they are asked for, and files that only look like some."""

from __future__ import annotations

import base64
import io
import struct
import zlib
from typing import Any

from PIL import Image

Color = str | float | tuple[float, ...]


def picture(
    color: Color = "red", size: tuple[int, int] = (64, 48), format_: str = "PNG", mode: str = "RGB", **how: Any
) -> bytes:
    """A picture of one colour."""
    out = io.BytesIO()
    Image.new(mode, size, color).save(out, format_, **how)
    return out.getvalue()


def frames(format_: str, count: int = 3) -> bytes:
    """An animation."""
    out = io.BytesIO()
    # Frames that are the same would be one.
    first, *others = (
        Image.new("RGB", (4, 4), (number * 85 % 256, number // 3 % 256, number // 768)) for number in range(count)
    )
    first.save(out, format_, save_all=True, append_images=others, duration=40)
    return out.getvalue()


def chunk(kind: bytes, body: bytes) -> bytes:
    """A part of a PNG."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def bare_png(width: int, height: int, *, bits: int = 1, kind: int = 0, rows: bytes | None = None) -> bytes:
    """A PNG that claims a size, with pixels packed as tightly as zlib can."""
    if rows is None:
        samples = {0: 1, 2: 3, 6: 4}[kind]
        rows = zlib.compress(bytes(1 + (width * bits * samples + 7) // 8) * height, 1)
    head = struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def base64_of(data: bytes) -> str:
    """As POST /images takes it."""
    return base64.b64encode(data).decode("ascii")
