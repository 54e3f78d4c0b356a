"""What a stored file ends with: a line that says what the object is, so that the file holds all of it.

It stands behind the body, which most programs open all the same.
"""

from __future__ import annotations

import zlib
from hashlib import sha256
from typing import Final

import msgspec

from ordermill.ports.objects import ObjectCorrupt

LONGEST: Final = 1024
"""Bytes that a trailer has at most."""
LONGEST_TYPE: Final = 200


class Trailer(msgspec.Struct, frozen=True, rename="camel"):
    """The object's key, content type, size in bytes, SHA-256 in hex, and when it was put, epoch milliseconds."""

    key: str
    content_type: str
    size: int
    sha256: str
    at: int


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Trailer).decode


def trailer_of(key: str, body: bytes, content_type: str, at: int) -> bytes:
    """The line to write behind `body`. Raises ValueError where the content type is no short ASCII text."""
    if not content_type.isascii() or not content_type.isprintable() or not 1 <= len(content_type) <= LONGEST_TYPE:
        raise ValueError(f"a content type has 1 to {LONGEST_TYPE} visible ASCII characters")
    said = _encode(Trailer(key, content_type, len(body), sha256(body).hexdigest(), at))
    return b"\n%s %08x\n" % (said, zlib.crc32(said))


def read_trailer(tail: bytes, key: str, file_size: int) -> Trailer:
    """The trailer of a file of that size, of which `tail` is the end. Raises ObjectCorrupt unless it is of that key."""
    line = tail[:-1].rpartition(b"\n")[2]
    said, _, sum_ = line.rpartition(b" ")
    if tail[-1:] != b"\n" or sum_ != b"%08x" % zlib.crc32(said):
        raise ObjectCorrupt(f"object {key} is not whole: its last line is not as it was written")
    trailer = _decode(said)
    if trailer.key != key:
        raise ObjectCorrupt(f"object {key} holds what was put as {trailer.key}")
    if trailer.size + len(line) + 2 != file_size:
        raise ObjectCorrupt(f"object {key} should have {trailer.size} bytes, not {file_size - len(line) - 2}")
    return trailer
