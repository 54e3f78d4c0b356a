"""Where the orders go, and the bytes of each request."""

from __future__ import annotations

import ssl
from urllib.parse import urlsplit

from ordermill import __version__


class Target:
    """POST /orders of one server. With `key_prefix` every order has an idempotency key of its own."""

    def __init__(self, url: str, body: bytes, *, key_prefix: str | None = None) -> None:
        parts = urlsplit(url)
        self.host = parts.hostname or ""
        self.tls = ssl.create_default_context() if parts.scheme == "https" else None
        self.port = parts.port or (443 if self.tls else 80)
        head = (
            f"POST {parts.path.rstrip('/')}/orders HTTP/1.1\r\nHost: {parts.netloc.rpartition('@')[2]}\r\n"
            f"User-Agent: ordermill/{__version__}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        ).encode("latin-1")
        self._head, self._body, self._prefix = head, b"\r\n" + body, key_prefix

    def request(self, number: int) -> bytes:
        """The whole request of order `number`."""
        if self._prefix is None:
            return self._head + self._body
        return b"%bIdempotency-Key: %b-%d\r\n%b" % (self._head, self._prefix.encode("ascii"), number, self._body)
