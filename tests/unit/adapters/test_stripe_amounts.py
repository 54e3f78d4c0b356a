"""Amounts as Stripe counts them."""

from __future__ import annotations

import pytest

from ordermill.adapters.aws.stripe_amounts import stripe_amount


@pytest.mark.parametrize(
    ("amount", "currency", "written"),
    [
        (1998, "USD", 1998),
        (500, "JPY", 500),
        (500, "CLP", 500),
        # Whole units, written with two digits.
        (5, "ISK", 500),
        (5, "UGX", 500),
        # Two digits of ISO's, none of Stripe's.
        (500, "MGA", 5),
        (501, "MGA", None),
        # For charges two digits, though for payouts none.
        (1045, "HUF", 1045),
        (80045, "TWD", 80045),
        # Three digits, the last of them 0.
        (5120, "KWD", 5120),
        (5124, "KWD", None),
        (5120, "BHD", 5120),
        (0, "USD", 0),
        (100, "XXX", None),
        (100, "usd", None),
    ],
)
def test_each_currency_is_written_as_stripe_wants_it(amount: int, currency: str, written: int | None) -> None:
    assert stripe_amount(amount, currency) == written
