"""Money: decimal text outside, integer minor units inside, never a float.

Minor units are the currency's smallest ones: 999 is "9.99" in USD, 999 is "999" in JPY, 999 is "0.999" in KWD.
"""

from __future__ import annotations

import re

MAX_TOTAL = 10**15
"""The most that one line or one order may cost, in minor units."""

MOST_DIGITS = 3
"""The most fraction digits that any currency has."""

_NO_DIGITS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_TWO_DIGITS = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP
    CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES
    KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK
    NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB
    TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
"""
_THREE_DIGITS = "BHD IQD JOD KWD LYD OMR TND"

_DIGITS: dict[str, int] = {
    code: count
    for count, codes in ((0, _NO_DIGITS), (2, _TWO_DIGITS), (MOST_DIGITS, _THREE_DIGITS))
    for code in codes.split()
}

# The bound keeps a hostile text of thousands of digits away from int().
_AMOUNT = re.compile(r"(0|[1-9][0-9]{0,29})(?:\.([0-9]+))?")


class InvalidAmount(ValueError):
    """The text is no amount in its currency; the message says what is expected."""


def digits(currency: str) -> int | None:
    """How many fraction digits the ISO 4217 currency has, 0 to 3; None if it is none in use."""
    return _DIGITS.get(currency)


def expected(fraction_digits: int) -> str:
    """What an amount with that many fraction digits looks like, as a sentence for people."""
    if fraction_digits == 0:
        return "a whole number above 0, such as 500, without an exponent"
    example = "9." + "9" * fraction_digits
    return f"a decimal number above 0, such as {example}, with at most {fraction_digits} digits after the point"


def minor(text: str, fraction_digits: int) -> int:
    """The minor units that decimal `text` stands for, above 0.

    Raises InvalidAmount for a sign, an exponent, white space, a leading zero, a digit outside ASCII, more fraction
    digits than `fraction_digits`, more than 30 digits before the point, and for zero.
    """
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise InvalidAmount(expected(fraction_digits))
    whole, fraction = match.groups(default="")
    if len(fraction) > fraction_digits:
        raise InvalidAmount(expected(fraction_digits))
    value = int(whole + fraction.ljust(fraction_digits, "0"))
    if value == 0:
        raise InvalidAmount(expected(fraction_digits))
    return value


def parse(text: str, currency: str) -> int:
    """The minor units of `currency` that decimal `text` stands for; raises InvalidAmount as `minor` does."""
    fraction_digits = _DIGITS.get(currency)
    if fraction_digits is None:
        raise InvalidAmount("an amount in a currency of ISO 4217")
    return minor(text, fraction_digits)


def format(minor_units: int, currency: str) -> str:
    """The decimal text of an amount of 0 or more, with all digits of a known currency: 30 in USD is "0.30"."""
    fraction_digits = _DIGITS[currency]
    if fraction_digits == 0:
        return str(minor_units)
    text = str(minor_units).rjust(fraction_digits + 1, "0")
    return f"{text[:-fraction_digits]}.{text[-fraction_digits:]}"
