"""`get_mail`: reads one mail."""

from __future__ import annotations

from ordermill.domain.commands import GetMail
from ordermill.domain.errors import NotFound
from ordermill.domain.mail import MailRecord
from ordermill.ports.stores import MailStore


def get_mail(message: GetMail, *, mails: MailStore) -> MailRecord:
    """The record, with what the mail says. Raises NotFound."""
    record = mails.read(message.mail_id)
    if record is None:
        raise NotFound("no mail has this id")
    return record
