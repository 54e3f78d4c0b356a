"""The check of how mails go out: through a server, or into a folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from ordermill.adapters.local.smtp_server import SmtpServer
from ordermill.entrypoints.cli.diagnosis import Check
from ordermill.entrypoints.cli.doctor_data import writable
from ordermill.entrypoints.config import InvalidSetting, smtp_of
from ordermill.ports.ambient import Settings
from ordermill.ports.services import MailUnavailable

NAME = "mail"


def mail_check(
    data: Path,
    environ: Mapping[str, str],
    *,
    may_write: Callable[[Path], bool] = writable,
    ask: Callable[[SmtpServer], None] | None = None,
) -> Check:
    """Whether the mail server lets us in, where `environ` names one; else whether mails can be written."""
    try:
        server = smtp_of(environ)
    except InvalidSetting as error:
        return Check(NAME, "fail", "ORDERMILL_SMTP_URL", str(error), "Correct it: the server does not start with it.")
    if server is None:
        return _folder(data / "mail", may_write)
    try:
        (ask or _ask)(server)
    except MailUnavailable as error:
        cure = "Mend that server or ORDERMILL_SMTP_URL. No mail is lost meanwhile: all wait."
        return Check(NAME, "fail", f"through {server.name}", f"{error}.", cure)
    return Check(NAME, "ok", f"through {server.name}, which lets us in")


def _folder(folder: Path, may_write: Callable[[Path], bool]) -> Check:
    if not folder.exists():
        return Check(NAME, "ok", f"files in {folder}, made at the first start")
    if folder.is_dir() and may_write(folder):
        return Check(NAME, "ok", f"files in {folder}")
    cure = f"Give it back: chmod u+rwx {folder}, or chown it. No mail is lost meanwhile: all wait."
    return Check(NAME, "fail", f"files in {folder}", "This user may not write there, so no mail goes out.", cure)


def _ask(server: SmtpServer) -> None:
    from ordermill.adapters.clock import SystemClock
    from ordermill.adapters.local.smtp import SmtpMailer

    SmtpMailer(server, Settings().mail_from, SystemClock()).probe()
