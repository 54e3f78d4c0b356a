"""What subscribers are mailed: the link to confirm, that they have confirmed, and that an order was deleted.

Nothing here names a customer, and no record keeps whom these mails went to.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from ordermill.domain.commands import SendMail
from ordermill.domain.mail import MailContent
from ordermill.domain.money import format as money
from ordermill.domain.subscriptions import Subscription
from ordermill.domain.times import rfc3339

REQUESTED: Final = "SubscriptionRequested"
KNOWN: Final = "SubscriptionKnown"
ORDER_DELETED: Final = "OrderDeleted"

_GREETING: Final = "Hello,"
_WHY: Final = "You get this mail because you subscribed to the notices of deleted orders, and confirmed that."


def confirmation_mail(subscription: Subscription, token: str, public_url: str) -> SendMail:
    """The mail with the link to confirm; `token` is for that alone. Nothing is subscribed yet, so it leaves nothing."""
    heading = "Please confirm your subscription"
    content = MailContent(
        heading,
        _GREETING,
        (
            "Somebody, probably you, asked to be told by mail when an order is deleted.",
            "If it was you, open the link below and confirm.",
        ),
        (),
        (),
        "",
        f"{public_url}/subscriptions/confirm?token={quote(token, safe='')}",
        "Confirm the subscription",
        (
            "The link is good for 48 hours.",
            "If it was not you, do nothing: your address is then deleted.",
        ),
    )
    mail_id = f"{subscription.subscription_id}-confirm-{subscription.mails}"
    return SendMail(mail_id, None, REQUESTED, subscription.email, heading, content=content, forget=True)


def known_mail(subscription: Subscription, token: str, public_url: str) -> SendMail:
    """What who is subscribed already gets in the place of a link to confirm; `token` unsubscribes."""
    heading = "You are subscribed already"
    content = MailContent(
        heading,
        _GREETING,
        (
            "Somebody, probably you, asked to be told by mail when an order is deleted.",
            "You are subscribed already, so there is nothing to do.",
        ),
        (),
        (),
        "",
        "",
        notes=(_WHY,),
        leave=unsubscribe_url(token, public_url),
    )
    mail_id = f"{subscription.subscription_id}-known-{subscription.mails}"
    return _to_subscriber(subscription, mail_id, KNOWN, heading, content)


def order_deleted_mail(
    subscription: Subscription, token: str, public_url: str, *, order_id: str, total: int, currency: str, at: int
) -> SendMail:
    """What a subscriber is told of an order that was deleted `at` (epoch ms); `total` in minor units of `currency`.

    `token` is the subscriber's, of purpose UNSUBSCRIBE. The mail is the same at every repeat.
    """
    heading = "An order was deleted"
    when = f"{rfc3339(at)[:19].replace('T', ' ')} UTC"
    content = MailContent(
        heading,
        _GREETING,
        ("This order was deleted, and is in the archive now.",),
        (("Order", order_id), ("Deleted", when)),
        (),
        f"{money(total, currency)} {currency}",
        "",
        notes=(_WHY,),
        leave=unsubscribe_url(token, public_url),
    )
    mail_id = f"{order_id}-{ORDER_DELETED}-{subscription.subscription_id}"
    return _to_subscriber(subscription, mail_id, ORDER_DELETED, f"{heading} ({order_id})", content, order_id)


def unsubscribe_url(token: str, public_url: str) -> str:
    """The link that opens the page to unsubscribe, and that mail programs post to."""
    return f"{public_url}/subscriptions/unsubscribe?token={quote(token, safe='')}"


def _to_subscriber(
    subscription: Subscription,
    mail_id: str,
    event: str,
    subject: str,
    content: MailContent,
    order_id: str | None = None,
) -> SendMail:
    """A mail that can be left with one click (RFC 2369, RFC 8058)."""
    headers = (("List-Unsubscribe", f"<{content.leave}>"), ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    return SendMail(
        mail_id, order_id, event, subscription.email, subject, content=content, headers=headers, forget=True
    )
