"""`get_subscriptions`: lists subscriptions, newest first."""

from __future__ import annotations

from ordermill.domain.commands import GetSubscriptions
from ordermill.ports.subscriptions import SubscriptionPage, SubscriptionStore


def get_subscriptions(message: GetSubscriptions, *, subscriptions: SubscriptionStore) -> SubscriptionPage:
    """A page of those with a status, or of all. Raises InvalidCursor."""
    return subscriptions.list(message.limit, message.after, status=message.status)
