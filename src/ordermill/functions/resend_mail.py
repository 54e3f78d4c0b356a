"""`resend_mail`: has a mail sent again, as a message of its own."""

from __future__ import annotations

from msgspec.structs import replace

from ordermill.domain.commands import ResendMail, mail_of
from ordermill.domain.errors import NotFound, NotSendable
from ordermill.domain.mail import MailRecord
from ordermill.ports.ambient import Clock
from ordermill.ports.messaging import MailQueue
from ordermill.ports.stores import MailStore


def resend_mail(message: ResendMail, *, mails: MailStore, mail_queue: MailQueue, clock: Clock) -> MailRecord:
    """The record, QUEUED. One that is QUEUED already is queued again as the same message, which is sent once.

    Raises NotFound, or NotSendable where there is no address or it isn't known what the mail said.
    """
    known = mails.read(message.mail_id)
    if known is None:
        raise NotFound("no mail has this id")
    if known.forget and known.to is None:
        raise NotSendable("neither its address nor what it said was kept")
    if known.to is None:
        raise NotSendable("the order has no e-mail address")
    if known.text is None and known.content is None:
        raise NotSendable("an earlier version sent this mail, and did not keep what it said")
    if known.status != "QUEUED":
        known = replace(known, status="QUEUED", resends=known.resends + 1, error=None, at=clock.now_ms())
        mails.put(known)
    mail_queue.send([mail_of(known)])
    return known
