"""`send_email`: sends one mail, once. Staged: the record is QUEUED before, and SENT or FAILED after the hand-over."""

from __future__ import annotations

from msgspec.structs import replace

from ordermill.domain.commands import SendMail
from ordermill.domain.dead_letters import name_of
from ordermill.domain.mail import MailRecord, MailStatus
from ordermill.ports.ambient import Clock
from ordermill.ports.services import Mailer, MailRefused
from ordermill.ports.staged import DONE, Done
from ordermill.ports.stores import MailStore


def prepare(message: SendMail, *, mails: MailStore, clock: Clock) -> SendMail | Done:
    """Record the attempt; nothing is left to do for a mail that was sent, or that has no address."""
    known = mails.read(message.mail_id)
    if known is not None and _is_done(known, message):
        return DONE
    if message.to is None:
        mails.put(_record(message, known, "NO_ADDRESS", clock))
        return DONE
    queued = _record(message, known, "QUEUED", clock)
    mails.put(replace(queued, attempts=queued.attempts + 1))
    return message


def call(message: SendMail, *, mail: Mailer) -> str | None:
    """Hand the mail over; why it will never be taken, or None once it is."""
    try:
        mail.send(message)
    except MailRefused as refused:
        # The reason may name the recipient, whom the record is to forget.
        return str(refused) if message.forget else refused.reason
    return None


def settle(message: SendMail, outcome: str | None, *, mails: MailStore, clock: Clock) -> None:
    """Record it as sent, or as refused for good."""
    known = mails.read(message.mail_id)
    if known is None or _is_done(known, message):
        return
    done = replace(known, status="FAILED" if outcome else "SENT", error=outcome, at=clock.now_ms())
    mails.put(done.forgotten())


def gave_up(message: SendMail, error: str, *, mails: MailStore, clock: Clock) -> None:
    """Record that its message became a dead letter; redriven, or sent again, the mail has another chance."""
    known = mails.read(message.mail_id)
    if known is None or not _is_done(known, message):
        # The text may name the recipient too; the letter, which has the whole mail, keeps it.
        why = name_of(error) if message.forget else error
        mails.put(replace(_record(message, known, "FAILED", clock), error=why).forgotten())


def _is_done(known: MailRecord, message: SendMail) -> bool:
    """Whether the message is one that was dealt with; one before the latest resend needs no sending any more."""
    if message.resend != known.resends:
        return message.resend < known.resends
    return known.status in ("SENT", "NO_ADDRESS")


def _record(message: SendMail, known: MailRecord | None, status: MailStatus, clock: Clock) -> MailRecord:
    return MailRecord(
        message.mail_id,
        message.order_id,
        message.event,
        message.to,
        message.subject,
        status,
        known.attempts if known else 0,
        clock.now_ms(),
        text=message.text or None,
        content=message.content,
        resends=message.resend,
        error=known.error if known else None,
        headers=message.headers,
        forget=message.forget,
    )
