"""`send_email`: sends one mail, once. Staged: the record is QUEUED before and SENT after the hand-over."""

from __future__ import annotations

from msgspec.structs import replace

from ordermill.domain.commands import SendMail
from ordermill.domain.mail import MailRecord, MailStatus
from ordermill.ports.ambient import Clock
from ordermill.ports.services import Mailer
from ordermill.ports.staged import DONE, Done
from ordermill.ports.stores import MailStore


def prepare(message: SendMail, *, mails: MailStore, clock: Clock) -> SendMail | Done:
    """Record the attempt; nothing is left to do for a mail that was sent, or that has no address."""
    known = mails.read(message.mail_id)
    if known is not None and known.status in ("SENT", "NO_ADDRESS"):
        return DONE
    status: MailStatus = "NO_ADDRESS" if message.to is None else "QUEUED"
    attempts = (known.attempts if known else 0) + (message.to is not None)
    mails.put(
        MailRecord(
            message.mail_id,
            message.order_id,
            message.event,
            message.to,
            message.subject,
            status,
            attempts,
            clock.now_ms(),
        )
    )
    return DONE if message.to is None else message


def call(message: SendMail, *, mail: Mailer) -> None:
    """Hand the mail over."""
    mail.send(message)


def settle(message: SendMail, outcome: None, *, mails: MailStore, clock: Clock) -> None:
    """Record it as sent."""
    known = mails.read(message.mail_id)
    if known is not None:
        mails.put(replace(known, status="SENT", at=clock.now_ms()))
