"""`unsubscribe_email`: ends a subscription, and keeps nothing of it."""

from __future__ import annotations

from ordermill.domain.commands import UnsubscribeEmail
from ordermill.domain.errors import NotFound
from ordermill.domain.subscriptions import UNSUBSCRIBE
from ordermill.ports.ambient import Clock
from ordermill.ports.services import TokenSigner
from ordermill.ports.subscriptions import SubscriptionStore


def unsubscribe_email(
    message: UnsubscribeEmail, *, subscriptions: SubscriptionStore, tokens: TokenSigner, clock: Clock
) -> None:
    """Again changes nothing, nor does the token of one that ended before. Raises NotFound for a token that is none."""
    id_ = tokens.verify_for(UNSUBSCRIBE, message.token, clock.now_ms())
    if id_ is None:
        raise NotFound("this link is not valid")
    known = subscriptions.find(id_)
    if known is not None:
        subscriptions.delete(known)
