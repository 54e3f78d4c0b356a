"""`on_order_deleted`: has every confirmed subscriber mailed that an order was deleted, one mail each.

Two effects: the mails of a page of subscribers, then a message to itself for the next page. Each mail is known by its
id, so a page that is told again is told once. The mails name no customer.
"""

from __future__ import annotations

from typing import Final

from msgspec import UNSET
from msgspec.structs import replace

from ordermill.domain.commands import SendMail, TellSubscribers
from ordermill.domain.events import OrderEvent
from ordermill.domain.subscription_mails import order_deleted_mail
from ordermill.domain.subscriptions import UNSUBSCRIBE, Subscription
from ordermill.ports.ambient import Settings
from ordermill.ports.messaging import MailQueue, SubscriberQueue
from ordermill.ports.services import TokenSigner
from ordermill.ports.subscriptions import SubscriptionStore

PAGE: Final = 100
"""How many subscribers one message tells; however many there are, each step is as short."""


def from_event(event: OrderEvent) -> TellSubscribers:
    """The message that an order's deletion stands for."""
    fact = event.data
    deletion = None if fact.order is UNSET else fact.order.deletion
    at = fact.at if deletion is None else deletion.at
    return TellSubscribers(fact.order_id, fact.total, fact.currency, at)


def on_order_deleted(
    message: TellSubscribers,
    *,
    subscriptions: SubscriptionStore,
    tokens: TokenSigner,
    mail_queue: MailQueue,
    on_order_deleted: SubscriberQueue,
    settings: Settings,
) -> None:
    """Queue the mails of this page, and the page that follows."""
    page = subscriptions.confirmed(PAGE, message.after)

    def mail(subscription: Subscription) -> SendMail:
        token = tokens.sign_for(UNSUBSCRIBE, subscription.subscription_id, None)
        return order_deleted_mail(
            subscription,
            token,
            settings.public_url,
            order_id=message.order_id,
            total=message.total,
            currency=message.currency,
            at=message.deleted_at,
        )

    if page.subscriptions:
        mail_queue.send([mail(subscription) for subscription in page.subscriptions])
    if page.after is not None:
        on_order_deleted.send([replace(message, after=page.after)])
