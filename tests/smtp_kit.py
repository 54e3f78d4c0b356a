"""A mail server that answers what it is told to, and certificates of our own making."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
from collections import defaultdict, deque
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.e2e.server import free_port

DROP: Final = "drop"
"""Instead of a reply: the connection ends."""
USER: Final = "mill@example.org"
PASSWORD: Final = "p@ss/w?rd#:canary"

_DAWDLING: Final = 500

Stage = Literal["mail", "rcpt", "data"]
Tls = Literal["none", "starttls", "at once"]


class Delivery(NamedTuple):
    """A message that was taken."""

    sender: str
    recipient: str
    data: bytes


class _Protocol(SMTP):
    """Tells the server of each connection."""

    def connection_made(self, transport: Any) -> None:
        if isinstance(self.event_handler, MailServer):
            self.event_handler.connections += 1
        super().connection_made(transport)


class MailServer:
    """A server on `port`; `replies` of a stage are given one after another, then it takes everything.

    `recipients` maps an address to what RCPT for it always gets.
    """

    def __init__(self, *, port: int | None = None, tls: Tls = "none", **options: Any) -> None:
        self.port = port or free_port()
        self.replies: dict[Stage, deque[str]] = defaultdict(deque)
        self.recipients: dict[str, str] = {}
        self.deliveries: list[Delivery] = []
        self.connections = 0
        self._tls, self.options = tls, options

    def start(self, context: ssl.SSLContext | None = None) -> MailServer:
        """Listen; `context` is the server's."""
        settings: dict[str, Any] = {"enable_SMTPUTF8": True, **self.options}
        if self._tls == "starttls":
            settings |= {"tls_context": context, "require_starttls": True}
        made = _Listener(self, hostname="127.0.0.1", port=self.port, **settings)
        if self._tls == "at once":
            made.ssl_context = context
        self._controller = made
        made.start()
        # The controller looks whether it is there.
        self.connections = 0
        return self

    def stop(self) -> None:
        """Listen no more."""
        self._controller.stop(no_assert=True)

    def __enter__(self) -> MailServer:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def authenticate(self, _server: object, _session: object, _envelope: object, _way: str, sent: Any) -> AuthResult:
        """Lets USER in with PASSWORD."""
        good = isinstance(sent, LoginPassword) and (sent.login, sent.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=good, handled=False)

    async def handle_MAIL(  # noqa: N802 - as aiosmtpd calls it
        self, server: SMTP, _: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self._reply("mail", server)

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, _: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        reply = self.recipients.get(address) or self._reply("rcpt", server)
        if reply.startswith("2"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server: SMTP, _: Session, envelope: Envelope) -> str:  # noqa: N802
        reply = self._reply("data", server)
        if reply.startswith("2"):
            assert envelope.mail_from is not None
            assert envelope.original_content is not None
            (recipient,) = envelope.rcpt_tos
            self.deliveries.append(Delivery(envelope.mail_from, recipient, envelope.original_content))
        return reply

    def _reply(self, stage: Stage, server: SMTP) -> str:
        reply = self.replies[stage].popleft() if self.replies[stage] else "250 OK"
        if reply.startswith(DROP):
            transport: Any = server.transport
            transport.abort()
        return reply


class _Listener(Controller):
    def factory(self) -> SMTP:
        return _Protocol(self.handler, **self.SMTP_kwargs)


class SilentServer:
    """Takes connections and says nothing."""

    def __init__(self, port: int | None = None) -> None:
        self._socket = socket.create_server(("127.0.0.1", port or 0), backlog=64)
        self.port: int = self._socket.getsockname()[1]

    def close(self) -> None:
        """Listen no more, and end what was taken."""
        self._socket.setblocking(False)
        with suppress(BlockingIOError):
            while True:
                self._socket.accept()[0].close()
        self._socket.close()


class DawdlingServer:
    """Takes one connection, and sends a greeting that takes some ten seconds."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._greet)

    def __enter__(self) -> DawdlingServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._socket.close()

    def _greet(self) -> None:
        connection, _ = self._socket.accept()
        with connection, suppress(OSError):
            for _ in range(_DAWDLING):
                if self._over.wait(0.02):
                    break
                connection.sendall(b"2")


class Certificate(NamedTuple):
    """Of a server at `localhost` and 127.0.0.1, and nobody else vouches for it."""

    certificate: Path
    key: Path

    def server(self) -> ssl.SSLContext:
        """For the server that has it."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.certificate, self.key)
        return context

    def client(self) -> ssl.SSLContext:
        """For a client that trusts it."""
        return ssl.create_default_context(cafile=str(self.certificate))


def make_certificate(folder: Path, *names: str) -> Certificate:
    """A certificate for `names`, such as DNS:localhost."""
    made = Certificate(folder / "certificate.pem", folder / "key.pem")
    command = ["openssl", "req", "-x509", "-nodes", "-days", "2", "-subj", "/CN=test"]
    command += ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    command += ["-keyout", str(made.key), "-out", str(made.certificate), "-addext", f"subjectAltName={','.join(names)}"]
    subprocess.run(command, check=True, capture_output=True)
    return made
