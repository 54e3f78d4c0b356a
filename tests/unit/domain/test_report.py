"""Reports: what may be asked for, and figures that are exact."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordermill.domain.archive import ArchivedOrder
from ordermill.domain.order import Status
from ordermill.domain.report import InvalidReport, ReportRow, read_report, report_of, row_of

NOVEMBER = {"from": "2026-11-01", "to": "2026-12-01"}
DAY_MS = 86_400_000


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


SINCE, UNTIL = ms("2026-11-01"), ms("2026-12-01")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (NOVEMBER, (SINCE, UNTIL, 3600)),
        ({**NOVEMBER, "expiresIn": None}, (SINCE, UNTIL, 3600)),
        ({**NOVEMBER, "expiresIn": 60}, (SINCE, UNTIL, 60)),
        ({**NOVEMBER, "expiresIn": 604_800}, (SINCE, UNTIL, 604_800)),
        ({"from": "2026-11-01T02:00:00+02:00", "to": "2026-11-01T00:00:00.001Z"}, (SINCE, SINCE + 1, 3600)),
        ({"from": "0001-01-01", "to": "9999-12-31"}, (-62_135_596_800_000, 253_402_214_400_000, 3600)),
    ],
)
def test_a_period_and_how_long_its_link_works(body: object, expected: tuple[int, int, int]) -> None:
    asked = read_report(body)
    assert (asked.since, asked.until, asked.expires_s) == expected


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ([], {("", "wrong-type")}),
        ({}, {("/from", "required"), ("/to", "required")}),
        ({"from": None, "to": 1}, {("/from", "required"), ("/to", "wrong-type")}),
        ({"from": "2026-02-30", "to": "24:00"}, {("/from", "invalid-time"), ("/to", "invalid-time")}),
        ({"from": "2026-11-01T10:00:00", "to": "10000-01-01"}, {("/from", "invalid-time"), ("/to", "invalid-time")}),
        ({"from": "0000-01-01", "to": "١٢"}, {("/from", "invalid-time"), ("/to", "invalid-time")}),
        ({"from": "2026-12-01", "to": "2026-11-01"}, {("/to", "out-of-range")}),
        ({"from": "2026-12-01", "to": "2026-12-01T00:00:00Z"}, {("/to", "out-of-range")}),
        ({**NOVEMBER, "expiresIn": 59}, {("/expiresIn", "out-of-range")}),
        ({**NOVEMBER, "expiresIn": 604_801}, {("/expiresIn", "out-of-range")}),
        ({**NOVEMBER, "expiresIn": True}, {("/expiresIn", "wrong-type")}),
        ({**NOVEMBER, "expiresIn": "60"}, {("/expiresIn", "wrong-type")}),
        ({**NOVEMBER, "expiresIn": 60.0}, {("/expiresIn", "wrong-type")}),
        (
            {"since": 1, "expiresIn": []},
            {("/since", "unknown-field"), ("/from", "required"), ("/to", "required"), ("/expiresIn", "wrong-type")},
        ),
    ],
)
def test_every_wrong_member_is_named(body: object, errors: set[tuple[str, str]]) -> None:
    with pytest.raises(InvalidReport) as raised:
        read_report(body)
    assert {(error.pointer, error.code) for error in raised.value.errors} == errors


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda each: st.lists(each)))
def test_whatever_is_sent_is_read_or_refused(value: Any) -> None:
    for name in ("from", "to", "expiresIn"):
        wrong: set[str] = set()
        try:
            asked = read_report({**NOVEMBER, name: value})
            assert asked.since < asked.until
        except InvalidReport as error:
            wrong = {each.pointer for each in error.errors}
        assert wrong <= {f"/{name}", "/to"}


def row(at: int = SINCE, currency: str = "USD", total: int = 999, captured: int = 999, refunded: int = 0) -> ReportRow:
    return ReportRow(at, "ord_1", "Ada", "1 × Mug", "PROCESSED", currency, total, captured, refunded)


@given(st.lists(st.tuples(st.sampled_from(["USD", "JPY", "KWD"]), st.integers(0, 10**15), st.integers(0, 10**15))))
def test_figures_are_the_exact_sums(amounts: list[tuple[str, int, int]]) -> None:
    rows = [row(SINCE + at, currency, total, total, refunded) for at, (currency, total, refunded) in enumerate(amounts)]
    report = report_of(SINCE, UNTIL, rows)
    assert [each.currency for each in report.figures] == sorted({currency for currency, _, _ in amounts})
    for figures in report.figures:
        own = [(total, refunded) for currency, total, refunded in amounts if currency == figures.currency]
        assert figures.orders == len(own)
        assert (figures.total, figures.refunded) == (sum(each[0] for each in own), sum(each[1] for each in own))
        assert abs(figures.average * len(own) - figures.total) * 2 <= len(own)
    assert sum(bar.orders for bar in report.bars) == len(rows)


def test_a_total_is_of_one_currency() -> None:
    assert report_of(SINCE, UNTIL, []).total == "0.00"
    assert report_of(SINCE, UNTIL, [row(), row()]).total == "19.98"
    assert report_of(SINCE, UNTIL, [row(currency="JPY")]).total == "999"
    assert report_of(SINCE, UNTIL, [row(), row(currency="JPY")]).total is None


def test_rows_are_by_time_of_deletion() -> None:
    rows = [row(SINCE + at) for at in (5, 1, 3)]
    assert [each.deleted_at - SINCE for each in report_of(SINCE, UNTIL, rows).rows] == [1, 3, 5]


@pytest.mark.parametrize(
    ("since", "until", "unit", "count", "first"),
    [
        ("2026-11-01", "2026-11-02", "day", 1, "2026-11-01"),
        ("2026-11-01", "2026-12-01", "day", 30, "2026-11-01"),
        ("2026-10-30 23:59", "2026-12-01", "week", 6, "2026-10-26"),
        ("2026-01-01", "2026-07-01", "week", 27, "2025-12-29"),
        ("2026-01-01", "2027-01-01", "month", 12, "2026-01-01"),
        ("2024-01-15", "2026-12-31", "month", 36, "2024-01-01"),
    ],
)
def test_the_chart_fits_the_period(since: str, until: str, unit: str, count: int, first: str) -> None:
    begin, end = ms(since), ms(until)
    report = report_of(begin, end, [row(begin), row(end - 1), row(end - 1)])
    assert (report.unit, len(report.bars), report.bars[0].at) == (unit, count, ms(first))
    assert (report.bars[0].orders, report.bars[-1].orders) in {(1, 2), (3, 3)}
    assert sum(bar.orders for bar in report.bars) == 3


@pytest.mark.parametrize("years", [(2026, 2026), (2020, 2029), (1, 9999), (1970, 2500)])
def test_a_period_of_all_times_has_few_bars(years: tuple[int, int]) -> None:
    begin, end = ms("0001-01-01"), ms("9999-12-31")
    rows = [row(ms(f"{year:04}-06-01")) for year in years]
    report = report_of(begin, end, rows)
    assert report.unit == "year"
    assert 1 <= len(report.bars) <= 40
    assert sum(bar.orders for bar in report.bars) == 2


ARCHIVED = ArchivedOrder("ord_1", SINCE, "staff", Status.CANCELLED, "USD", 1998, None, None)


def document(**members: object) -> bytes:
    order = {
        "customerName": "Ada",
        "customerId": "c1",
        "email": "ada@example.org",
        "items": [{"product": "Mug", "sku": None, "quantity": 2}],
        "payment": {"captured": "19.98", "refunded": "0.00"},
        **members,
    }
    return json.dumps({**order, "deletedAt": "…", "deletedBy": "staff", "deletionReason": None}).encode()


def test_a_row_has_what_the_archive_has() -> None:
    assert row_of(ARCHIVED, document()) == ReportRow(
        SINCE, "ord_1", "Ada", "2 × Mug", "CANCELLED", "USD", 1998, 1998, 0
    )
    assert row_of(ARCHIVED, None) == ReportRow(SINCE, "ord_1", None, None, "CANCELLED", "USD", 1998, None, None)


@pytest.mark.parametrize(
    ("members", "customer", "items"),
    [
        ({"customerName": None}, "ada@example.org", "2 × Mug"),
        ({"customerName": None, "email": None}, "c1", "2 × Mug"),
        ({"customerName": None, "email": None, "customerId": None}, None, "2 × Mug"),
        ({"items": [{"product": None, "sku": "MUG", "quantity": 1}] * 3}, "Ada", "1 × MUG + 2"),
        ({"items": []}, "Ada", None),
    ],
)
def test_whose_it_was_and_what(members: dict[str, object], customer: str | None, items: str | None) -> None:
    found = row_of(ARCHIVED, document(**members))
    assert (found.customer, found.items) == (customer, items)
