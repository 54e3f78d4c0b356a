"""The mails as staff see them."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import asdict

from ordermill.domain.mail import MailRecord, MailStatus
from ordermill.domain.mail_text import mail_text
from ordermill.domain.times import rfc3339
from ordermill.entrypoints.wire import Time


class MailView(Struct, frozen=True, rename="camel"):
    """One mail; `orderId` is null where it is about no order, `to` where there is no address, or none was kept.

    `at` is when `status` last changed.
    """

    mail_id: str
    order_id: str | None
    event: str
    to: str | None
    subject: str
    status: MailStatus
    attempts: int
    at: Time


class MailsView(Struct, frozen=True, rename="camel"):
    """A page of mails, newest first; `nextCursor` leads to the next page, null at the end."""

    mails: tuple[MailView, ...]
    next_cursor: str | None


class MailMessageView(MailView, frozen=True, rename="camel"):
    """A mail with what it says as plain `text`, null where that was not kept.

    `error` is why it last failed, null once it is sent; `resends` counts how often staff had it sent again.
    """

    text: str | None
    error: str | None
    resends: int


def mails_view(records: Iterable[MailRecord], cursor: str | None) -> MailsView:
    """A page of mails, and the cursor to the next."""
    return MailsView(tuple(mail_view(record) for record in records), cursor)


def mail_view(record: MailRecord) -> MailView:
    """The mail without what it says."""
    return MailView(
        record.mail_id,
        record.order_id,
        record.event,
        record.to,
        record.subject,
        record.status,
        record.attempts,
        rfc3339(record.at),
    )


def mail_message_view(record: MailRecord) -> MailMessageView:
    """The whole mail."""
    text = record.text if record.content is None else mail_text(record.content)
    return MailMessageView(**asdict(mail_view(record)), text=text, error=record.error, resends=record.resends)
