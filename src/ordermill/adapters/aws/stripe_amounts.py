"""Amounts as Stripe counts them, which for a few currencies is not as ISO 4217 does."""

from __future__ import annotations

from typing import Final

from ordermill.domain import money

_STRIPES_DIGITS: Final = {"ISK": 2, "MGA": 0, "UGX": 2}
"""Where Stripe's number of fraction digits differs. ISK and UGX are whole units there, and yet written with two."""

_ROUNDED_DIGITS: Final = 3
_ROUNDED_TO: Final = 10
"""Of three digits the last must be 0."""


def stripe_amount(amount: int, currency: str) -> int | None:
    """The amount, in minor units, as Stripe writes it; None where it cannot, or there is no such currency."""
    ours = money.digits(currency)
    if ours is None:
        return None
    theirs = _STRIPES_DIGITS.get(currency, ours)
    if theirs == _ROUNDED_DIGITS and amount % _ROUNDED_TO:
        return None
    if theirs >= ours:
        return int(amount * 10 ** (theirs - ours))
    whole, rest = divmod(amount, 10 ** (ours - theirs))
    return None if rest else int(whole)
