"""The table of those who asked to be told of deleted orders."""

from __future__ import annotations

from typing import Protocol

import msgspec

from ordermill.domain.subscriptions import Subscription, SubscriptionStatus


class SubscriptionPage(msgspec.Struct, frozen=True):
    """Subscriptions, newest first; `after` is where the next page begins, None on the last."""

    subscriptions: tuple[Subscription, ...]
    after: str | None


class SubscriptionStore(Protocol):
    """Table `subscriptions`: one record for each address, in whichever case it is written.

    One that nobody confirmed is removed some time after it expires; until then it may still be read.
    """

    def read(self, email: str) -> Subscription | None:
        """The record of the address as of the last write, or None."""
        ...

    def find(self, subscription_id: str) -> Subscription | None:
        """The record with that id, or None; on AWS it is known by its id a moment after it was first put."""
        ...

    def list(
        self, limit: int, after: str | None = None, *, status: SubscriptionStatus | None = None
    ) -> SubscriptionPage:
        """At most `limit` records with a status or of all, newest first; committed ones. Raises InvalidCursor.

        Whoever goes from page to page meets every one that had the status at the start, and has it all the while, once.
        """
        ...

    def confirmed(self, limit: int, after: str | None = None) -> SubscriptionPage:
        """What `list` says of those that are confirmed."""
        ...

    def put(self, record: Subscription, *, expect: int) -> None:
        """Write the record if the version of the one that its address has is `expect`; 0: if it has none.

        Raises Conflict otherwise.
        """
        ...

    def delete(self, record: Subscription) -> None:
        """Remove the record with that id, whatever its version; again, or where there is none, changes nothing."""
        ...
