"""`subscribe_email`: takes note of an address, and has it mailed a link to confirm.

Two effects: the record, then the mail. Each request has both, and a mail that is queued again is known by its id and
sent once: so a repeat completes what was cut off, and who asks cannot tell, by the time either, what was known.
"""

from __future__ import annotations

from ordermill.domain.commands import SendMail, SubscribeEmail
from ordermill.domain.subscription_mails import confirmation_mail, known_mail
from ordermill.domain.subscriptions import (
    CONFIRM,
    CONFIRM_WITHIN_MS,
    UNSUBSCRIBE,
    Subscription,
    asked,
    subscription_id,
)
from ordermill.ports.ambient import Clock, Ids, Settings
from ordermill.ports.messaging import MailQueue
from ordermill.ports.services import TokenSigner
from ordermill.ports.subscriptions import SubscriptionStore


def subscribe_email(
    message: SubscribeEmail,
    *,
    subscriptions: SubscriptionStore,
    tokens: TokenSigner,
    mail_queue: MailQueue,
    clock: Clock,
    ids: Ids,
    settings: Settings,
) -> None:
    """Answers nothing, whatever is known of the address."""
    known = subscriptions.read(message.email)
    record = asked(known, message.email, subscription_id(ids.order_id()), clock.now_ms())
    subscriptions.put(record, expect=known.version if known else 0)
    mail_queue.send([_mail(record, tokens, settings.public_url)])


def _mail(record: Subscription, tokens: TokenSigner, public_url: str) -> SendMail:
    """The last of its mails: the same each time, until there is a new one."""
    id_ = record.subscription_id
    if record.is_reminded:
        return known_mail(record, tokens.sign_for(UNSUBSCRIBE, id_, None), public_url)
    token = tokens.sign_for(CONFIRM, id_, record.mailed_at + CONFIRM_WITHIN_MS)
    return confirmation_mail(record, token, public_url)
