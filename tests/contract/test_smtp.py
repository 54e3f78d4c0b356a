"""The mailer through an SMTP server: the mailers' contract, and what becomes of each answer of a server."""

from __future__ import annotations

import logging
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ordermill.adapters.local.smtp import SmtpMailer
from ordermill.adapters.local.smtp_server import SmtpServer
from ordermill.ports.services import MailError, MailRefused, MailUnavailable
from tests.contract.mailer_kit import (
    CANARIES,
    SENDER,
    MailerContract,
    Outbox,
    StillClock,
    assert_harmless,
    content_of,
    mail_of,
    parse,
)
from tests.smtp_kit import (
    DROP,
    PASSWORD,
    USER,
    Certificate,
    DawdlingServer,
    MailServer,
    SilentServer,
    Stage,
    make_certificate,
)

REST_MS = 123
MESSAGE_ID = "<ord_1-OrderProcessed@ordermill.example>"


def mailer_to(
    port: int,
    *,
    host: str = "127.0.0.1",
    tls: bool = False,
    starttls: bool = False,
    user: str | None = None,
    password: str | None = None,
    context: ssl.SSLContext | None = None,
    **limits: float,
) -> SmtpMailer:
    server = SmtpServer(host, port, tls, starttls, user, password)
    return SmtpMailer(server, SENDER, StillClock(), rest_ms=REST_MS, context=context, **limits)


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as running:
        yield running


@pytest.fixture
def mailer(server: MailServer) -> SmtpMailer:
    return mailer_to(server.port)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls"), "DNS:localhost", "IP:127.0.0.1")


class TestSmtpMailer(MailerContract):
    @pytest.fixture
    def outbox(self, server: MailServer, mailer: SmtpMailer) -> Outbox:
        return Outbox(mailer, lambda: [delivery.data for delivery in server.deliveries])


class TestAnswers:
    @pytest.mark.parametrize(
        ("stage", "reply", "outcome"),
        [
            ("mail", "451 later", MailError),
            ("mail", "552 5.3.4 too large", MailRefused),
            ("mail", "550 5.7.1 not you", MailUnavailable),
            ("mail", "530 5.7.0 authentication required", MailUnavailable),
            ("mail", DROP, MailUnavailable),
            ("rcpt", "450 4.2.1 greylisted", MailError),
            ("rcpt", "550 5.1.1 <ada@example.org> unknown", MailRefused),
            ("rcpt", "421 4.3.2 shutting down", MailUnavailable),
            ("rcpt", DROP, MailUnavailable),
            ("data", "452 4.2.2 mailbox full", MailError),
            ("data", "554 5.7.1 looks like spam", MailRefused),
            ("data", "421 4.3.2 shutting down", MailUnavailable),
            ("data", DROP, MailError),
        ],
    )
    def test_each_has_its_outcome_and_the_next_mail_is_sent(
        self, server: MailServer, mailer: SmtpMailer, stage: Stage, reply: str, outcome: type[Exception]
    ) -> None:
        server.replies[stage].append(reply)
        with pytest.raises(outcome) as raised:
            mailer.send(mail_of())
        assert type(raised.value) is outcome
        assert "ada@" not in str(raised.value), "what is logged names nobody"
        assert getattr(raised.value, "rest_ms", None) == (REST_MS if outcome is MailUnavailable else None)
        assert server.deliveries == []
        mailer.send(mail_of())
        assert [message_from_bytes(sent.data)["Message-ID"] for sent in server.deliveries] == [MESSAGE_ID]

    def test_why_it_was_refused_is_told_to_staff(self, server: MailServer, mailer: SmtpMailer) -> None:
        server.replies["rcpt"].append("550 5.1.1 <ada@example.org>: no \x1b[2Jsuch user")
        with pytest.raises(MailRefused) as refused:
            mailer.send(mail_of())
        where = f"127.0.0.1:{server.port} refused the recipient"
        assert str(refused.value) == f"{where} (550 5.1.1)"
        assert refused.value.reason == f"{where}: 550 5.1.1 <ada@example.org>: no [2Jsuch user"

    def test_one_refusal_in_a_batch_is_no_other_mails(self, server: MailServer, mailer: SmtpMailer) -> None:
        server.recipients["eve@example.org"] = "550 5.1.1 unknown"
        server.recipients["bob@example.org"] = "450 4.2.1 later"
        outcomes = []
        with mailer.batch():
            for number, name in enumerate(("ada", "eve", "bob", "zoe")):
                try:
                    mailer.send(mail_of(f"m{number}", to=f"{name}@example.org"))
                    outcomes.append("sent")
                except (MailRefused, MailError) as error:
                    outcomes.append(type(error).__name__)
        assert outcomes == ["sent", "MailRefused", "MailError", "sent"]
        assert [sent.recipient for sent in server.deliveries] == ["ada@example.org", "zoe@example.org"]
        assert server.connections == 1

    def test_a_mail_lost_on_its_way_is_sent_again_as_the_same(self, server: MailServer, mailer: SmtpMailer) -> None:
        server.replies["data"].append(DROP)
        with mailer.batch():
            with pytest.raises(MailError, match="it may have taken the mail or not"):
                mailer.send(mail_of("m1"))
            mailer.send(mail_of("m2"))
            mailer.send(mail_of("m1"))
        assert [parse(sent.data)["Message-ID"] for sent in server.deliveries] == [
            "<m2@ordermill.example>",
            "<m1@ordermill.example>",
        ]

    def test_a_mail_is_handed_over_once_in_a_batch(self, server: MailServer, mailer: SmtpMailer) -> None:
        with mailer.batch():
            mailer.send(mail_of())
            mailer.send(mail_of())
        assert len(server.deliveries) == 1

    def test_a_batch_within_a_batch_is_a_defect(self, mailer: SmtpMailer) -> None:
        with mailer.batch(), pytest.raises(RuntimeError), mailer.batch():
            pass


class TestAway:
    def test_nobody_listens(self) -> None:
        gone = SilentServer()
        gone.close()
        with pytest.raises(MailUnavailable, match=r"127.0.0.1:\d+ cannot be reached \(Connection refused\)"):
            mailer_to(gone.port).send(mail_of())

    def test_it_is_asked_once_a_batch_and_the_log_says_so_once(
        self, caplog: pytest.LogCaptureFixture, server: MailServer
    ) -> None:
        silent = SilentServer()
        mailer = mailer_to(silent.port, timeout_s=0.2)
        began = time.monotonic()
        with mailer.batch():
            for number in range(20):
                with pytest.raises(MailUnavailable, match="does not answer in time"):
                    mailer.send(mail_of(f"m{number}"))
        silent.close()
        assert time.monotonic() - began < 20 * 0.2
        assert [record.levelno for record in caplog.records] == [logging.ERROR]

    def test_one_that_dawdles_is_cut_off(self) -> None:
        """A byte now and then keeps every time-out from passing."""
        with DawdlingServer() as server:
            began = time.monotonic()
            with pytest.raises(MailUnavailable):
                mailer_to(server.port, timeout_s=5, last_s=0.3).send(mail_of())
            assert time.monotonic() - began < 4

    def test_what_a_slow_one_leaves_has_its_turn_later(self, server: MailServer) -> None:
        with pytest.raises(MailUnavailable, match="is slow") as raised:
            mailer_to(server.port, batch_s=-1).send(mail_of())
        assert (raised.value.rest_ms, server.connections) == (0, 0)

    def test_what_answers_no_smtp_is_away(self, server: MailServer, mailer: SmtpMailer) -> None:
        server.replies["mail"].append("what?")
        with pytest.raises((MailUnavailable, MailError)):
            mailer.send(mail_of())
        mailer.send(mail_of())
        assert len(server.deliveries) == 1


class TestSecured:
    @pytest.mark.parametrize("tls", ["starttls", "at once"])
    def test_a_certificate_that_is_trusted(self, certificate: Certificate, tls: str) -> None:
        with _secured(tls, certificate) as server:
            _to(server, tls, certificate.client()).send(mail_of())
            assert len(server.deliveries) == 1

    @pytest.mark.parametrize("tls", ["starttls", "at once"])
    def test_a_certificate_that_nobody_vouches_for(self, certificate: Certificate, tls: str) -> None:
        with _secured(tls, certificate) as server:
            with pytest.raises(MailUnavailable, match="a certificate that cannot be verified"):
                _to(server, tls, None).send(mail_of())
            assert server.deliveries == []

    @pytest.mark.parametrize("tls", ["starttls", "at once"])
    def test_the_certificate_of_somebody_else(self, tmp_path: Path, tls: str) -> None:
        other = make_certificate(tmp_path, "DNS:mail.example.org")
        with _secured(tls, other) as server:
            with pytest.raises(MailUnavailable, match="a certificate that cannot be verified"):
                _to(server, tls, other.client()).send(mail_of())
            assert server.deliveries == []

    def test_a_server_that_offers_no_starttls_gets_nothing(self, server: MailServer) -> None:
        with pytest.raises(MailUnavailable, match="does not offer what is asked of it"):
            mailer_to(server.port, starttls=True).send(mail_of())
        assert server.deliveries == []

    def test_signing_in(self, certificate: Certificate) -> None:
        with _secured("starttls", certificate, signed_in=True) as server:
            mailer = _to(server, "starttls", certificate.client(), PASSWORD)
            mailer.probe()
            mailer.send(mail_of())
            assert len(server.deliveries) == 1

    def test_a_wrong_password_keeps_mails_waiting_and_is_not_told(
        self, certificate: Certificate, caplog: pytest.LogCaptureFixture
    ) -> None:
        with _secured("starttls", certificate, signed_in=True) as server:
            mailer = _to(server, "starttls", certificate.client(), "canary-wrong")
            with pytest.raises(MailUnavailable, match="does not take the user and the password") as raised:
                mailer.send(mail_of())
            with pytest.raises(MailUnavailable):
                mailer.probe()
            with pytest.raises(MailUnavailable, match="530"):
                _to(server, "starttls", certificate.client()).send(mail_of())
        assert "canary" not in f"{raised.value} {caplog.text} {mailer!r}"
        assert USER not in f"{raised.value} {caplog.text}"


@contextmanager
def _secured(tls: str, certificate: Certificate, *, signed_in: bool = False) -> Iterator[MailServer]:
    options = {"auth_required": True} if signed_in else {}
    server = MailServer(tls="starttls" if tls == "starttls" else "at once", **options)
    if signed_in:
        server.options["authenticator"] = server.authenticate
    server.start(certificate.server())
    try:
        yield server
    finally:
        server.stop()


def _to(server: MailServer, tls: str, context: ssl.SSLContext | None, password: str | None = None) -> SmtpMailer:
    return mailer_to(
        server.port,
        host="localhost",
        tls=tls == "at once",
        starttls=tls == "starttls",
        user=USER if password else None,
        password=password,
        context=context,
    )


class TestInternational:
    def test_a_domain_is_written_so_that_any_server_takes_it(self) -> None:
        with MailServer(enable_SMTPUTF8=False) as server:
            mailer_to(server.port).send(mail_of(to="ada@exämple.org", content=content_of("Größe")))
        (sent,) = server.deliveries
        assert sent.recipient == "ada@xn--exmple-cua.org"
        assert sent.data.isascii()

    def test_a_name_goes_where_it_is_understood(self, server: MailServer, mailer: SmtpMailer) -> None:
        mailer.send(mail_of(to="jörg@exämple.org"))
        (sent,) = server.deliveries
        assert sent.recipient == "jörg@exämple.org"
        assert b"\r\nTo: j\xc3\xb6rg@ex\xc3\xa4mple.org\r\n" in sent.data

    def test_and_is_refused_for_good_elsewhere(self) -> None:
        with MailServer(enable_SMTPUTF8=False) as server:
            with pytest.raises(MailRefused, match="SMTPUTF8"):
                mailer_to(server.port).send(mail_of(to="jörg@example.org"))
            mailer_to(server.port).send(mail_of())
        assert len(server.deliveries) == 1


@given(st.lists(st.text(), min_size=3, max_size=3))
@example(CANARIES[:3])
@example(CANARIES[-3:])
@example([".", "..\r\n.\r\nMAIL FROM:<x@y.z>", "\r\n.\r\n"])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_text_one_mail_is_handed_over_to_one_recipient(
    server: MailServer, mailer: SmtpMailer, texts: list[str]
) -> None:
    subject, order_id, text = texts
    server.deliveries.clear()
    with mailer.batch():
        mailer.send(mail_of("m1", subject=subject, order_id=order_id, text=text))
        mailer.send(mail_of("m2", subject=subject, order_id=order_id, content=content_of(text)))
    assert [sent.recipient for sent in server.deliveries] == ["ada@example.org"] * 2
    for sent in server.deliveries:
        assert_harmless(sent.data)
        assert sent.data.isascii()
        parse(sent.data)
