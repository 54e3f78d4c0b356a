"""Text of customers as it is drawn: one line, in the fonts that have its characters, in the order they are read in.

It is never markup: what draws it knows strings and fonts alone.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from itertools import groupby
from typing import Any, Final, NamedTuple

from arabic_reshaper import ArabicReshaper
from bidi.algorithm import get_display
from reportlab.pdfbase.pdfmetrics import stringWidth

from ordermill.adapters.reports.fonts import PLAIN, drawn

Runs = tuple[tuple[str, str], ...]
"""Fonts, each with the text that is drawn in it, from left to right."""


class Fit(NamedTuple):
    """What fits into a column, and how wide it is, in points."""

    runs: Runs
    width: float


LONGEST: Final = 200
"""Characters that are looked at: no column has room for so many."""
_ELLIPSIS: Final = "…"
_JOINING: Final = "\u200c\u200d"
_FROM_THE_RIGHT: Final = frozenset({"R", "AL", "AN"})
_reshape: Final = ArabicReshaper({"delete_harakat": False, "support_ligatures": False}).reshape


def runs_of(text: str) -> Runs:
    """The text on one line."""
    if text.isascii() and text.isprintable() and len(text) <= LONGEST:
        return ((PLAIN, text),)
    plain = unicodedata.normalize("NFC", "".join(map(_visible, text[:LONGEST])))
    if any(unicodedata.bidirectional(char) in _FROM_THE_RIGHT for char in plain):
        plain = str(get_display(_reshape(plain)))
    pieces = [drawn(char) for char in plain]
    return tuple(
        (font, "".join(piece for _, piece in group)) for font, group in groupby(pieces, key=lambda piece: piece[0])
    )


def _visible(char: str) -> str:
    """Spaces for what breaks lines or controls anything, nothing for what turns text, a sign for no character."""
    category = unicodedata.category(char)
    if category in ("Cc", "Zl", "Zp"):
        return " "
    if category == "Cf" and char not in _JOINING:
        return ""
    return "\ufffd" if category in ("Cs", "Cn", "Co") else char


def width_of(runs: Runs, size: float) -> float:
    """In points."""
    return sum(float(stringWidth(text, font, size)) for font, text in runs)


@lru_cache(maxsize=2000)
def fitted(text: str, width: float, size: float) -> Fit:
    """As much of the text as `width` points have room for, with an ellipsis where that is not all."""
    runs = runs_of(text)
    taken = width_of(runs, size)
    if len(text) <= LONGEST and taken <= width:
        return Fit(runs, taken)
    least, most = 0, min(len(text), LONGEST - 1)
    while least < most:
        middle = (least + most + 1) // 2
        if width_of(runs_of(text[:middle] + _ELLIPSIS), size) <= width:
            least = middle
        else:
            most = middle - 1
    runs = runs_of(text[:least].rstrip() + _ELLIPSIS)
    return Fit(runs, width_of(runs, size))


def write(line: Any, x: float, y: float, runs: Runs, size: float) -> None:
    """From `x` on, at the base line `y`, into a text object of ReportLab's."""
    line.setTextOrigin(x, y)
    for font, text in runs:
        line.setFont(font, size)
        line.textOut(text)
