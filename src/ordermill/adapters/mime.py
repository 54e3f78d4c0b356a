"""A mail as the bytes of a message. Text of customers reaches headers through the encoder below alone.

Written out here and not by `email.message`: some of the supported Pythons let an encoded word in a subject or a name
grow into headers of its own, and it takes some thirty times as long. The tests parse what comes out with `email`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Final

from ordermill.domain.commands import SendMail
from ordermill.domain.mail_text import mail_html, mail_text

_LINE: Final = 76
_MAX_LINE: Final = 998
_MAX_PLAIN: Final = 200
_WORD_BYTES: Final = 39
_MAX_NAME: Final = 120

_FIELD_NAME: Final = re.compile(r"List-[A-Za-z-]{1,70}")
_PLAIN: Final = re.compile(r"(?:[!-~]+(?: [!-~]+)*)?")
_PLAIN_NAME: Final = re.compile(r"[A-Za-z0-9]+(?: [A-Za-z0-9]+)*")
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_ADDRESS_PART: Final = r"[^\s\x00-\x20\x7f-\x9f\ud800-\udfff()<>,;:\\\"\[\]@]"
_ADDRESS: Final = re.compile(rf"({_ADDRESS_PART}{{1,64}})@({_ADDRESS_PART}{{1,255}})")
_TO: Final = re.compile(rb"^To: (?:[^\r\n]*(?:\r\n )?<)?([^\r\n<>]+)>?\r\n", re.MULTILINE)
_QUOTED_PAIR: Final = re.compile(r"\\(.)")
_NOT_FOR_NAMES: Final = re.compile(r"[^A-Za-z0-9_-]")


def compose(mail: SendMail, mail_from: str, at_ms: int, *, eight_bit: bool = True) -> bytes:
    """The message as RFC 5322 bytes, lines ending in CRLF, dated `at_ms` (epoch milliseconds): the same each time.

    Control characters in header values become spaces. Without `eight_bit` the bodies are ASCII, as are the headers
    unless an address is not. Raises ValueError if `mail.to` or `mail_from` is no address, or one of `mail.headers` no
    header.
    """
    sender, domain = _mailbox(mail_from)
    recipient, _ = _mailbox(mail.to or "")
    headers = (
        f"From: {sender}",
        f"To: {recipient}",
        _header("Subject", mail.subject),
        f"Date: {format_datetime(datetime.fromtimestamp(at_ms // 1000, UTC))}",
        f"Message-ID: <{safe_name(mail.key)}@{domain}>",
        *([_header("X-Ordermill-Order", mail.order_id)] if mail.order_id is not None else []),
        _header("X-Ordermill-Event", mail.event),
        "Auto-Submitted: auto-generated",
        *(_plain_header(name, value) for name, value in mail.headers),
        "MIME-Version: 1.0",
        "",
    )
    if mail.content is None:
        body = _part("plain", mail.text, eight_bit=eight_bit)
    else:
        parts = [("plain", mail_text(mail.content)), ("html", mail_html(mail.content))]
        body = _alternatives([_part(kind, text, eight_bit=eight_bit) for kind, text in parts])
    return "\r\n".join(headers).encode("utf-8") + body


def address_of(mailbox: str) -> tuple[str, str]:
    """Address and domain of `mailbox`, an address or `Name <address>`. Raises ValueError if it is neither."""
    _, domain = _mailbox(mailbox)
    return mailbox.removesuffix(">").rpartition("<")[2], domain


def recipient_of(head: bytes) -> str | None:
    """The address that a message of `compose`, of which `head` is the beginning, goes to, in lower case."""
    found = _TO.search(head)
    return None if found is None else found[1].decode("utf-8", "replace").lower()


def deliverable(mailbox: str) -> tuple[str, str]:
    """The mailbox with its address as any mail server takes it, where only its domain is international; the address.

    Raises ValueError if it is no mailbox, or its domain no domain.
    """
    address, domain = address_of(mailbox)
    local = address.removesuffix(domain)
    if domain.isascii() or not local.isascii():
        return mailbox, address
    import idna  # only few mails need it

    plain = local + idna.encode(domain, uts46=True).decode("ascii")
    return mailbox.replace(address, plain), plain


def _alternatives(parts: list[bytes]) -> bytes:
    """The parts, the best one last. The boundary is their hash: who writes into them cannot know it beforehand."""
    boundary = "=_" + hashlib.sha256(b"".join(parts)).hexdigest()[:40]
    line = f"--{boundary}\r\n".encode()
    head = f'Content-Type: multipart/alternative; boundary="{boundary}"\r\n\r\n'.encode()
    return head + b"".join(line + part + b"\r\n" for part in parts) + f"--{boundary}--\r\n".encode()


def _part(kind: str, text: str, *, eight_bit: bool) -> bytes:
    """Content headers and body: readable as it stands unless mail servers would not take it."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = (text if text.endswith("\n") else f"{text}\n").encode("utf-8", "replace").split(b"\n")
    data = b"\r\n".join(lines)
    if b"\0" in data or max(map(len, lines)) > _MAX_LINE:
        encoding, data = "base64", base64.encodebytes(data).replace(b"\n", b"\r\n")
    elif data.isascii():
        encoding = "7bit"
    elif eight_bit:
        encoding = "8bit"
    else:
        encoding, data = "quoted-printable", binascii.b2a_qp(data, istext=True)
    head = f'Content-Type: text/{kind}; charset="utf-8"\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n'
    return head.encode("ascii") + data


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


def _plain_header(name: str, value: str) -> str:
    """One line as it stands, for values in which an encoded word would have no meaning, such as links.

    Raises ValueError for what is not printable ASCII, or too long for a line.
    """
    line = f"{name}: {value}"
    if not _FIELD_NAME.fullmatch(name) or not _PLAIN.fullmatch(value) or not value or len(line) > _MAX_LINE:
        raise ValueError("not a header")
    return line


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
        return address, match[2]
    if len(name) <= _WORD_BYTES and _PLAIN_NAME.fullmatch(name):
        return f"{name} <{address}>", match[2]
    return f"{_encoded_words(name)}\r\n <{address}>", match[2]


def safe_name(mail_id: str) -> str:
    """The id itself where it can name a file and a message; else what is left of it, told apart by a hash."""
    if 0 < len(mail_id) <= _MAX_NAME and not _NOT_FOR_NAMES.search(mail_id):
        return mail_id
    digest = hashlib.sha256(mail_id.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return f"{_NOT_FOR_NAMES.sub('_', mail_id)[:_MAX_NAME]}-{digest}"
