"""Mail through an SMTP server: at least once, the same Message-ID at each repeat.

What goes wrong is one of three: the server is away or does not want us, and every mail waits (MailUnavailable); it
does not take this mail now, or nobody knows whether it did (MailError); it will never take it (MailRefused).
"""

from __future__ import annotations

import logging
import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final

from msgspec.structs import replace

from ordermill.adapters.local.outage import Outage
from ordermill.adapters.local.smtp_server import SmtpServer
from ordermill.adapters.mime import address_of, compose, deliverable
from ordermill.domain.commands import SendMail
from ordermill.ports.ambient import Clock
from ordermill.ports.services import MailError, MailRefused, MailUnavailable

log = logging.getLogger(__name__)

TIMEOUT_S: Final = 10
"""For the connection, and for each answer."""
BATCH_S: Final = 60
"""After this long a batch begins no further mail: its messages are to be settled within their visibility timeout."""
LAST_S: Final = 100
"""After this long a batch's connection is cut, however busily the server dawdles."""
_REPLY_MAX: Final = 300
_CLOSING: Final = 421
_NOT_US: Final = frozenset({530, 534, 535, 538})
"""Refusals of whoever sends and not of the mail: authentication, encryption."""
_TOO_LARGE: Final = 552
_LOST: Final = (OSError, ValueError)
"""What comes where a connection ends, an answer does not come, or is none; all of smtplib's errors are of these."""


class _Batch:
    """One thread's open batch: its connection, until one fails, and what it has handed over."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.connection: smtplib.SMTP | None = None
        self.sent: set[str] = set()
        self.failed: MailUnavailable | None = None


class _Open(threading.local):
    batch: _Batch | None = None


class SmtpMailer:
    """The port `Mailer` on an SMTP server. Any thread may call, each with its own batch, which is one connection."""

    def __init__(
        self,
        server: SmtpServer,
        mail_from: str,
        clock: Clock,
        *,
        rest_ms: int = 0,
        context: ssl.SSLContext | None = None,
        timeout_s: float = TIMEOUT_S,
        batch_s: float = BATCH_S,
        last_s: float = LAST_S,
    ) -> None:
        """`rest_ms` is how long to rest while the server is away, `context` what certificates are verified with.

        Raises ValueError if `mail_from` is neither an address nor `Name <address>`.
        """
        self._server, self._clock = server, clock
        self._from, self._sender = deliverable(mail_from)
        self._domain = address_of(self._from)[1]
        self._rest_ms, self._timeout_s, self._batch_s, self._last_s = rest_ms, timeout_s, batch_s, last_s
        self._context = context or ssl.create_default_context()
        self._open = _Open()
        self._outage = Outage("sending mails")

    def send(self, mail: SendMail) -> None:
        """See `Mailer.send`."""
        batch = self._open.batch
        if batch is None:
            with self.batch():
                self.send(mail)
            return
        if mail.key in batch.sent:
            return
        if batch.failed is not None:
            raise batch.failed
        if time.monotonic() - batch.began > self._batch_s:
            raise MailUnavailable(f"{self._server.name} is slow, and this mail's turn comes later")
        try:
            self._hand_over(batch, mail)
        except MailUnavailable as error:
            batch.failed = error
            self._outage.goes_on(str(error))
            raise
        batch.sent.add(mail.key)
        self._outage.is_over()

    @contextmanager
    def batch(self, keys: Sequence[str] = ()) -> Iterator[None]:
        """Let what this thread sends in the body share a connection.

        `keys` is not needed here: batches of all services are opened alike. Raises RuntimeError if this thread has a
        batch open.
        """
        if self._open.batch is not None:
            raise RuntimeError("this thread has a batch open")
        self._open.batch = batch = _Batch()
        last = threading.Timer(self._last_s, _cut, (batch,))
        last.daemon = True
        last.start()
        try:
            yield
        finally:
            self._open.batch = None
            if batch.connection is not None:
                with suppress(*_LOST):
                    batch.connection.quit()
            last.cancel()

    def probe(self) -> None:
        """Connect, authenticate and leave. Raises MailUnavailable."""
        batch = _Batch()
        self._connect(batch)
        _drop(batch)

    def _hand_over(self, batch: _Batch, mail: SendMail) -> None:
        """Raises MailUnavailable, MailError, MailRefused."""
        try:
            to, recipient = deliverable(mail.to or "")
            data = compose(replace(mail, to=to), self._from, self._clock.now_ms(), eight_bit=False)
        except ValueError as error:
            raise MailRefused("it has no address that mail could go to") from error
        connection = batch.connection or self._connect(batch)
        options = []
        if not data.isascii():
            if not connection.has_extn("smtputf8"):
                raise MailRefused(f"{self._server.name} takes no international addresses (SMTPUTF8)")
            options += ["SMTPUTF8", "BODY=8BITMIME"]
        begun = False
        try:
            self._check(connection.mail(self._sender, options), "the sender")
            self._check(connection.rcpt(recipient), "the recipient", mail)
            begun = True
            self._check(_data(connection, data), "the message", mail)
        except _LOST as error:
            _drop(batch)
            why = f"{self._server.name} {'did not answer in time' if _timed_out(error) else 'broke off'}"
            if begun:
                raise MailError(f"{why}: it may have taken the mail or not") from error
            raise MailUnavailable(why, self._rest_ms) from error
        except MailUnavailable:
            _drop(batch)
            raise
        except (MailError, MailRefused):
            # The server forgets what it was told of this mail; one that can't is not asked again.
            try:
                connection.rset()
            except _LOST:
                _drop(batch)
            raise

    def _check(self, answer: tuple[int, bytes], what: str, mail: SendMail | None = None) -> None:
        """Raises unless the server takes it. A refusal without `mail` is none of any one mail."""
        code, text = answer
        if 200 <= code < 300:
            return
        why = f"{self._server.name} refused {what} ({_codes(code, text)})"
        permanent = 500 <= code < 600
        if code == _CLOSING or code in _NOT_US or (permanent and mail is None and code != _TOO_LARGE):
            raise MailUnavailable(why, self._rest_ms)
        if not permanent:
            raise MailError(why)
        log.warning("%s for good", why, extra={"mailId": mail.mail_id} if mail else {})
        raise MailRefused(why, f"{self._server.name} refused {what}: {code} {_readable(text)}")

    def _connect(self, batch: _Batch) -> smtplib.SMTP:
        """A connection that mail may go through, the batch's. Raises MailUnavailable."""
        server = self._server
        try:
            connection = self._opened(batch)
            if server.starttls:
                connection.starttls(context=self._context)
            connection.ehlo_or_helo_if_needed()
            if server.user is not None and server.password is not None:
                connection.login(server.user, server.password)
        except _LOST as error:
            _drop(batch)
            raise MailUnavailable(f"{server.name} {_cause(error)}", self._rest_ms) from error
        return connection

    def _opened(self, batch: _Batch) -> smtplib.SMTP:
        server = self._server
        kind: Any = smtplib.SMTP_SSL if server.tls else smtplib.SMTP
        options = {"context": self._context} if server.tls else {}
        # Known to the batch before it connects: so its connection can be cut while it waits for the greeting.
        connection: smtplib.SMTP = kind.__new__(kind)
        batch.connection = connection
        kind.__init__(connection, server.host, server.port, self._domain, timeout=self._timeout_s, **options)
        return connection


def _data(connection: smtplib.SMTP, data: bytes) -> tuple[int, bytes]:
    try:
        return connection.data(data)
    except smtplib.SMTPDataError as error:
        return error.smtp_code, _bytes(error.smtp_error)


def _drop(batch: _Batch) -> None:
    if batch.connection is not None:
        batch.connection.close()
        batch.connection = None


def _cut(batch: _Batch) -> None:
    """From another thread: whoever reads from the connection reads its end."""
    connection = batch.connection
    if connection is not None and connection.sock is not None:
        with suppress(OSError):
            connection.sock.shutdown(socket.SHUT_RDWR)


def _cause(error: Exception) -> str:
    """Why there is no connection, without what the server said: that may name whoever signs in."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"does not take the user and the password ({_codes(error.smtp_code, _bytes(error.smtp_error))})"
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return "does not offer what is asked of it: STARTTLS, or a way to sign in"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"does not want to talk ({_codes(error.smtp_code, _bytes(error.smtp_error))})"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"has a certificate that cannot be verified ({error.verify_message})"
    if _timed_out(error):
        return "does not answer in time"
    detail = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
    return f"cannot be reached ({detail})"


def _timed_out(error: BaseException) -> bool:
    return isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)


def _bytes(text: bytes | str) -> bytes:
    return text if isinstance(text, bytes) else text.encode("utf-8", "replace")


def _codes(code: int, text: bytes) -> str:
    """The reply's code, and its enhanced one where it begins with that."""
    first = text.split(b" ", 1)[0]
    digits = first.split(b".")
    enhanced = len(digits) == 3 and all(part.isdigit() and len(part) <= 3 for part in digits)
    return f"{code} {first.decode('ascii')}" if enhanced else str(code)


def _readable(text: bytes) -> str:
    """What the server said, on one line."""
    shown = "".join(char if char.isprintable() else " " for char in text.decode("utf-8", "replace"))
    return " ".join(shown.split())[:_REPLY_MAX]
