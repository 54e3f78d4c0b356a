"""`remove_subscription`: ends a subscription for staff, and keeps nothing of it."""

from __future__ import annotations

from ordermill.domain.commands import RemoveSubscription
from ordermill.domain.errors import NotFound
from ordermill.ports.subscriptions import SubscriptionStore


def remove_subscription(message: RemoveSubscription, *, subscriptions: SubscriptionStore) -> None:
    """Raises NotFound where there is none, or none any more."""
    known = subscriptions.find(message.subscription_id)
    if known is None:
        raise NotFound("no subscription has this id")
    subscriptions.delete(known)
