"""`notify_customer`: composes the mail that an order event calls for, and queues it."""

from __future__ import annotations

from ordermill.domain.commands import SendMail
from ordermill.domain.events import OrderEvent
from ordermill.domain.mail_content import compose
from ordermill.ports.ambient import Settings
from ordermill.ports.messaging import MailQueue
from ordermill.ports.services import TokenSigner
from ordermill.ports.stores import OrderStore


def notify_customer(
    message: OrderEvent, *, orders: OrderStore, tokens: TokenSigner, mail_queue: MailQueue, settings: Settings
) -> None:
    """Queue one mail per order and event; an order that is gone has nobody to tell."""
    order = orders.read(message.subject)
    if order is None:
        return
    link = f"{settings.public_url}/#order={order.order_id}&token={tokens.sign(order.order_id)}"
    subject, content = compose(order, message.type, link)
    mail_id = f"{order.order_id}-{message.type}"
    mail_queue.send([SendMail(mail_id, order.order_id, message.type, order.email, subject, content=content)])
