"""Readers of single members: each returns the value, or None and leaves an error that names the place.

`pointer` is the JSON Pointer of the member. A member that is absent or null reads as None, without an error, where
nothing else is said.
"""

from __future__ import annotations

import re

from ordermill.domain import money
from ordermill.domain.errors import FieldError
from ordermill.domain.text import TextRule, email_fault, text_fault

Errors = list[FieldError]

MAX_QUANTITY = 1_000_000

PAYMENT_TOKENS = (
    "tok_approve",
    "tok_decline",
    "tok_error",
    "tok_flaky",
    "tok_timeout",
    "tok_timeout_once",
    "tok_refund_flaky",
    "tok_refund_fail",
)
"""What the simulated gateway can be asked to do; the first is the default."""

_QUANTITY = f"a whole number from 1 to {MAX_QUANTITY:,}"
_PAYMENT_METHOD = re.compile(r"pm_[A-Za-z0-9_]{1,250}")
_SURROGATE = re.compile("[\ud800-\udfff]")


def unknown_member(parent: str, name: str) -> FieldError:
    """The error of a member that the object at pointer `parent` must not have."""
    if name.isascii() and "/" not in name and "~" not in name:
        return FieldError(f"{parent}/{name}", "unknown-field", "no such member here")
    shown, broken = _SURROGATE.subn("\ufffd", name)
    pointer = f"{parent}/{shown.replace('~', '~0').replace('/', '~1')}"
    if broken:
        return FieldError(pointer, "invalid-text", "a name without unpaired surrogates")
    return FieldError(pointer, "unknown-field", "no such member here")


def read_text(value: object, pointer: str, rule: TextRule, errors: Errors) -> str | None:
    """Text that `rule` allows."""
    if value is None:
        return None
    if type(value) is not str:
        errors.append(FieldError(pointer, "wrong-type", "a string"))
        return None
    fault = text_fault(value, rule)
    if fault is None:
        return value
    errors.append(FieldError(pointer, *fault))
    return None


def read_email(value: object, errors: Errors) -> str | None:
    """One e-mail address, from `/email`."""
    if value is None:
        return None
    if type(value) is not str:
        errors.append(FieldError("/email", "wrong-type", "a string"))
        return None
    fault = email_fault(value)
    if fault is None:
        return value
    errors.append(FieldError("/email", *fault))
    return None


def read_amount(value: object, pointer: str, fraction_digits: int, errors: Errors) -> int | None:
    """An amount above 0 in minor units, from decimal text or from the text of a JSON number."""
    if value is None:
        return None
    if type(value) is not int and not isinstance(value, str):
        errors.append(FieldError(pointer, "wrong-type", money.expected(fraction_digits)))
        return None
    try:
        amount = money.minor(str(value), fraction_digits)
    except ValueError:
        errors.append(FieldError(pointer, "invalid-price", money.expected(fraction_digits)))
        return None
    if amount <= money.MAX_TOTAL:
        return amount
    errors.append(FieldError(pointer, "out-of-range", f"at most {money.MAX_TOTAL:,} minor units"))
    return None


def read_quantity(members: dict[str, object], pointer: str, errors: Errors) -> int | None:
    """The member `quantity`, a JSON integer from 1 to 1,000,000; it is required, and null is an error."""
    value = members.get("quantity")
    if type(value) is int:
        if 1 <= value <= MAX_QUANTITY:
            return value
        errors.append(FieldError(pointer, "out-of-range", _QUANTITY))
    else:
        errors.append(FieldError(pointer, "wrong-type" if "quantity" in members else "required", _QUANTITY))
    return None


def read_currency(value: object, errors: Errors) -> str | None:
    """A currency of ISO 4217, from `/currency`; USD where absent."""
    if value is None:
        return "USD"
    if type(value) is not str:
        errors.append(FieldError("/currency", "wrong-type", "a string"))
    elif money.digits(value) is None:
        errors.append(FieldError("/currency", "unknown-currency", "a currency code of ISO 4217, such as USD"))
    else:
        return value
    return None


def read_payment_token(value: object, errors: Errors, *, cards: bool = False) -> str:
    """One of `PAYMENT_TOKENS`, or with `cards` a PaymentMethod of Stripe's, from `/paymentToken`.

    The first of `PAYMENT_TOKENS` where absent or wrong.
    """
    if value is None:
        return PAYMENT_TOKENS[0]
    if type(value) is not str:
        errors.append(FieldError("/paymentToken", "wrong-type", "a string"))
    elif value not in PAYMENT_TOKENS and not (cards and _PAYMENT_METHOD.fullmatch(value)):
        expected = ("a PaymentMethod (pm_…), or " if cards else "") + "one of " + ", ".join(PAYMENT_TOKENS)
        errors.append(FieldError("/paymentToken", "unknown-payment-token", expected))
    else:
        return value
    return PAYMENT_TOKENS[0]
