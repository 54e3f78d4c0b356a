"""What customers are told: the content of a mail, and the record of having sent it."""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec.structs import replace

MailStatus = Literal["QUEUED", "SENT", "FAILED", "NO_ADDRESS"]


class MailContent(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """What a mail says, free of any format; `mail_text` and `mail_html` write it out.

    `facts` are label and value, `lines` what was ordered and its price, with its `total`. `link` is where the mail
    leads, by a button that says `action`: mostly to the order, shown to whoever has the link. `notes` are the small
    print, `leave` the link that ends a subscription. What is empty is left out.
    """

    heading: str
    greeting: str
    paragraphs: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    lines: tuple[tuple[str, str], ...]
    total: str
    link: str
    action: str = "See your order"
    notes: tuple[str, ...] = ()
    leave: str = ""


class MailRecord(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """One mail to one person; `at` (epoch ms) is the last change of `status`. `order_id` None: about no order.

    `attempts` counts how often sending it was begun, `resends` how often staff had it sent again. `error` is why it
    last failed, None once it is sent. What it says is `content`, or `text` where it was written as such; of the
    records of earlier versions neither is known. `headers` and `forget` are the message's: of one that was to be
    forgotten, and is SENT or FAILED, `to`, `text` and `content` are None and `headers` empty.
    """

    mail_id: str
    order_id: str | None
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
    headers: tuple[tuple[str, str], ...] = ()
    forget: bool = False

    def forgotten(self) -> MailRecord:
        """Without whom it went to and what it said, if that is to be forgotten."""
        if not self.forget:
            return self
        return replace(self, to=None, text=None, content=None, headers=())
