"""Tables that go on from page to page, each part with its heading. Columns are fixed, so that a row costs little."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from ordermill.adapters.reports.pages import Pages
from ordermill.adapters.reports.style import INK, INNER, LINE, MARGIN, SOFT, WASH, label, label_right
from ordermill.adapters.reports.text import fitted, write

_GAP: Final = 10.0
_HEAD: Final = 20.0
_HEAD_SIZE: Final = 7.5


class Column(NamedTuple):
    """`width` in points, with the gap to the next column."""

    title: str
    width: float
    right: bool = False
    soft: bool = False


class Style(NamedTuple):
    """The height of a row, the size of its text."""

    row: float
    size: float


ROWS: Final = Style(17, 7.5)
FIGURES: Final = Style(22, 9.5)


def draw_table(pages: Pages, columns: Sequence[Column], rows: Iterable[Sequence[str]], style: Style) -> None:
    """The table from `pages.y` on, with as many further pages as it takes."""
    canvas, headed = pages.canvas, False
    for number, row in enumerate(rows):
        if not headed or not pages.room(style.row):
            if headed or not pages.room(_HEAD + 2 * style.row):
                pages.begin()
            _draw_head(pages, columns)
            headed = True
        pages.y -= style.row
        if number % 2:
            canvas.setFillColor(WASH)
            canvas.rect(MARGIN, pages.y, INNER, style.row, stroke=0, fill=1)
        _draw_row(canvas, columns, row, pages.y + (style.row - style.size) / 2 + 1.2, style.size)
    canvas.setStrokeColor(LINE)
    canvas.setLineWidth(0.5)
    canvas.line(MARGIN, pages.y, MARGIN + INNER, pages.y)


def _draw_head(pages: Pages, columns: Sequence[Column]) -> None:
    pages.y -= _HEAD
    canvas, x = pages.canvas, MARGIN
    for column in columns:
        say, at = (label_right, x + column.width - _GAP / 2) if column.right else (label, x + _GAP / 2)
        say(canvas, at, pages.y + 7, column.title, _HEAD_SIZE, bold=True, color=SOFT)
        x += column.width
    canvas.setStrokeColor(INK)
    canvas.setLineWidth(0.8)
    canvas.line(MARGIN, pages.y, MARGIN + INNER, pages.y)


def _draw_row(canvas: Any, columns: Sequence[Column], row: Sequence[str], y: float, size: float) -> None:
    x, soft = MARGIN, None
    line = canvas.beginText()
    for column, text in zip(columns, row, strict=True):
        if column.soft is not soft:
            soft = column.soft
            line.setFillColor(SOFT if soft else INK)
        fit = fitted(text, column.width - _GAP, size)
        start = x + column.width - _GAP / 2 - fit.width if column.right else x + _GAP / 2
        write(line, start, y, fit.runs, size)
        x += column.width
    canvas.drawText(line)
