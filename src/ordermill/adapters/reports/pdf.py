"""The report as a PDF: a cover with the figures and the chart, then every order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any, Final

import msgspec
from reportlab.pdfgen.canvas import Canvas

from ordermill.adapters.reports.chart import CHART_MAX, CHART_MIN, draw_chart
from ordermill.adapters.reports.fonts import BOLD, register_own
from ordermill.adapters.reports.pages import Pages
from ordermill.adapters.reports.style import (
    ACCENT,
    BOTTOM,
    HEIGHT,
    INK,
    INNER,
    LINE,
    MARGIN,
    PAGE,
    SOFT,
    WHITE,
    amount,
    label,
    label_right,
    moment,
    period,
)
from ordermill.adapters.reports.table import FIGURES, ROWS, Column, draw_table
from ordermill.domain.report import Figures, Report, ReportRow

_TITLE: Final = "Deleted orders"
_NONE: Final = "No orders were deleted in this period."
_UNKNOWN: Final = "–"
_ROWS_A_PAGE: Final = 27
_COLUMNS: Final = (
    Column("Deleted (UTC)", 88, soft=True),
    Column("Order", 188, soft=True),
    Column("Customer", 134),
    Column("Items", 124),
    Column("Status", 60),
    Column("Total", 88, right=True),
    Column("Refunded", 76, right=True),
)
_FIGURES: Final = (
    Column("Currency", 120),
    Column("Orders", 100, right=True),
    Column("Total", 140, right=True),
    Column("Paid", 140, right=True),
    Column("Refunded", 130, right=True),
    Column("Average", 128, right=True),
)


def draw(data: bytes) -> bytes:
    """The PDF of a report as JSON; the same bytes at every repeat."""
    report = msgspec.json.decode(data, type=Report)
    register_own()
    file = BytesIO()
    canvas = Canvas(file, pagesize=PAGE, invariant=1, pageCompression=1, lang="en")
    said = period(report.since, report.until)
    canvas.setTitle(f"{_TITLE}, {said}")
    canvas.setAuthor("Ordermill")
    canvas.setSubject("Orders that were deleted, from the archive")
    pages = Pages(canvas, f"{_TITLE}, {said}", len(str(len(report.rows) // _ROWS_A_PAGE + 2)))
    _draw_cover(pages, report, said)
    if report.rows:
        _draw_rows(pages, report.rows)
    pages.close()
    canvas.save()
    return file.getvalue()


def _draw_cover(pages: Pages, report: Report, said: str) -> None:
    canvas = pages.canvas
    _draw_mark(canvas, MARGIN, HEIGHT - 62)
    label(canvas, MARGIN + 30, HEIGHT - 55, "Ordermill", 11, bold=True, color=ACCENT)
    label(canvas, MARGIN, HEIGHT - 104, _TITLE, 26, bold=True)
    label(canvas, MARGIN, HEIGHT - 124, said, 11, color=SOFT)
    pages.y = HEIGHT - 150
    if not report.rows:
        label(canvas, MARGIN, pages.y - 40, _NONE, 13)
        return
    _draw_cards(pages, _cards(report))
    pages.y -= 14
    draw_table(pages, _FIGURES, (_figures_row(each) for each in report.figures), FIGURES)
    if not pages.room(CHART_MIN + 50):
        pages.begin()
    pages.y -= 30
    unit = report.unit
    label(canvas, MARGIN, pages.y, f"Orders deleted per {unit}", 9.5, bold=True)
    if unit == "week":
        label_right(canvas, MARGIN + INNER, pages.y, "Each week by its Monday", 7.5, color=SOFT)
    height = min(CHART_MAX, pages.y - BOTTOM - 14)
    pages.y -= height + 6
    draw_chart(canvas, pages.y, height, unit, report.bars)


def _draw_mark(canvas: Any, x: float, y: float) -> None:
    """The sign of Ordermill's pages."""
    canvas.saveState()
    canvas.translate(x, y)
    canvas.scale(22 / 32, 22 / 32)
    canvas.setFillColor(ACCENT)
    canvas.roundRect(0, 0, 32, 32, 8, stroke=0, fill=1)
    canvas.setStrokeColor(WHITE)
    canvas.setLineWidth(2.6)
    canvas.setLineCap(1)
    canvas.circle(16, 16, 3.4, stroke=1, fill=0)
    for quarter in range(4):
        canvas.saveState()
        canvas.translate(16, 16)
        canvas.rotate(-90 * quarter)
        canvas.lines([(0, 3.6, 0, 10.2), (0, 10.2, 4.6, 10.2)])
        canvas.restoreState()
    canvas.restoreState()


def _cards(report: Report) -> list[tuple[str, str]]:
    count = f"{len(report.rows):,}"
    if len(report.figures) > 1:
        return [("Orders", count), ("Currencies", str(len(report.figures)))]
    (only,) = report.figures
    amounts = {"Total": only.total, "Refunded": only.refunded, "Average order": only.average}
    shown = [(name, f"{amount(each, only.currency)} {only.currency}") for name, each in amounts.items()]
    return [("Orders", count), *shown]


def _draw_cards(pages: Pages, cards: Sequence[tuple[str, str]]) -> None:
    canvas, gap, height = pages.canvas, 12.0, 62.0
    width = (INNER - 3 * gap) / 4
    pages.y -= height
    for number, (title, text) in enumerate(cards):
        x = MARGIN + number * (width + gap)
        canvas.setFillColor(WHITE)
        canvas.setStrokeColor(LINE)
        canvas.setLineWidth(0.8)
        canvas.roundRect(x, pages.y, width, height, 6, stroke=1, fill=1)
        label(canvas, x + 12, pages.y + height - 20, title, 8.5, color=SOFT)
        size = 17.0
        while canvas.stringWidth(text, BOLD, size) > width - 24:
            size -= 0.5
        label(canvas, x + 12, pages.y + 15, text, size, bold=True, color=INK)


def _figures_row(figures: Figures) -> tuple[str, ...]:
    currency = figures.currency
    amounts = (figures.total, figures.captured, figures.refunded, figures.average)
    return currency, f"{figures.orders:,}", *(amount(each, currency) for each in amounts)


def _draw_rows(pages: Pages, rows: Sequence[ReportRow]) -> None:
    pages.begin()
    label(pages.canvas, MARGIN, pages.y - 10, "Every order", 13, bold=True)
    pages.y -= 20
    draw_table(pages, _COLUMNS, _cells(rows), ROWS)


def _cells(rows: Sequence[ReportRow]) -> Iterator[tuple[str, ...]]:
    for row in rows:
        refunded = _UNKNOWN if row.refunded is None else amount(row.refunded, row.currency)
        yield (
            f"{moment(row.deleted_at):%Y-%m-%d %H:%M:%S}",
            row.order_id,
            row.customer or _UNKNOWN,
            row.items or _UNKNOWN,
            row.status.capitalize(),
            f"{amount(row.total, row.currency)} {row.currency}",
            refunded,
        )
