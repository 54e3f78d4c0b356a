"""Reports as PDFs: what they say is what was asked, whatever customers wrote."""

from __future__ import annotations

import re
from collections import Counter
from io import BytesIO
from typing import Any

import msgspec
import pytest
from pypdf import PdfReader

from ordermill.adapters.reports.fonts import PLAIN, drawn
from ordermill.adapters.reports.pdf import draw
from ordermill.adapters.reports.renderer import PdfRenderer
from ordermill.adapters.reports.style import amount, period
from ordermill.adapters.reports.text import LONGEST, fitted, runs_of, width_of
from ordermill.domain.errors import Overloaded
from ordermill.domain.report import Report, ReportRow, report_of
from tests.unit.domain.test_report import SINCE, UNTIL, ms

CANARIES = [
    "<b>x",
    "a<b",
    '<img src="/etc/hostname"/>',
    "&#0;",
    "&amp;",
    "<script>alert(1)</script>",
    "{{7*7}}",
    "${jndi:ldap://x}",
    "%s%n",
    "=SUM(A1)",
    ") Tj ET Q endstream (",
    "\\",
    "((((",
    "a=0D=0ABcc=3A_x=40y.z",
]
"""Texts that do harm where they are taken for more than text."""


def rows_of(count: int, customer: str | None = "Ada", *, currencies: tuple[str, ...] = ("USD",)) -> list[ReportRow]:
    return [
        ReportRow(
            SINCE + number * 500_000,
            f"ord_dddddddd-dddd-7ddd-8ddd-{number:012x}",
            customer,
            "2 × Widget",
            "CANCELLED",
            currencies[number % len(currencies)],
            1_000_00 + number * 37,
            1_000_00,
            number * 11,
        )
        for number in range(count)
    ]


def drawn_pdf(rows: list[ReportRow], since: int = SINCE, until: int = UNTIL) -> bytes:
    return draw(msgspec.json.encode(report_of(since, until, rows)))


def pages_of(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(BytesIO(pdf)).pages]


def said(customer: str) -> str:
    """What the report of one order by that customer says."""
    return "\n".join(pages_of(drawn_pdf(rows_of(1, customer))))


@pytest.mark.parametrize("count", [1, 27, 28, 120, 1000])
def test_what_stands_there_adds_up_to_the_total(count: int) -> None:
    rows = rows_of(count)
    cover, *others = pages_of(drawn_pdf(rows))
    text = "\n".join(others)
    cents = [int(found.replace(",", "").replace(".", "")) for found in re.findall(r"([\d,]+\.\d\d) USD", text)]
    assert cents == [row.total for row in rows]
    assert amount(sum(cents), "USD") in cover
    assert amount(sum(row.refunded or 0 for row in rows), "USD") in cover
    assert f"{count:,}" in cover
    assert Counter(re.findall(r"ord_[0-9a-f-]{36}", text)) == Counter(row.order_id for row in rows)


def test_each_page_has_its_heading_and_its_number() -> None:
    pages = pages_of(drawn_pdf(rows_of(100)))
    assert len(pages) == 5
    for number, text in enumerate(pages, 1):
        assert re.search(rf"Page {number} of\s+5", text)
        assert "1 November 2026 to 30 November 2026" in text
        if number > 1:
            assert "Customer" in text


def test_several_currencies_are_never_added() -> None:
    currencies = ("USD", "JPY", "KWD", "EUR")
    rows = rows_of(40, currencies=currencies)
    cover = pages_of(drawn_pdf(rows))[0]
    for currency in currencies:
        total = sum(row.total for row in rows if row.currency == currency)
        assert re.search(rf"{currency}\s+10\s+{re.escape(amount(total, currency))}", cover)


def test_every_currency_there_is_has_its_line() -> None:
    from ordermill.domain.money import _DIGITS

    rows = [
        msgspec.structs.replace(row, currency=currency) for currency, row in zip(_DIGITS, rows_of(200), strict=False)
    ]
    text = "\n".join(pages_of(drawn_pdf(rows)))
    assert "Orders deleted per day" in text
    assert all(re.search(rf"^{currency}\s+1\s", text, re.MULTILINE) for currency in _DIGITS)


def test_a_period_without_orders_says_so() -> None:
    (text,) = pages_of(drawn_pdf([]))
    assert "No orders were deleted in this period." in text
    assert re.search(r"Page 1 of\s+1", text)


@pytest.mark.parametrize("canary", CANARIES)
def test_text_is_text(canary: str) -> None:
    assert canary in said(canary)


@pytest.mark.parametrize(
    "name",
    [
        "Zoë Ångström",
        "Дмитрий",
        "Ωμέγα",
        "Nguyễn",
        "王小明",
        "繁體中文",
        "山田 太郎",
        "カタカナ",
        "김철수",
        "გიორგი",
        "สมชาย",
    ],
)
def test_every_script_has_its_letters(name: str) -> None:
    assert name.replace(" ", "") in said(name).replace(" ", "")


@pytest.mark.parametrize(("name", "shown"), [("שלום", "םולש"), ("שלום 12", "12 םולש"), ("(אב)", "(בא)")])
def test_hebrew_is_drawn_from_the_right(name: str, shown: str) -> None:
    assert "".join(text for _, text in runs_of(name)) == shown


def test_arabic_letters_are_joined_and_drawn_from_the_right() -> None:
    shown = "".join(text for _, text in runs_of("محمد"))
    assert [hex(ord(char)) for char in shown] == ["0xfeaa", "0xfee4", "0xfea4", "0xfee3"]
    # Of some forms the font has only the letter itself.
    assert {font for font, text in runs_of("شركة للتجارة گچپژ ؟") if text.strip()} == {"FiraGO"}
    assert "□" not in "".join(text for _, text in runs_of("شركة للتجارة گچپژ ؟"))


@pytest.mark.parametrize("name", ["😀", "👩‍👩‍👧", "தமிழ்", "አማርኛ", "\U0001f1e9\U0001f1ea", "\ue000", "\ufffe"])
def test_what_no_font_has_is_a_visible_box(name: str) -> None:
    shown = "".join(text for _, text in runs_of(name))
    assert shown
    assert set(shown) <= {"□", "\ufffd"}
    drawn_pdf(rows_of(1, name))


def test_controls_and_marks_break_nothing() -> None:
    assert "".join(text for _, text in runs_of("a\nb\tc\0d\x1be\u2028f")) == "a b c d e f"
    assert "".join(text for _, text in runs_of("a\u200d\u202eb\ufe0f\u00adc\U000e0041\u2066d\ufeff")) == "abcd"
    assert "".join(text for _, text in runs_of("a\ud800b")) == "a\ufffdb"
    assert "".join(text for _, text in runs_of("𝐌ath ﬁ 12")) in {"Math ﬁ 12", "Math fi 12"}


@pytest.mark.parametrize("text", ["x" * 100_000, "漢" * 5000, "ش" * 5000, "( " * 5000, "\u0301" * 5000, "<" * 5000])
def test_a_long_text_is_cut_where_its_column_ends(text: str) -> None:
    fit = fitted(text, 130, 7.5)
    assert fit.width <= 130
    assert fit.width == pytest.approx(width_of(fit.runs, 7.5))
    assert len("".join(run for _, run in fit.runs)) <= LONGEST + 1
    assert "…" in "".join(run for _, run in fit.runs)


def test_short_text_is_left_alone() -> None:
    assert fitted("Ada", 130, 7.5).runs == ((PLAIN, "Ada"),)
    assert fitted("", 130, 7.5).runs in ((), ((PLAIN, ""),))
    assert drawn("A") == (PLAIN, "A")


def test_the_same_report_is_the_same_bytes() -> None:
    rows = rows_of(60, "王小明 שלום")
    assert drawn_pdf(rows) == drawn_pdf(rows)
    assert drawn_pdf(rows) != drawn_pdf(rows[:-1])


def test_all_fonts_are_within_the_file() -> None:
    reader = PdfReader(BytesIO(drawn_pdf(rows_of(3, "王 שלום Ada"))))
    pages: list[Any] = list(reader.pages)
    fonts = [font.get_object() for page in pages for font in page["/Resources"]["/Font"].values()]
    used = [font for font in fonts if font["/Subtype"] == "/TrueType"]
    assert used
    assert all("/FontFile2" in font["/FontDescriptor"] for font in used)


@pytest.mark.parametrize(
    ("since", "until", "shown"),
    [
        ("2026-11-01", "2026-12-01", "1 November 2026 to 30 November 2026"),
        ("2026-11-01", "2026-11-02", "1 November 2026"),
        ("2026-11-01 10:30", "2026-11-02", "1 November 2026, 10:30:00, to 2 November 2026, 00:00:00 (UTC)"),
        ("0001-01-01", "9999-12-31", "1 January 1 to 30 December 9999"),
    ],
)
def test_a_period_is_told_by_its_days(since: str, until: str, shown: str) -> None:
    assert period(ms(since), ms(until)) == shown


@pytest.mark.parametrize(
    ("minor_units", "currency", "shown"),
    [
        (0, "USD", "0.00"),
        (5, "USD", "0.05"),
        (123_456_789, "USD", "1,234,567.89"),
        (1234, "JPY", "1,234"),
        (1, "KWD", "0.001"),
    ],
)
def test_amounts_have_all_their_digits(minor_units: int, currency: str, shown: str) -> None:
    assert amount(minor_units, currency) == shown


class TestRenderer:
    """The confined process that draws it."""

    def report(self, count: int = 3, customer: str = "王小明 <b>") -> Report:
        return report_of(SINCE, UNTIL, rows_of(count, customer))

    def test_it_gives_what_is_drawn(self) -> None:
        report = self.report()
        assert PdfRenderer().render(report) == draw(msgspec.json.encode(report))

    def test_too_long_is_told_as_what_it_is(self) -> None:
        with pytest.raises(Overloaded, match="took too long"):
            PdfRenderer(timeout_s=0.01).render(self.report())
