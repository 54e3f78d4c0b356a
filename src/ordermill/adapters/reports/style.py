"""How reports look: measures in points, colours, and how amounts and times are written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4, landscape

from ordermill.adapters.reports.fonts import BOLD, PLAIN
from ordermill.domain.money import digits

PAGE: Final[tuple[float, float]] = landscape(A4)
WIDTH, HEIGHT = PAGE
MARGIN: Final = 42.0
INNER: Final = WIDTH - 2 * MARGIN
BOTTOM: Final = 46.0
"""Nothing but the page's number is below."""

INK: Final = HexColor(0x1D1F1C)
SOFT: Final = HexColor(0x5C625C)
LINE: Final = HexColor(0xDDDCD4)
ACCENT: Final = HexColor(0x0B6E4F)
WASH: Final = HexColor(0xF1F6F3)
WHITE: Final = HexColor(0xFFFFFF)

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY: Final = timedelta(days=1)


def amount(minor_units: int, currency: str) -> str:
    """With all digits of the currency, and a comma before each three of those in front of the point."""
    places = digits(currency) or 0
    whole, fraction = divmod(minor_units, 10**places)
    return f"{whole:,}.{fraction:0{places}d}" if places else f"{whole:,}"


def moment(at: int) -> datetime:
    """Epoch milliseconds as a time in UTC, of any year there is."""
    return _EPOCH + timedelta(milliseconds=at)


def day(at: datetime) -> str:
    """Such as 1 November 2026."""
    return f"{at.day} {at:%B} {at.year}"


def period(since: int, until: int) -> str:
    """From the first day to the last; with the times where it does not begin and end with a day."""
    first, end = moment(since), moment(until)
    if (since % 86_400_000, until % 86_400_000) == (0, 0):
        last = end - _DAY
        return day(first) if last == first else f"{day(first)} to {day(last)}"
    return f"{day(first)}, {first:%H:%M:%S}, to {day(end)}, {end:%H:%M:%S} (UTC)"


def label(canvas: Any, x: float, y: float, text: str, size: float, *, bold: bool = False, color: Any = INK) -> None:
    """Our own words, from `x` on."""
    canvas.setFillColor(color)
    canvas.setFont(BOLD if bold else PLAIN, size)
    canvas.drawString(x, y, text)


def label_right(
    canvas: Any, x: float, y: float, text: str, size: float, *, bold: bool = False, color: Any = INK
) -> None:
    """The same, up to `x`."""
    canvas.setFillColor(color)
    canvas.setFont(BOLD if bold else PLAIN, size)
    canvas.drawRightString(x, y, text)
