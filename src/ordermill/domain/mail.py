"""What customers are told: the content of a mail, and the record of having sent it."""

from __future__ import annotations

from typing import Literal

import msgspec

MailStatus = Literal["QUEUED", "SENT", "FAILED", "NO_ADDRESS"]


class MailContent(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """What a mail says, free of any format; `mail_text` and `mail_html` write it out.

    `facts` are label and value, `lines` what was ordered and its price; `link` shows the order to whoever has it.
    """

    heading: str
    greeting: str
    paragraphs: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    lines: tuple[tuple[str, str], ...]
    total: str
    link: str


class MailRecord(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """One mail to one customer; `at` (epoch ms) is the last change of `status`.

    `attempts` counts how often sending it was begun, `resends` how often staff had it sent again. `error` is why it
    last failed, None once it is sent. What it says is `content`, or `text` where it was written as such; of the
    records of earlier versions neither is known.
    """

    mail_id: str
    order_id: str
    event: str
    to: str | None
    subject: str
    status: MailStatus
    attempts: int
    at: int
    text: str | None = None
    content: MailContent | None = None
    resends: int = 0
    error: str | None = None
