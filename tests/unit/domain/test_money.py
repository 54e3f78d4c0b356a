"""Money: decimal text to minor units and back, exactly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordermill.domain import money

CURRENCIES = ("USD", "EUR", "JPY", "KRW", "KWD", "BHD", "GBP", "CLP", "XOF")


@pytest.mark.parametrize(
    ("currency", "digits"),
    [("USD", 2), ("EUR", 2), ("JPY", 0), ("ISK", 0), ("KWD", 3), ("TND", 3), ("HUF", 2), ("XCG", 2), ("XPF", 0)],
)
def test_currencies_have_their_digits(currency: str, digits: int) -> None:
    assert money.digits(currency) == digits


@pytest.mark.parametrize(
    "currency", ["usd", "XXX", "XTS", "XAU", "XDR", "US$", "US", "", "DEM", "HRK", "CLF", "CHE", "UYI", "USD "]
)
def test_what_is_no_national_currency_in_use_has_none(currency: str) -> None:
    assert money.digits(currency) is None


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("9.99", "USD", 999),
        ("0.30", "USD", 30),
        ("0.3", "USD", 30),
        ("5", "USD", 500),
        ("0.01", "USD", 1),
        ("500", "JPY", 500),
        ("1.000", "KWD", 1000),
        ("0.001", "KWD", 1),
        ("90071992547409.93", "USD", 9007199254740993),
        ("12345678901234567890.12", "USD", 1234567890123456789012),
    ],
)
def test_decimal_text_is_read_exactly(text: str, currency: str, minor: int) -> None:
    assert money.parse(text, currency) == minor


@pytest.mark.parametrize(
    "text",
    [
        "", " ", ".", ".5", "5.", "-1", "+1", "-0.00", "0", "0.00", "00.5", "01",
        "1e2", "1E2", "9.999", "9.990", "1,000",
        "1_000", "0x10", " 1", "1 ", "1\n", "\u0661\u0662", "\uff11", "NaN", "Infinity",
        "1.2.3", "$1", "9" * 39, "9" * 10_000,
    ],
)  # fmt: skip
def test_everything_else_is_refused_with_what_is_expected(text: str) -> None:
    with pytest.raises(money.InvalidAmount, match=r"such as 9\.99, with at most 2 digits after the point"):
        money.parse(text, "USD")


@pytest.mark.parametrize("text", ["9.9", "500.0", "0"])
def test_a_currency_without_digits_takes_whole_numbers(text: str) -> None:
    with pytest.raises(money.InvalidAmount, match="a whole number above 0, such as 500"):
        money.parse(text, "JPY")


def test_an_unknown_currency_has_no_amounts() -> None:
    with pytest.raises(money.InvalidAmount, match="ISO 4217"):
        money.parse("1", "XXX")


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (30, "USD", "0.30"),
        (0, "USD", "0.00"),
        (1, "USD", "0.01"),
        (1998, "USD", "19.98"),
        (500, "JPY", "500"),
        (0, "JPY", "0"),
        (1000, "KWD", "1.000"),
        (7, "KWD", "0.007"),
    ],
)
def test_amounts_are_written_with_all_digits(minor: int, currency: str, text: str) -> None:
    assert money.format(minor, currency) == text


@given(minor=st.integers(1, money.MAX_TOTAL), currency=st.sampled_from(CURRENCIES))
def test_what_is_written_reads_as_the_same(minor: int, currency: str) -> None:
    assert money.parse(money.format(minor, currency), currency) == minor


@given(text=st.text(max_size=12) | st.text("0123456789.,-+eE ", max_size=12), currency=st.sampled_from(CURRENCIES))
def test_any_text_is_an_amount_or_refused(text: str, currency: str) -> None:
    try:
        minor = money.parse(text, currency)
    except money.InvalidAmount:
        return
    assert minor > 0
    assert money.format(minor, currency).startswith(text.split(".")[0])
