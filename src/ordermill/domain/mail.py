"""What customers are told, and the record of having told them."""

from __future__ import annotations

from typing import Literal

import msgspec

MailStatus = Literal["QUEUED", "SENT", "FAILED", "NO_ADDRESS"]


class MailRecord(msgspec.Struct, frozen=True, rename="camel"):
    """One mail to one customer; `at` (epoch ms) is the last change of `status`."""

    mail_id: str
    order_id: str
    event: str
    to: str | None
    subject: str
    status: MailStatus
    attempts: int
    at: int
