"""The report on deleted orders: which period is asked for, and the figures of the orders that fall into it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final, Literal

import msgspec

from ordermill.domain.archive import ArchivedOrder
from ordermill.domain.commands import GenerateReport
from ordermill.domain.errors import FieldError, InvalidOrder
from ordermill.domain.fields import Errors, unknown_member
from ordermill.domain.money import digits, format, minor
from ordermill.domain.times import epoch_ms

ORDERS_MAX: Final = 5000
"""How many orders one report has at most: it is made while its caller waits."""
EXPIRES_DEFAULT_S: Final = 3600
EXPIRES_MIN_S: Final = 60
EXPIRES_MAX_S: Final = 604_800

Unit = Literal["day", "week", "month", "year"]

_MEMBERS: Final = frozenset({"from", "to", "expiresIn"})
_MOMENT: Final = "a date such as 2026-11-01, midnight in UTC, or a time of RFC 3339"
_EXPIRES: Final = f"a whole number of seconds from {EXPIRES_MIN_S} to {EXPIRES_MAX_S}"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_MS: Final = 86_400_000
_DAYS_MAX: Final = 31
_WEEKS_MAX: Final = 27
_MONTHS_MAX: Final = 36
_BARS_MAX: Final = 40


class InvalidReport(InvalidOrder):
    slug = "invalid-report"
    title = "The report cannot be made"


class ReportRow(msgspec.Struct, frozen=True, gc=False):
    """One order: when it was deleted (epoch ms), whose it was, what it was, its amounts in minor units.

    `captured` and `refunded` are None where the archive has no more than the order's row.
    """

    deleted_at: int
    order_id: str
    customer: str | None
    items: str | None
    status: str
    currency: str
    total: int
    captured: int | None
    refunded: int | None


class Figures(msgspec.Struct, frozen=True, gc=False):
    """The orders of one currency: how many, and in minor units what they came to, what was paid and given back.

    `average` is the total by order, rounded half up.
    """

    currency: str
    orders: int
    total: int
    captured: int
    refunded: int
    average: int


class Bar(msgspec.Struct, frozen=True, gc=False):
    """How many orders were deleted in a day, week, month or year, which begins at `at`, epoch ms."""

    at: int
    orders: int


class Report(msgspec.Struct, frozen=True):
    """What a report shows of `since` ≤ time of deletion < `until`, epoch ms; rows by time of deletion."""

    since: int
    until: int
    figures: tuple[Figures, ...]
    unit: Unit
    bars: tuple[Bar, ...]
    rows: tuple[ReportRow, ...]

    @property
    def total(self) -> str | None:
        """What all came to, as decimal text; None in several currencies, which have no sum."""
        if not self.figures:
            return "0.00"
        (first, *others) = self.figures
        return None if others else format(first.total, first.currency)


def read_report(body: object) -> GenerateReport:
    """What a body parsed by `parse_json` asks for. Raises InvalidReport with one error for every wrong member."""
    if not isinstance(body, dict):
        raise InvalidReport([FieldError("", "wrong-type", "a JSON object")])
    errors: Errors = [unknown_member("", name) for name in body if name not in _MEMBERS]
    since, until = (_read_moment(body.get(name), f"/{name}", errors) for name in ("from", "to"))
    if since is not None and until is not None and since >= until:
        errors.append(FieldError("/to", "out-of-range", "a moment after from"))
    expires_s = _read_expiry(body.get("expiresIn"), errors)
    if errors or since is None or until is None:
        raise InvalidReport(errors)
    return GenerateReport(since, until, expires_s)


def _read_moment(value: object, pointer: str, errors: Errors) -> int | None:
    if value is None:
        errors.append(FieldError(pointer, "required", _MOMENT))
    elif type(value) is not str:
        errors.append(FieldError(pointer, "wrong-type", _MOMENT))
    else:
        try:
            return epoch_ms(value)
        except (ValueError, OverflowError):
            errors.append(FieldError(pointer, "invalid-time", _MOMENT))
    return None


def _read_expiry(value: object, errors: Errors) -> int:
    if value is None:
        return EXPIRES_DEFAULT_S
    if type(value) is not int:
        errors.append(FieldError("/expiresIn", "wrong-type", _EXPIRES))
    elif not EXPIRES_MIN_S <= value <= EXPIRES_MAX_S:
        errors.append(FieldError("/expiresIn", "out-of-range", _EXPIRES))
    else:
        return value
    return EXPIRES_DEFAULT_S


class _Line(msgspec.Struct, frozen=True):
    product: str | None
    sku: str | None
    quantity: int


class _Payment(msgspec.Struct, frozen=True):
    captured: str
    refunded: str


class _Document(msgspec.Struct, frozen=True, rename="camel"):
    """Of the archived object what a report shows; the row has the rest."""

    customer_name: str | None
    customer_id: str | None
    email: str | None
    items: tuple[_Line, ...]
    payment: _Payment


_decode = msgspec.json.Decoder(_Document).decode


def row_of(archived: ArchivedOrder, document: bytes | None) -> ReportRow:
    """One order of the report, from its row in the archive and its object, where there is one.

    Raises msgspec.ValidationError where the object is none of an order.
    """
    customer = items = captured = refunded = None
    if document is not None:
        order, places = _decode(document), digits(archived.currency) or 0
        captured, refunded = (_amount(text, places) for text in (order.payment.captured, order.payment.refunded))
        customer, items = order.customer_name or order.email or order.customer_id, _items(order.items)
    return ReportRow(
        archived.deleted_at,
        archived.order_id,
        customer,
        items,
        str(archived.status),
        archived.currency,
        archived.total,
        captured,
        refunded,
    )


def _amount(text: str, places: int) -> int:
    return minor(text, places) if text.strip("0.") else 0


def _items(lines: Sequence[_Line]) -> str | None:
    """The first line, and how many more there are."""
    if not lines:
        return None
    first = lines[0]
    text = f"{first.quantity} × {first.product or first.sku or ''}"
    return f"{text} + {len(lines) - 1}" if len(lines) > 1 else text


def report_of(since: int, until: int, rows: Sequence[ReportRow]) -> Report:
    """The report on these rows, all of which lie in the period."""
    ordered = tuple(sorted(rows, key=lambda row: (row.deleted_at, row.order_id)))
    unit, bars = _bars(since, until, ordered)
    return Report(since, until, _figures(ordered), unit, bars, ordered)


def _figures(rows: Sequence[ReportRow]) -> tuple[Figures, ...]:
    by_currency: dict[str, list[ReportRow]] = {}
    for row in rows:
        by_currency.setdefault(row.currency, []).append(row)
    return tuple(_of_currency(currency, group) for currency, group in sorted(by_currency.items()))


def _of_currency(currency: str, rows: Sequence[ReportRow]) -> Figures:
    count, total = len(rows), sum(row.total for row in rows)
    captured, refunded = sum(row.captured or 0 for row in rows), sum(row.refunded or 0 for row in rows)
    return Figures(currency, count, total, captured, refunded, (2 * total + count) // (2 * count))


def _bars(since: int, until: int, rows: Sequence[ReportRow]) -> tuple[Unit, tuple[Bar, ...]]:
    """Every day of the period, or week, month or year: few enough to be told apart."""
    if not rows:
        return "day", ()
    first, last = _date(since), _date(until - 1)
    days = (last - first).days + 1
    unit: Unit = "day" if days <= _DAYS_MAX else "week" if days <= 7 * _WEEKS_MAX else "month"
    if unit == "month" and _months(first, last) > _MONTHS_MAX:
        # Where nobody deleted anything, there is nothing to see.
        unit, first, last = "year", _date(rows[0].deleted_at), _date(rows[-1].deleted_at)
    starts = list(_starts(first, last, unit))
    step = -(-len(starts) // _BARS_MAX)
    starts = starts[::step]
    counts = dict.fromkeys(starts, 0)
    beginning = _BEGINNINGS[unit]
    position = 0
    for row in rows:
        its = beginning(_date(row.deleted_at))
        while position + 1 < len(starts) and starts[position + 1] <= its:
            position += 1
        counts[starts[position]] += 1
    return unit, tuple(Bar((start - _EPOCH.date()).days * _DAY_MS, count) for start, count in counts.items())


def _date(at: int) -> date:
    return (_EPOCH + timedelta(milliseconds=at)).date()


def _months(first: date, last: date) -> int:
    return 12 * (last.year - first.year) + last.month - first.month + 1


def _monday(day: date) -> date:
    # Of the first days that calendars know there is none.
    return day - timedelta(days=min(day.weekday(), day.toordinal() - 1))


_BEGINNINGS: Final[Mapping[Unit, Callable[[date], date]]] = {
    "day": lambda day: day,
    "week": _monday,
    "month": lambda day: day.replace(day=1),
    "year": lambda day: day.replace(month=1, day=1),
}


def _starts(first: date, last: date, unit: Unit) -> Iterator[date]:
    """The beginnings of all units that any of the days from `first` to `last` falls into."""
    beginning, at = _BEGINNINGS[unit], _BEGINNINGS[unit](first)
    while at <= last:
        yield at
        try:
            at = beginning(at + timedelta(days={"day": 1, "week": 7, "month": 31, "year": 366}[unit]))
        except OverflowError:
            return
