"""The pages of a report: each has the heading of what it goes on with, and its number of how many there are."""

from __future__ import annotations

from typing import Any, Final

from reportlab.pdfgen.canvas import Canvas

from ordermill.adapters.reports.style import BOTTOM, HEIGHT, LINE, MARGIN, SOFT, WIDTH, label, label_right

_NUMBER: Final = 26.0
_TOP: Final = HEIGHT - 40
_SIZE: Final = 7.0
_TOTAL: Final = "pages"
_DIGIT: Final = 4.0


class Pages:
    """Draws on one page after another; `y` is where the last one is drawn on, going down."""

    def __init__(self, canvas: Canvas, foot: str, digits: int) -> None:
        """`digits` is about how many the number of all pages has."""
        self.canvas: Any = canvas
        self._foot, self._width = foot, digits * _DIGIT
        self.number, self.y = 1, _TOP

    def room(self, height: float) -> bool:
        """Whether so much can still be drawn on this page."""
        return self.y - height >= BOTTOM

    def begin(self) -> None:
        """Go on on another page."""
        self.finish()
        self.number, self.y = self.number + 1, _TOP

    def finish(self) -> None:
        """The page is done."""
        canvas = self.canvas
        canvas.setStrokeColor(LINE)
        canvas.setLineWidth(0.5)
        canvas.line(MARGIN, _NUMBER + 12, WIDTH - MARGIN, _NUMBER + 12)
        label(canvas, MARGIN, _NUMBER, self._foot, _SIZE, color=SOFT)
        label_right(canvas, WIDTH - MARGIN - self._width, _NUMBER, f"Page {self.number} of ", _SIZE, color=SOFT)
        # How many there are shows at the end.
        canvas.doForm(_TOTAL)
        canvas.showPage()

    def close(self) -> None:
        """The last page is done, and so are all."""
        self.finish()
        canvas = self.canvas
        canvas.beginForm(_TOTAL, 0, 0, WIDTH, _TOP)
        label(canvas, WIDTH - MARGIN - self._width, _NUMBER, str(self.number), _SIZE, color=SOFT)
        canvas.endForm()
