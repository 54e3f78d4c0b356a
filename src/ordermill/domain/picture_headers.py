"""What a picture's bytes say of it, before anything is decoded: its format, its size, and that it is whole.

Formats are told by content alone. Nothing is allocated by what a header claims, and a file is walked once.
"""

from __future__ import annotations

import re
import struct
import zlib
from typing import Final, Literal, NamedTuple, NoReturn

PIXELS_MAX: Final = 24_000_000
SIDE_MAX: Final = 32_767
CHUNKS_MAX: Final = 20_000
"""Parts of a file; the most finely cut picture of 4 MiB has fewer."""

Format = Literal["PNG", "JPEG", "WEBP"]


class PictureHead(NamedTuple):
    """Width and height in pixels, as the file has them."""

    format: Format
    width: int
    height: int


class NotAPicture(Exception):
    """The bytes are no picture that is taken: `code` is the rule, the message what is expected instead."""

    def __init__(self, code: str, expected: str) -> None:
        super().__init__(expected)
        self.code, self.expected = code, expected


_EXPECTED: Final = "a PNG, JPEG or WebP picture"
_FOREIGN: Final = (
    (b"GIF8", "GIF"),
    (b"BM", "BMP"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"%PDF", "PDF"),
    (b"\x00\x00\x01\x00", "ICO"),
)
_PNG: Final = b"\x89PNG\r\n\x1a\n"


def read_head(data: bytes) -> PictureHead:
    """The head of a whole, still PNG, JPEG or WebP within the limits. Raises NotAPicture."""
    if data.startswith(_PNG):
        head = _png(data)
    elif data.startswith(b"\xff\xd8\xff"):
        head = _jpeg(data)
    elif data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        head = _webp(data)
    else:
        raise NotAPicture("unsupported-picture", f"{_EXPECTED}{_seen(data)}")
    if not 1 <= head.width <= SIDE_MAX or not 1 <= head.height <= SIDE_MAX:
        raise NotAPicture("out-of-range", f"a picture of 1 to {SIDE_MAX:,} pixels each way")
    if head.width * head.height > PIXELS_MAX:
        raise NotAPicture("out-of-range", f"a picture of at most {PIXELS_MAX // 1_000_000} megapixels")
    return head


def _seen(data: bytes) -> str:
    """What it is instead, where that is plain."""
    for magic, name in _FOREIGN:
        if data.startswith(magic):
            return f", not {name}"
    if data[4:8] == b"ftyp":
        return ", not HEIC, AVIF or a video"
    start = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<svg", b"<?xml")):
        return ", not SVG"
    return ", not HTML" if start.startswith((b"<!doctype", b"<html", b"<script", b"<body", b"<head")) else ""


def _damaged(what: str) -> NoReturn:
    raise NotAPicture("damaged-picture", f"a whole picture: {what}")


def _animated() -> NoReturn:
    raise NotAPicture("animated-picture", "a still picture, not an animation")


def _trailing() -> NoReturn:
    raise NotAPicture("trailing-data", "a picture and nothing behind it: the file holds something else as well")


def _png(data: bytes) -> PictureHead:
    if len(data) < 33 or data[8:16] != b"\x00\x00\x00\rIHDR":
        _damaged("the PNG has no header")
    width, height = struct.unpack(">II", data[16:24])
    head = PictureHead("PNG", width, height)
    at, pixels, view = 8, False, memoryview(data)
    for _ in range(CHUNKS_MAX):
        if at + 12 > len(data):
            break
        (length,) = struct.unpack_from(">I", data, at)
        kind, end = data[at + 4 : at + 8], at + 12 + length
        if end > len(data):
            break
        if zlib.crc32(view[at + 4 : end - 4]) != int.from_bytes(view[end - 4 : end], "big"):
            _damaged("a part of the PNG has another checksum than it says")
        if kind in (b"acTL", b"fdAT"):
            _animated()
        pixels = pixels or kind == b"IDAT"
        if kind == b"IEND":
            if end != len(data):
                _trailing()
            if not pixels:
                _damaged("the PNG has no pixels")
            return head
        at = end
    else:
        _damaged("the PNG is cut into too many parts")
    _damaged("the PNG ends too soon")


_SIZED: Final = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
"""The markers of frames, which tell the size."""
_SCAN_END: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_MORE: Final = (b"MPF\x00", b"MotionPhoto", b"MicroVideo", b"Container:Directory", b"hdrgm:Version")
"""How phones say in a JPEG that something of theirs comes behind it: a depth map, a second or of video."""


def _jpeg(data: bytes) -> PictureHead:
    head, at, more = None, 2, False
    for _ in range(CHUNKS_MAX):
        while data[at : at + 2] == b"\xff\xff":
            at += 1
        marker = data[at : at + 2]
        if len(marker) < 2 or marker[0] != 0xFF:
            break
        if marker[1] == 0xD9:
            if head is None:
                _damaged("the JPEG has no pixels")
            if not more and not _filler(data[at + 2 :]):
                _trailing()
            return head
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        end = at + 2 + length
        if length < 2 or end > len(data):
            break
        if marker[1] in _SIZED:
            if length < 8:
                break
            height, width = struct.unpack_from(">HH", data, at + 5)
            head = PictureHead("JPEG", width, height)
        more = more or (0xE1 <= marker[1] <= 0xE2 and any(word in data[at:end] for word in _MORE))
        if marker[1] == 0xDA:
            found = _SCAN_END.search(data, end)
            if found is None:
                break
            end = found.start()
        at = end
    _damaged("the JPEG ends too soon, or is cut into too many parts" if head else "the JPEG has no size")


def _filler(rest: bytes) -> bool:
    """Whether it says nothing, or is the trailer of a phone's own."""
    return not rest.strip(b"\x00\xff\r\n ") or rest.endswith(b"SEFT")


def _webp(data: bytes) -> PictureHead:
    whole = 8 + int.from_bytes(data[4:8], "little")
    if whole + whole % 2 > len(data) + 1 or whole > len(data):
        _damaged("the WebP ends too soon")
    if len(data) > whole + whole % 2:
        _trailing()
    canvas = frame = None
    at = 12
    for _ in range(CHUNKS_MAX):
        if at + 8 > whole:
            break
        kind, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        body = data[at + 8 : at + 18]
        if at + 8 + length > whole:
            _damaged("the WebP ends too soon")
        if kind in (b"ANIM", b"ANMF"):
            _animated()
        if kind == b"VP8X" and length >= 10:
            if body[0] & 2:
                _animated()
            canvas = (1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little"))
        elif kind == b"VP8 " and length >= 10 and body[3:6] == b"\x9d\x01\x2a":
            width, height = struct.unpack("<HH", body[6:10])
            frame = (width & 0x3FFF, height & 0x3FFF)
        elif kind == b"VP8L" and length >= 5 and body[0] == 0x2F:
            bits = int.from_bytes(body[1:5], "little")
            frame = (1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF))
        at += 8 + length + length % 2
    if frame is None:
        _damaged("the WebP has no pixels")
    # What is decoded is the frame; a canvas that claims more is believed too.
    width, height = max(frame, canvas or frame, key=lambda size: size[0] * size[1])
    return PictureHead("WEBP", width, height)
