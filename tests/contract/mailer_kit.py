"""What every mailer is held to, and how what it hands over is looked at."""

from __future__ import annotations

import base64
import email
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage, MIMEPart

import pytest
from msgspec.structs import replace

from ordermill.domain.commands import SendMail
from ordermill.domain.mail import MailContent
from ordermill.ports.services import Mailer, MailRefused

AT_MS = 1_763_640_000_123
SENDER = "Ordermill <orders@ordermill.example>"
INJECTION = "=?utf-8?q?a=0D=0ABcc=3A_x=40y.z?="
CANARIES = [
    INJECTION,
    f"Order of {INJECTION}",
    "a\r\nBcc: x@y.z",
    "a\nBcc: x@y.z",
    "a\rBcc: x@y.z",
    "\r\n\r\n<script>alert(1)</script>",
    "=SUM(A1)",
    "+1",
    "-1",
    "@x",
    "\ttab",
    "\0nul",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{7*7}}",
    "${jndi:ldap://x}",
    "%s%n",
    "{heading}",
    "\ud800",
    "é" * 500,
]
"""Texts that are known to do harm where they are taken for more than text."""
HEADERS = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "X-Ordermill-Order",
    "X-Ordermill-Event",
    "Auto-Submitted",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
]
OF_TWO_PARTS = HEADERS[:-1]


class StillClock:
    def now_ms(self) -> int:
        return AT_MS


def mail_of(
    mail_id: str = "ord_1-OrderProcessed",
    *,
    to: str | None = "ada@example.org",
    subject: str = "Your order",
    text: str = "Hello\n",
    order_id: str = "ord_1",
    content: MailContent | None = None,
    resend: int = 0,
) -> SendMail:
    return SendMail(mail_id, order_id, "OrderProcessed", to, subject, text, content, resend)


def content_of(text: str = "Hello") -> MailContent:
    """Content in which every place says `text`."""
    return MailContent(text, text, (text, text), ((text, text),), ((text, text),), text, text)


def parse(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=policy.default)
    expected = OF_TWO_PARTS if message.get_content_type() == "multipart/alternative" else HEADERS
    assert message.keys() == expected, "no header but ours, whatever the text"
    assert not message.defects
    return message


def text_of(message: MIMEPart) -> str:
    content = message.get_content()
    assert isinstance(content, str)
    return content.replace("\r\n", "\n")


def assert_harmless(raw: bytes) -> None:
    """The head, byte by byte: our headers once each, folded as they may be, and nothing else."""
    head = raw.partition(b"\r\n\r\n")[0]
    lines = head.split(b"\r\n")
    assert not {b"\r", b"\n", b"\0"} & {line[at : at + 1] for line in lines for at in range(len(line))}
    names = [line.partition(b":")[0].decode() for line in lines if line[:1] != b" "]
    assert names in (HEADERS, OF_TWO_PARTS)
    assert all(len(line) <= 998 for line in lines)
    for word in re.findall(rb"=\?utf-8\?b\?(.*?)\?=", head):
        base64.b64decode(word, validate=True).decode()
        assert len(word) + len("=?utf-8?b??=") <= 75


@dataclass(frozen=True)
class Outbox:
    """A mailer, and what it has handed over."""

    mailer: Mailer
    delivered: Callable[[], list[bytes]]


class MailerContract:
    """Holds any adapter of the port `Mailer` to it: subclass, and give the fixture `outbox`."""

    def test_the_mail_says_what_it_was_told(self, outbox: Outbox) -> None:
        outbox.mailer.send(mail_of(to="Zoë <zoe@example.org>", subject="Größe ✓", text="Total 9.99 €\n.\nBye"))
        (raw,) = outbox.delivered()
        message = parse(raw)
        assert message["From"] == SENDER
        assert message["To"].addresses[0].display_name == "Zoë"
        assert message["To"].addresses[0].addr_spec == "zoe@example.org"
        assert message["Subject"] == "Größe ✓"
        assert message["X-Ordermill-Order"] == "ord_1"
        assert message["X-Ordermill-Event"] == "OrderProcessed"
        assert message["Auto-Submitted"] == "auto-generated"
        assert message["Date"].datetime == datetime(2025, 11, 20, 12, 0, 0, tzinfo=UTC)
        assert message.get_content_type() == "text/plain"
        assert message.get_content_charset() == "utf-8"
        assert text_of(message) == "Total 9.99 €\n.\nBye\n"

    def test_content_is_written_as_text_and_as_html(self, outbox: Outbox) -> None:
        outbox.mailer.send(mail_of(text="", content=content_of("Grüße & <b>")))
        (raw,) = outbox.delivered()
        assert_harmless(raw)
        text, html = parse(raw).iter_parts()
        assert isinstance(text, MIMEPart)
        assert isinstance(html, MIMEPart)
        assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
        assert "Grüße & <b>" in text_of(text)
        assert "Grüße &amp; &lt;b&gt;" in text_of(html)
        assert "<b>" not in text_of(html)

    def test_a_repeat_is_the_same_mail_and_a_resend_another(self, outbox: Outbox) -> None:
        for mail_id in ("ord_1-OrderProcessed", "ord_1-OrderProcessed", "ord_1-OrderShipped"):
            outbox.mailer.send(mail_of(mail_id))
        outbox.mailer.send(mail_of(resend=1))
        ids = {parse(raw)["Message-ID"] for raw in outbox.delivered()}
        assert ids == {
            "<ord_1-OrderProcessed@ordermill.example>",
            "<ord_1-OrderShipped@ordermill.example>",
            "<ord_1-OrderProcessed-resend-1@ordermill.example>",
        }

    @pytest.mark.parametrize("to", [None, "", "a@b.c\r\nBcc: x@y.z", "a@b.c,x@y.z", "a@b.c>", INJECTION + "@y.z"])
    def test_it_refuses_what_is_no_address_for_good(self, outbox: Outbox, to: str | None) -> None:
        with pytest.raises(MailRefused):
            outbox.mailer.send(mail_of(to=to))
        assert outbox.delivered() == []

    def test_what_is_about_no_order_says_so_and_further_headers_stand_as_they_are(self, outbox: Outbox) -> None:
        link = f"<https://shop.example/subscriptions/unsubscribe?token={'x' * 200}>"
        headers = (("List-Unsubscribe", link), ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
        outbox.mailer.send(replace(mail_of(), order_id=None, headers=headers))
        (raw,) = outbox.delivered()
        message = email.message_from_bytes(raw, policy=policy.default)
        assert not message.defects
        assert "X-Ordermill-Order" not in message
        assert f"\r\nList-Unsubscribe: {link}\r\n".encode() in raw, "no program has to decode or unfold it"
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            *(("Bcc", "x@y.z"), ("List-X\r\nBcc", "x"), ("", "x")),
            *(("List-X", value) for value in ("a\r\nBcc: x@y.z", "é", "", "x" * 1000)),
        ],
    )
    def test_no_other_header_can_be_added(self, outbox: Outbox, name: str, value: str) -> None:
        with pytest.raises(MailRefused):
            outbox.mailer.send(replace(mail_of(), headers=((name, value),)))
        assert outbox.delivered() == []

    def test_no_text_becomes_a_header(self, outbox: Outbox) -> None:
        """The canary corpus in every place that a header or a part is made of."""
        for number, text in enumerate(CANARIES):
            name = text.replace("<", "(").replace(">", ")").replace('"', "'")
            mail = mail_of(
                f"m{number}", to=f"{name} <ada@example.org>", subject=text, order_id=text, content=content_of(text)
            )
            outbox.mailer.send(mail)
        found = outbox.delivered()
        assert len(found) == len(CANARIES)
        for raw in found:
            assert_harmless(raw)
            message = parse(raw)
            assert [address.addr_spec for address in message["To"].addresses] == ["ada@example.org"]
            html = message.get_body(("html",))
            assert html is not None
            assert not re.search("<script|<img|7\\*7=49", text_of(html))
