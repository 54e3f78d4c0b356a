"""Subscriptions as their routes show them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Literal

from msgspec import Struct

from ordermill.domain.subscriptions import Subscription, SubscriptionStatus
from ordermill.domain.times import rfc3339
from ordermill.entrypoints.wire import Time

SUBSCRIPTION_ID_PATTERN: Final = "^sub_[0-9a-f-]{36}$"
SUBSCRIPTION_ID_EXAMPLE: Final = "sub_019aa1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"

STATUSES: Final[Mapping[str, SubscriptionStatus]] = {"PENDING": "PENDING", "CONFIRMED": "CONFIRMED"}


class AskedView(Struct, frozen=True):
    """That the address was taken note of: the same whatever is known of it."""

    status: Literal["ACCEPTED"]


class OutcomeView(Struct, frozen=True):
    """What has become of the subscription."""

    status: Literal["CONFIRMED", "UNSUBSCRIBED"]


class SubscriptionView(Struct, frozen=True, rename="camel"):
    """One address; `at` is when it was first asked for, `confirmedAt` null until it is confirmed."""

    subscription_id: str
    email: str
    status: SubscriptionStatus
    at: Time
    confirmed_at: Time | None


class SubscriptionsView(Struct, frozen=True, rename="camel"):
    """A page of subscriptions, newest first; `nextCursor` leads to the next page, null at the end."""

    subscriptions: tuple[SubscriptionView, ...]
    next_cursor: str | None


def subscriptions_view(records: Iterable[Subscription], cursor: str | None) -> SubscriptionsView:
    """A page of subscriptions, and the cursor to the next."""
    return SubscriptionsView(tuple(map(_view, records)), cursor)


def _view(record: Subscription) -> SubscriptionView:
    confirmed_at = None if record.confirmed_at is None else rfc3339(record.confirmed_at)
    return SubscriptionView(record.subscription_id, record.email, record.status, rfc3339(record.at), confirmed_at)
