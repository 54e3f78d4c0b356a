"""How mails go out: into a folder, or through a mail server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from ordermill.adapters.local.mail import FileMailer
from ordermill.adapters.local.smtp_server import SmtpServer
from ordermill.bootstrap.binding import Calling
from ordermill.ports.ambient import Clock, Settings

if TYPE_CHECKING:
    from ordermill.adapters.local.smtp import SmtpMailer

_REST_FACTOR: Final = 25
_LONGEST_REST_MS: Final = 5000
_FILES: Final = Calling(2, 64)
"""Mail waits for the disk file by file."""
_SMTP: Final = Calling(4, 16, 64)
"""A batch is recorded as sent when it is through, and a death before that sends it again: so it is small. No more are
under way than begin at once, or their visibility timeout could pass while they wait for a thread."""


def rest_ms_of(settings: Settings) -> int:
    """How long a service rests that is away."""
    return min(_REST_FACTOR * settings.retry_base_ms, _LONGEST_REST_MS)


def mailer_of(folder: Path, smtp: SmtpServer | None, settings: Settings, clock: Clock) -> FileMailer | SmtpMailer:
    """The mailer to `smtp`, or into `folder` where there is none; it rests while it cannot send."""
    rest_ms = rest_ms_of(settings)
    if smtp is None:
        return FileMailer(folder, settings.mail_from, clock, rest_ms=rest_ms)
    from ordermill.adapters.local.smtp import SmtpMailer  # what it imports, files need not

    return SmtpMailer(smtp, settings.mail_from, clock, rest_ms=rest_ms)


def mail_calling(smtp: SmtpServer | None) -> Calling:
    """How it is called."""
    return _FILES if smtp is None else _SMTP
