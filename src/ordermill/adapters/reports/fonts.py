"""The fonts of reports: which of them has a character, and what stands in where none has.

Noto Sans has figures of one width and is for Latin, Greek and Cyrillic; FiraGO for Hebrew, Arabic, Thai, Georgian and
Devanagari; WenQuanYi Micro Hei for Chinese, Japanese and Korean. Each is read when a text first needs it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Any, Final

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

BOLD: Final = "NotoSans-Bold"
"""For our own words, which are ASCII."""
PLAIN: Final = "NotoSans"
_MISSING: Final = "\u25a1"


def _noto() -> TTFont:
    from pymupdf_fonts.NotoSans_Regular import fontbuffer

    return TTFont(PLAIN, BytesIO(fontbuffer))


def _noto_bold() -> TTFont:
    from pymupdf_fonts.NotoSans_Bold import fontbuffer

    return TTFont(BOLD, BytesIO(fontbuffer))


def _firago() -> TTFont:
    from pymupdf_fonts.FiraGO_Regular import fontbuffer

    return TTFont("FiraGO", BytesIO(fontbuffer))


def _micro_hei() -> TTFont:
    import paperang_p2_fonts_cjk

    file = files(paperang_p2_fonts_cjk).joinpath("fonts", "wqy-microhei.ttc")
    return TTFont("MicroHei", BytesIO(file.read_bytes()), subfontIndex=0)


_FONTS: Final[tuple[Callable[[], TTFont], ...]] = (_noto, _firago, _micro_hei)


@cache
def _loaded(number: int) -> tuple[str, Mapping[int, Any]]:
    """The font's name, and the glyphs of its characters."""
    return register(_FONTS[number]())


def register(font: TTFont) -> tuple[str, Mapping[int, Any]]:
    """Make it known to ReportLab."""
    pdfmetrics.registerFont(font)
    glyphs: Mapping[int, Any] = font.face.charToGlyph
    return font.fontName, glyphs


def register_own() -> None:
    """The two that every report has."""
    _loaded(0)
    register(_noto_bold())


@cache
def drawn(char: str) -> tuple[str, str]:
    """The font for a character, and what is drawn for it: itself, what is equal to it, a box; or nothing."""
    category = unicodedata.category(char)
    if category == "Cf":
        # Some fonts have a shape for them all the same.
        return PLAIN, ""
    font = _font_of(char)
    if font is not None:
        return font, char
    if category in ("Mn", "Me"):
        return PLAIN, ""
    # A form that Arabic letters take beside others, a mathematical letter, a thin space: the plain one has a shape.
    plain = unicodedata.normalize("NFKC", char)
    fonts = {_font_of(each) for each in plain}
    if plain != char and len(fonts) == 1 and (font := fonts.pop()) is not None:
        return font, plain
    return _font_of(_MISSING) or PLAIN, _MISSING


def _font_of(char: str) -> str | None:
    for number in range(len(_FONTS)):
        name, glyphs = _loaded(number)
        if ord(char) in glyphs:
            return name
    return None
