"""Mail as `.eml` files: what a customer would get, to be looked at without a mail server."""

from __future__ import annotations

import base64
import hashlib
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Final

from ordermill.adapters.local.files import NO_ROOM, NOT_WRITABLE, fsync_folder, full_disk_told, remove_temps, write_temp
from ordermill.domain.commands import SendMail
from ordermill.ports.ambient import Clock

_LINE: Final = 76
_MAX_LINE: Final = 998
_MAX_PLAIN: Final = 200
_WORD_BYTES: Final = 39
_MAX_NAME: Final = 120

_PLAIN: Final = re.compile(r"(?:[!-~]+(?: [!-~]+)*)?")
_PLAIN_NAME: Final = re.compile(r"[A-Za-z0-9]+(?: [A-Za-z0-9]+)*")
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_ADDRESS_PART: Final = r"[^\s\x00-\x20\x7f-\x9f\ud800-\udfff()<>,;:\\\"\[\]@]"
_ADDRESS: Final = re.compile(rf"{_ADDRESS_PART}{{1,64}}@({_ADDRESS_PART}{{1,255}})")
_QUOTED_PAIR: Final = re.compile(r"\\(.)")
_NOT_FOR_NAMES: Final = re.compile(r"[^A-Za-z0-9_-]")


class _Staged(threading.local):
    """This thread's open batch: each final path with its temporary file, None if the mail was there before."""

    files: dict[Path, Path | None] | None = None


class FileMailer:
    """The port `Mailer` on a folder: one file per mail, named by its `mail_id`, whole and durable when it appears.

    Any thread may call, each with its own batch. A mail whose file is there is not written again.
    """

    def __init__(self, folder: Path, mail_from: str, clock: Clock) -> None:
        """Create the folder if need be and clear what a death left in it: no other mailer may be at work there.

        `mail_from` is an address or `Name <address>`. Raises ValueError if it is neither, StorageFull if there is no
        room, OSError.
        """
        _mailbox(mail_from)
        self._folder = folder
        self._from = mail_from
        self._clock = clock
        self._staged = _Staged()
        with full_disk_told(NO_ROOM):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        remove_temps(folder)

    def send(self, mail: SendMail) -> None:
        """Write the mail's file. Raises ValueError if `to` is no address, StorageFull if there is no room, OSError."""
        staged = self._staged.files
        if staged is None:
            with self.batch():
                self.send(mail)
            return
        path = self._folder / f"{_safe_name(mail.mail_id)}.eml"
        if path in staged:
            return
        if path.exists():
            staged[path] = None
        else:
            data = compose(mail, self._from, self._clock.now_ms())
            with full_disk_told(NOT_WRITABLE):
                staged[path] = write_temp(self._folder, data)

    @contextmanager
    def batch(self, keys: Sequence[str] = ()) -> Iterator[None]:
        """Let what this thread sends in the body appear at its end, with one fsync of the folder.

        `keys` is not needed here: batches of all services are opened alike. An exception that leaves the body drops
        all mails of the batch; StorageFull or OSError at the end drops those that haven't appeared, and a repeat
        completes them.
        Raises RuntimeError if this thread has a batch open.
        """
        if self._staged.files is not None:
            raise RuntimeError("this thread has a batch open")
        staged: dict[Path, Path | None] = {}
        self._staged.files = staged
        try:
            yield
            with full_disk_told(NOT_WRITABLE):
                self._publish(staged)
        except BaseException:
            for temp in staged.values():
                if temp is not None:
                    temp.unlink(missing_ok=True)
            raise
        finally:
            self._staged.files = None

    def _publish(self, staged: dict[Path, Path | None]) -> None:
        for path, temp in staged.items():
            if temp is not None:
                temp.replace(path)
        if staged:
            # For a file that was there as well: whoever wrote it may have died before its name was durable.
            fsync_folder(self._folder)


def compose(mail: SendMail, mail_from: str, at_ms: int) -> bytes:
    """The message as RFC 5322 bytes, lines ending in CRLF, dated `at_ms` (epoch milliseconds).

    Control characters in header values become spaces. Raises ValueError if `mail.to` or `mail_from` is no address.
    """
    sender, domain = _mailbox(mail_from)
    recipient, _ = _mailbox(mail.to or "")
    encoding, body = _body(mail.text)
    headers = (
        f"From: {sender}",
        f"To: {recipient}",
        _header("Subject", mail.subject),
        f"Date: {format_datetime(datetime.fromtimestamp(at_ms // 1000, UTC))}",
        f"Message-ID: <{_safe_name(mail.mail_id)}@{domain}>",
        _header("X-Ordermill-Order", mail.order_id),
        _header("X-Ordermill-Event", mail.event),
        "MIME-Version: 1.0",
        'Content-Type: text/plain; charset="utf-8"',
        f"Content-Transfer-Encoding: {encoding}",
        "\r\n",
    )
    return "\r\n".join(headers).encode("utf-8") + body


def _header(name: str, text: str) -> str:
    """One header line, folded. Text that any parser could read as more than text is written as base64."""
    text = _CONTROLS.sub(" ", text)
    if len(text) > _MAX_PLAIN or "=?" in text or not _PLAIN.fullmatch(text):
        return f"{name}: {_encoded_words(text)}"
    first, *words = text.split(" ")
    lines = [f"{name}: {first}"]
    for word in words:
        if len(lines[-1]) + 1 + len(word) > _LINE:
            lines.append("")
        lines[-1] += f" {word}"
    return "\r\n".join(lines)


def _encoded_words(text: str) -> str:
    """RFC 2047: whatever is in `text`, what comes out is of base64's alphabet."""
    data = text.encode("utf-8", "replace")
    words = []
    start = 0
    while start < len(data):
        end = min(start + _WORD_BYTES, len(data))
        while end < len(data) and data[end] & 0xC0 == 0x80:
            end -= 1
        words.append(f"=?utf-8?b?{base64.b64encode(data[start:end]).decode('ascii')}?=")
        start = end
    return "\r\n ".join(words)


def _mailbox(text: str) -> tuple[str, str]:
    """The header form of an address or `Name <address>`, and the address's domain; ValueError names nobody."""
    name, bracket, address = text.removesuffix(">").rpartition("<")
    match = _ADDRESS.fullmatch(address)
    if match is None or "=?" in address or text.endswith(">") != bool(bracket):
        raise ValueError("not a mail address")
    name = _CONTROLS.sub(" ", name).strip()
    if len(name) > 1 and name[0] == name[-1] == '"':
        name = _QUOTED_PAIR.sub(r"\1", name[1:-1])
    name = " ".join(name.split())
    if not name:
        return address, match[1]
    if len(name) <= _WORD_BYTES and _PLAIN_NAME.fullmatch(name):
        return f"{name} <{address}>", match[1]
    return f"{_encoded_words(name)}\r\n <{address}>", match[1]


def _body(text: str) -> tuple[str, bytes]:
    """The transfer encoding and the encoded body: readable as it stands unless mail servers would not take it."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n")
    data = "\r\n".join([*lines, ""]).encode("utf-8", "replace")
    if b"\0" in data or max(map(len, data.split(b"\r\n"))) > _MAX_LINE:
        return "base64", base64.encodebytes(data).replace(b"\n", b"\r\n")
    return ("7bit" if data.isascii() else "8bit"), data


def _safe_name(mail_id: str) -> str:
    """The id itself where it can name a file and a message; else what is left of it, told apart by a hash."""
    if 0 < len(mail_id) <= _MAX_NAME and not _NOT_FOR_NAMES.search(mail_id):
        return mail_id
    digest = hashlib.sha256(mail_id.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return f"{_NOT_FOR_NAMES.sub('_', mail_id)[:_MAX_NAME]}-{digest}"
