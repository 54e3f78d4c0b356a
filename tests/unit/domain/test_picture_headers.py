"""What the bytes of a picture say: formats by content, sizes before decoding, and that it is whole and alone."""

from __future__ import annotations

import io
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from ordermill.domain.picture_headers import CHUNKS_MAX, NotAPicture, read_head
from tests.pictures import bare_png, chunk, frames, picture

PNG, JPEG, WEBP = picture(), picture(format_="JPEG"), picture(format_="WEBP")


def code_of(data: bytes) -> str:
    with pytest.raises(NotAPicture) as caught:
        read_head(data)
    return caught.value.code


@pytest.mark.parametrize(
    ("format_", "how"),
    [
        ("PNG", {}),
        ("PNG", {"mode": "RGBA", "color": (1, 2, 3, 4)}),
        ("PNG", {"mode": "1", "color": 1}),
        ("JPEG", {}),
        ("JPEG", {"progressive": True}),
        ("JPEG", {"mode": "CMYK", "color": (1, 2, 3, 4)}),
        ("WEBP", {}),
        ("WEBP", {"lossless": True}),
        ("WEBP", {"mode": "RGBA", "color": (1, 2, 3, 4)}),
        ("WEBP", {"exif": Image.Exif().tobytes()}),
    ],
)
def test_the_size_is_read_of_every_format(format_: str, how: dict[str, Any]) -> None:
    data = picture(**{"color": "red", "size": (123, 45), "format_": format_, **how})
    assert read_head(data) == (format_, 123, 45)


def test_a_name_or_a_claimed_type_is_never_asked() -> None:
    for data in (b"", b"hello", b"<html><script>alert(1)</script>", b"<svg xmlns='http://www.w3.org/2000/svg'/>"):
        assert code_of(data) == "unsupported-picture"
    for data, seen in (
        (b"\n <!DOCTYPE html><p>", "not HTML"),
        (b"<?xml version='1.0'?><svg/>", "not SVG"),
        (frames("GIF"), "not GIF"),
        (b"GIF89a=1;/*" + b"\x00" * 40 + b"*/alert(1)", "not GIF"),
        (b"%PDF-1.7", "not PDF"),
        (b"\x00\x00\x00\x18ftypheic", "not HEIC"),
    ):
        with pytest.raises(NotAPicture, match=seen):
            read_head(data)


def test_a_picture_may_not_have_too_many_pixels_whatever_it_weighs() -> None:
    for width, height in ((13_000, 13_000), (6001, 4000), (32_768, 1), (0, 5), (2**31, 2**31 - 1)):
        assert code_of(bare_png(width, height, rows=b"x")) == "out-of-range"
    assert read_head(bare_png(6000, 4000, rows=b"x")) == ("PNG", 6000, 4000)
    # What a WebP's canvas claims counts as well as its frame.
    canvas = struct.pack("<B3x", 0) + (12_999).to_bytes(3, "little") * 2
    body = b"WEBP" + b"VP8X" + struct.pack("<I", 10) + canvas + WEBP[12:]
    assert code_of(b"RIFF" + struct.pack("<I", len(body)) + body) == "out-of-range"


@pytest.mark.parametrize("whole", [PNG, JPEG, WEBP, picture(format_="JPEG", progressive=True)])
def test_what_is_cut_off_anywhere_is_damaged(whole: bytes) -> None:
    for end in range(13, len(whole), max(1, len(whole) // 97)):
        assert code_of(whole[:end]) == "damaged-picture", end


@pytest.mark.parametrize("whole", [PNG, JPEG, WEBP])
@pytest.mark.parametrize("more", [b"PK\x03\x04" + b"x" * 40, b"<script>alert(1)</script>", b"%PDF-1.4"])
def test_nothing_may_follow_a_picture(whole: bytes, more: bytes) -> None:
    assert code_of(whole + more) == "trailing-data"


def test_what_phones_add_to_their_pictures_may_follow() -> None:
    samsung = JPEG + b"\x00" * 8 + b"Image_UTC_Data1763640000000SEFHg\x00\x00\x00SEFT"
    padded = JPEG + b"\x00" * 512
    xmp = b"http://ns.adobe.com/xap/1.0/\x00<x:xmpmeta><GCamera:MotionPhoto>1"
    motion = JPEG[:2] + b"\xff\xe1" + struct.pack(">H", 2 + len(xmp)) + xmp + JPEG[2:] + b"\x00\x00\x00\x18ftypmp42"
    for data in (samsung, padded, motion):
        assert read_head(data) == ("JPEG", 64, 48)


def test_animations_are_refused_before_any_frame_is_decoded() -> None:
    assert code_of(frames("PNG")) == "animated-picture"
    assert code_of(frames("WEBP")) == "animated-picture"
    assert code_of(frames("GIF", 10_000)) == "unsupported-picture"


def test_parts_are_checked_and_counted() -> None:
    broken = bytearray(PNG)
    broken[-20] ^= 1
    assert code_of(bytes(broken)) == "damaged-picture"
    many = PNG[:33] + chunk(b"tEXt", b"") * CHUNKS_MAX + PNG[33:]
    assert code_of(many) == "damaged-picture"
    assert code_of(PNG[:33] + chunk(b"IEND", b"")) == "damaged-picture"
    assert code_of(b"\xff\xd8\xff\xd9") == "damaged-picture"


@given(st.sampled_from([PNG, JPEG, WEBP]), st.data())
def test_whatever_a_file_holds_it_is_a_head_or_a_refusal(whole: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(whole) - 1))
    length = data.draw(st.integers(0, 8))
    changed = whole[:at] + data.draw(st.binary(max_size=8)) + whole[at + length :]
    try:
        head = read_head(changed)
    except NotAPicture:
        return
    assert head.width * head.height <= 24_000_000


def test_the_size_is_the_decoders() -> None:
    for data in (PNG, JPEG, WEBP):
        with Image.open(io.BytesIO(data)) as opened:
            assert read_head(data) == (opened.format, *opened.size)
