"""Which orders a list shows, and a page of them."""

from __future__ import annotations

import msgspec

from ordermill.domain.order import Order, Status

PAGE_MAX = 200
"""How many orders a page has at most."""


class OrderFilter(msgspec.Struct, frozen=True, omit_defaults=True):
    """The orders with `status`, or of `customer` (a customer id, or a whole e-mail in any case), or else all.

    `since` ≤ time of creation < `until`, epoch milliseconds; None is no limit. `status` with `customer` is served
    by no index, so nobody may ask for both. Of a customer's, also the `deleted` ones if asked
    for, until they are archived.
    """

    status: Status | None = None
    customer: str | None = None
    since: int | None = None
    until: int | None = None
    deleted: bool = False


class OrderPage(msgspec.Struct, frozen=True):
    """Orders, newest first; `next` is the position where the next page begins, None at the end."""

    orders: tuple[Order, ...]
    next: str | None


def email_key(email: str | None) -> str | None:
    """What an e-mail is found by: two that differ in case alone are the same."""
    return None if email is None else email.lower()
