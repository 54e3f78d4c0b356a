"""The chart: how many orders were deleted when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from reportlab.graphics import renderPDF
from reportlab.graphics.charts.barcharts import VerticalBarChart
from reportlab.graphics.shapes import Drawing

from ordermill.adapters.reports.fonts import PLAIN
from ordermill.adapters.reports.style import ACCENT, INNER, LINE, MARGIN, SOFT, moment
from ordermill.domain.report import Bar, Unit

CHART_MIN: Final = 140.0
CHART_MAX: Final = 210.0
_LEFT: Final = 30.0
_BELOW: Final = 22.0
_LABELS_MAX: Final = 16
_LINES: Final = 4


def draw_chart(canvas: Any, y: float, height: float, unit: Unit, bars: Sequence[Bar]) -> None:
    """So high, its lower edge at `y`."""
    drawing, chart = Drawing(INNER, height), VerticalBarChart()
    chart.x, chart.y, chart.width, chart.height = _LEFT, _BELOW, INNER - _LEFT, height - _BELOW - 10
    chart.data = [tuple(bar.orders for bar in bars)]
    chart.bars[0].fillColor, chart.bars[0].strokeColor = ACCENT, None
    chart.barWidth, chart.groupSpacing = 6, 2.4
    _label(chart.categoryAxis, unit, bars)
    step = _step(max((bar.orders for bar in bars), default=1))
    axis = chart.valueAxis
    axis.valueMin, axis.valueMax, axis.valueStep = 0, step * _LINES, step
    axis.labelTextFormat = "%d"
    axis.visibleGrid, axis.gridStrokeColor, axis.gridStrokeWidth = True, LINE, 0.5
    axis.visibleAxis, axis.visibleTicks = False, False
    for labels in (axis.labels, chart.categoryAxis.labels):
        labels.fontName, labels.fontSize, labels.fillColor = PLAIN, 7, SOFT
    drawing.add(chart)
    renderPDF.draw(drawing, canvas, MARGIN, y)


def _label(axis: Any, unit: Unit, bars: Sequence[Bar]) -> None:
    """As many names of bars as have room beside each other."""
    every = -(-len(bars) // _LABELS_MAX)
    axis.categoryNames = [_name(bar.at, unit) if number % every == 0 else "" for number, bar in enumerate(bars)]
    axis.visibleTicks, axis.strokeColor, axis.strokeWidth = False, SOFT, 0.8
    axis.labels.dy = -3


def _name(at: int, unit: Unit) -> str:
    begins = moment(at)
    if unit == "year":
        return str(begins.year)
    return f"{begins:%b} {begins.year}" if unit == "month" else f"{begins.day} {begins:%b}"


def _step(most: int) -> int:
    """What lies between two lines: a round number, so that `_LINES` of them reach the top."""
    least = -(-max(most, 1) // _LINES)
    scale = 1
    while True:
        for round_ in (1, 2, 5):
            if round_ * scale >= least:
                return round_ * scale
        scale *= 10
