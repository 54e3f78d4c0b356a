"""`confirm_subscription`: makes a subscription of what was asked for, as who has the mailbox wants it."""

from __future__ import annotations

from ordermill.domain.commands import ConfirmSubscription
from ordermill.domain.errors import NotFound
from ordermill.domain.subscriptions import CONFIRM, confirmed
from ordermill.ports.ambient import Clock
from ordermill.ports.services import TokenSigner
from ordermill.ports.subscriptions import SubscriptionStore


def confirm_subscription(
    message: ConfirmSubscription, *, subscriptions: SubscriptionStore, tokens: TokenSigner, clock: Clock
) -> None:
    """Again changes nothing. Raises NotFound for a token that is none, is over, or whose subscription is gone."""
    now = clock.now_ms()
    id_ = tokens.verify_for(CONFIRM, message.token, now)
    known = None if id_ is None else subscriptions.find(id_)
    if known is None:
        raise NotFound("this link is not valid, or not any more")
    record = confirmed(known, now)
    if record != known:
        subscriptions.put(record, expect=known.version)
