"""A webhook's target on a real socket: notes what it gets and answers as it is told; with TLS where it has a name."""

from __future__ import annotations

import random
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Got:
    """One request; header names are lower-case."""

    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Reply:
    """One answer. With `until` it is held back until that is set; after `body` come `more`, each `pause_s` later."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b"ok"
    until: threading.Event | None = None
    more: Sequence[bytes] = ()
    pause_s: float = 0


class Target:
    """Answers with `replies`, one after another; the last one stays."""

    def __init__(self, *replies: Reply) -> None:
        self.got: list[Got] = []
        self.replies = list(replies) or [Reply()]
        self.names: list[str | None] = []
        self.ended = threading.Event()
        self.arrived = threading.Semaphore(0)
        self.port = self.written = 0
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        """Without TLS."""
        return f"http://127.0.0.1:{self.port}/hook"

    def take(self, got: Got) -> Reply:
        with self._lock:
            self.got.append(got)
            reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        self.arrived.release()
        if reply.until is not None:
            while not (reply.until.wait(0.05) or self.ended.is_set()):
                pass
        return reply


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away, or do not trust us, are what the tests are about."""


def _handler(target: Target) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = target.take(Got(self.path, headers, body))
            self.send_response(reply.status)
            for name, value in {"content-length": str(len(reply.body)), **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)
            for piece in reply.more:
                if target.ended.wait(reply.pause_s):
                    return
                self.wfile.write(piece)
                target.written += len(piece)

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    return Handler


@contextmanager
def serving(target: Target, tls: ssl.SSLContext | None = None) -> Iterator[Target]:
    """`target` on a port of its own, until the end."""
    server = _Server(("127.0.0.1", 0), _handler(target))
    if tls is not None:
        tls.sni_callback = lambda _, name, __: target.names.append(name)
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    target.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield target
    finally:
        target.ended.set()
        server.shutdown()
        thread.join()
        server.server_close()


def certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context for `name`, and one for clients that trust its self-made certificate alone."""
    key, cert = folder / f"{name}.key", folder / f"{name}.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-days", "2", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"),
            *("-keyout", str(key), "-out", str(cert)),
        ],
        check=True,
        capture_output=True,
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(cert, key)
    return server, ssl.create_default_context(cafile=str(cert))


def unused_port() -> socket.socket:
    """Listening where the system lets nobody else, so that no client of another test comes, looking for its server."""
    for port in random.sample(range(20_000, 30_000), 100):
        try:
            return socket.create_server(("127.0.0.1", port))
        except OSError:
            continue
    raise AssertionError("no port is free")
