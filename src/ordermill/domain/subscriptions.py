"""Who wants to be told of deleted orders: asked for by anyone, and wanted once who has the mailbox says so.

Whoever asks learns nothing of what is known of the address: each time the record is written, and a mail is queued. It
is a new one only where enough time has passed since the last; else it is that one again, which goes out once.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec
from msgspec.structs import replace

from ordermill.domain.errors import FieldError, InvalidOrder
from ordermill.domain.fields import Errors, read_email, unknown_member

SubscriptionStatus = Literal["PENDING", "CONFIRMED"]

CONFIRM: Final = "confirm-subscription"
"""The purpose of the tokens in links that confirm."""

UNSUBSCRIBE: Final = "unsubscribe"
"""The purpose of the tokens in links that unsubscribe."""

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS

CONFIRM_WITHIN_MS: Final = 2 * DAY_MS
"""How long a link to confirm is good for, and how long an address is kept that nobody confirms."""


class InvalidSubscription(InvalidOrder):
    slug = "invalid-subscription"
    title = "The subscription is invalid"


class Subscription(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """One address, and whether it is confirmed; times are epoch ms.

    `subscription_id` names nobody, and is another one for who subscribes anew. `at` is when it was first asked for,
    `mailed_at` when the last of its `mails` was first queued. `version` counts the writes.
    """

    subscription_id: str
    email: str
    status: SubscriptionStatus
    at: int
    mailed_at: int
    mails: int = 1
    version: int = 1
    confirmed_at: int | None = None

    @property
    def expires_at(self) -> int | None:
        """When it is forgotten unless confirmed, None once it is."""
        return None if self.status == "CONFIRMED" else self.mailed_at + CONFIRM_WITHIN_MS

    @property
    def is_reminded(self) -> bool:
        """Whether its last mail said that it is confirmed already."""
        return self.confirmed_at is not None and self.mailed_at > self.confirmed_at


def subscription_id(order_id: str) -> str:
    """An id with the same UUID."""
    return f"sub_{order_id.removeprefix('ord_')}"


def asked(known: Subscription | None, email: str, new_id: str, now: int) -> Subscription:
    """The record after one more request for the address; `new_id` is for one that is not known.

    While it is not confirmed there is another mail after an hour, then after two, four and so on; at most one a day, as
    once it is confirmed.
    """
    if known is None:
        return Subscription(new_id, email, "PENDING", now, now)
    pause_ms = DAY_MS if known.status == "CONFIRMED" else min(HOUR_MS << min(known.mails - 1, 5), DAY_MS)
    known = replace(known, version=known.version + 1)
    # A mail of the future is from before the clock was set back.
    if 0 <= now - known.mailed_at < pause_ms:
        return known
    return replace(known, mailed_at=now, mails=known.mails + 1)


def confirmed(known: Subscription, now: int) -> Subscription:
    """The record once who has the mailbox agreed; one that is confirmed stays as it is."""
    if known.status == "CONFIRMED":
        return known
    return replace(known, status="CONFIRMED", confirmed_at=now, version=known.version + 1)


def read_subscription(body: object) -> str:
    """The address of POST /subscriptions, from its parsed body. Raises InvalidSubscription."""
    members = _members(body, "email")
    errors: Errors = []
    email = read_email(members["email"], errors)
    if email is None and not errors:
        errors.append(FieldError("/email", "required", "one e-mail address, such as ada@example.org"))
    if errors or email is None:
        raise InvalidSubscription(errors)
    return email


def read_token(body: object) -> str:
    """The token of a request that confirms or unsubscribes, from its parsed body. Raises InvalidSubscription."""
    token = _members(body, "token")["token"]
    if type(token) is not str:
        code = "required" if token is None else "wrong-type"
        raise InvalidSubscription([FieldError("/token", code, "the token of the mailed link, a string")])
    return token


def _members(body: object, name: str) -> dict[str, object]:
    """The members of an object that has this one alone, or lacks it."""
    if not isinstance(body, dict):
        raise InvalidSubscription([FieldError("", "wrong-type", "an object")])
    errors = [unknown_member("", each) for each in body if each != name]
    if errors:
        raise InvalidSubscription(errors)
    return {name: body.get(name)}
