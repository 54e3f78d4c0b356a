"""`notify_customer`: composes the mails that an order event calls for, and queues them."""

from __future__ import annotations

from msgspec import UNSET

from ordermill.domain.commands import SendMail
from ordermill.domain.deletion import is_stub
from ordermill.domain.events import OrderEvent, type_of
from ordermill.domain.mail_content import MAILED, compose
from ordermill.domain.order import Order
from ordermill.ports.ambient import Settings
from ordermill.ports.messaging import MailQueue
from ordermill.ports.services import TokenSigner
from ordermill.ports.stores import OrderStore


def notify_customer(
    message: OrderEvent, *, orders: OrderStore, tokens: TokenSigner, mail_queue: MailQueue, settings: Settings
) -> None:
    """Queue one mail per order and event; an order that is gone has nobody to tell.

    The event of its deletion carries the order, and calls for every mail that it ever did: an earlier event that comes
    after the archive finds no order any more. What was sent is sent no second time.
    """
    deleted = message.data.order
    if deleted is not UNSET:
        events = dict.fromkeys(kind for entry in deleted.history if (kind := type_of(entry)) in MAILED)
        mails = [_mail(deleted, kind, tokens, settings) for kind in events]
    else:
        order = orders.read(message.subject)
        mails = [] if order is None or is_stub(order) else [_mail(order, message.type, tokens, settings)]
    if mails:
        mail_queue.send(mails)


def _mail(order: Order, event: str, tokens: TokenSigner, settings: Settings) -> SendMail:
    # What was deleted nobody is shown.
    shown = order.deletion is None
    link = f"{settings.public_url}/#order={order.order_id}&token={tokens.sign(order.order_id)}" if shown else ""
    subject, content = compose(order, event, link)
    return SendMail(f"{order.order_id}-{event}", order.order_id, event, order.email, subject, content=content)
