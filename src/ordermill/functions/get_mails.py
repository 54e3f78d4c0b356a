"""`get_mails`: lists mails, newest first."""

from __future__ import annotations

from ordermill.domain.commands import GetMails
from ordermill.ports.stores import MailPage, MailStore


def get_mails(message: GetMails, *, mails: MailStore) -> MailPage:
    """A page of one order's mails, or of all. Raises InvalidCursor."""
    return mails.list(message.limit, message.after, order_id=message.order_id)
