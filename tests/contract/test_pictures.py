"""Service `pictures`: what comes out is upright, small, on white and bare, and what cannot be decoded is refused."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image, ImageCms

from ordermill.adapters.picture_decoding import SIDE_MAX
from ordermill.adapters.pictures import ConfinedPictures
from ordermill.ports.images import CleanPicture, PictureRefused
from tests.pictures import bare_png, picture

PICTURES = ConfinedPictures()
CANARY = b"canary-7f3a"


def opened(clean: CleanPicture) -> Image.Image:
    found = Image.open(io.BytesIO(clean.body))
    found.load()
    assert (found.format, found.mode, found.size) == ("JPEG", "RGB", (clean.width, clean.height))
    return found


def near(found: object, wanted: tuple[int, int, int]) -> bool:
    assert isinstance(found, tuple)
    return all(abs(one - other) <= 12 for one, other in zip(found, wanted, strict=True))


@pytest.mark.parametrize(
    ("format_", "how"),
    [
        ("PNG", {}),
        ("PNG", {"mode": "RGBA", "color": (255, 0, 0, 255)}),
        ("PNG", {"mode": "P"}),
        ("JPEG", {}),
        ("JPEG", {"progressive": True}),
        ("JPEG", {"mode": "CMYK", "color": (0, 255, 255, 0)}),
        ("WEBP", {}),
        ("WEBP", {"lossless": True, "mode": "RGBA", "color": (255, 0, 0, 255)}),
    ],
)
def test_every_format_becomes_a_jpeg_that_looks_the_same(format_: str, how: dict[str, Any]) -> None:
    if how.get("mode") == "P":
        out = io.BytesIO()
        Image.new("RGB", (64, 48), "red").convert("P").save(out, "PNG")
        data = out.getvalue()
    else:
        data = picture(**{"color": "red", "format_": format_, **how})
    found = opened(PICTURES.clean(data))
    assert found.size == (64, 48)
    assert near(found.getpixel((30, 20)), (255, 0, 0))


def test_grey_of_any_depth_keeps_its_shade() -> None:
    for mode, shade in (("L", 128), ("1", 1), ("I;16", 128 * 256)):
        found = opened(PICTURES.clean(picture(shade, mode=mode)))
        assert near(found.getpixel((30, 20)), (255,) * 3 if mode == "1" else (128,) * 3), mode


def test_what_is_transparent_is_white() -> None:
    found = opened(PICTURES.clean(picture((255, 0, 0, 0), mode="RGBA")))
    assert near(found.getpixel((30, 20)), (255, 255, 255))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_it_stands_upright_however_the_camera_was_held(orientation: int) -> None:
    upright = Image.new("RGB", (60, 40), "blue")
    upright.paste("red", (0, 0, 30, 20))
    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }  # fmt: skip
    held = upright.transpose(turns[orientation]) if orientation in turns else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    out = io.BytesIO()
    held.save(out, "JPEG", exif=exif, quality=95)
    found = opened(PICTURES.clean(out.getvalue()))
    assert found.size == (60, 40)
    assert near(found.getpixel((8, 8)), (255, 0, 0))
    assert near(found.getpixel((50, 30)), (0, 0, 255))


@pytest.mark.parametrize("profiled", [True, False])
def test_nothing_of_what_was_written_into_it_comes_along(profiled: bool) -> None:
    exif = Image.Exif()
    exif[0x010E], exif[0x8825] = CANARY.decode(), {1: "N", 2: (52.0, 31.0, 12.0)}
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    # Converting by a profile drops all else by itself.
    colours: dict[str, Any] = {"icc_profile": profile} if profiled else {}
    data = picture(format_="JPEG", exif=exif, comment=CANARY, xmp=CANARY, dpi=(77, 77), **colours)
    assert data.count(CANARY) == 3
    clean = PICTURES.clean(data)
    found = opened(clean)
    assert CANARY not in clean.body
    assert dict(found.getexif()) == {}
    assert set(found.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert found.info.get("jfif_density") != (77, 77)


def test_a_large_picture_becomes_smaller_and_a_small_one_stays() -> None:
    for size, wanted in (((4000, 3000), (1600, 1200)), ((300, 4000), (120, 1600)), ((1, 1), (1, 1))):
        clean = PICTURES.clean(picture(size=size, format_="JPEG"))
        assert (clean.width, clean.height) == wanted
        assert max(wanted) <= SIDE_MAX


def test_noise_is_kept_in_what_labellers_take() -> None:
    noise = Image.effect_noise((1600, 1600), 120).convert("RGB")
    out = io.BytesIO()
    noise.save(out, "JPEG", quality=95)
    assert len(PICTURES.clean(out.getvalue()).body) <= 4 * 1024 * 1024


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html><script>alert(1)</script></html>",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        picture(format_="GIF"),
        picture(format_="BMP"),
        picture()[:-30],
        picture(format_="JPEG")[: len(picture(format_="JPEG")) // 2],
        bare_png(64, 64, rows=b"this is no zlib"),
        bare_png(13_000, 13_000),
        bare_png(6001, 4000),
    ],
    ids=["nothing", "html", "svg", "gif", "bmp", "cut png", "cut jpeg", "no pixels", "169 megapixels", "24 and some"],
)
def test_what_cannot_be_decoded_is_refused(data: bytes) -> None:
    with pytest.raises(PictureRefused, match="a whole picture"):
        PICTURES.clean(data)


def test_the_largest_picture_there_may_be_is_decoded() -> None:
    clean = PICTURES.clean(bare_png(6000, 4000, bits=8, kind=6, rows=None))
    assert (clean.width, clean.height) == (1600, 1067)
