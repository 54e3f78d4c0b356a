"""One kept-alive HTTP connection that carries one order at a time."""

from __future__ import annotations

import asyncio
from typing import Protocol, cast

import httptools

from ordermill.entrypoints.load.target import Target


class Owner(Protocol):
    """Who is told what happens to a connection."""

    target: Target

    def connected(self, connection: Connection) -> None:
        """It can carry an order."""

    def answered(self, connection: Connection, number: int, status: int, body: bytes, *, reusable: bool) -> None:
        """Order `number` has its answer; if `reusable`, the connection can carry the next."""

    def lost(self, connection: Connection, number: int | None, why: str) -> None:
        """It is closed; order `number`, if not None, will have no answer."""


class Connection(asyncio.Protocol):
    """Knows HTTP through httptools alone. `number` is the order under way, `since` when it was sent."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._body, self._status, self._why = b"", 0, ""
        self.number: int | None = None
        self.since = 0.0

    def send(self, number: int, at: float) -> None:
        """See `Sender`."""
        assert self._transport is not None
        self.number, self.since = number, at
        self._transport.write(self._owner.target.request(number))

    def abort(self, why: str) -> None:
        """Drop the connection at once; `why` is what becomes of its order."""
        self._why = self._why or why
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.Protocol`."""
        # uvloop's is one in all but its class.
        self._transport = cast(asyncio.Transport, transport)
        self._owner.connected(self)

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        if self.number is None:
            self.abort("answered what was not asked")
            return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self.abort("the answer is not HTTP")
        if self._status and not self._why:
            self._finish()

    def connection_lost(self, error: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        why = self._why or ("connection reset" if error is not None else "closed without an answer")
        number, self.number = self.number, None
        self._owner.lost(self, number, why)

    def on_message_begin(self) -> None:
        """httptools: an answer begins."""
        if self._status:
            self.abort("answered what was not asked")

    def on_body(self, body: bytes) -> None:
        """httptools: a piece of the body."""
        self._body += body

    def on_message_complete(self) -> None:
        """httptools: the answer is whole; the next order goes out only after all that has arrived was read."""
        status = self._parser.get_status_code()
        if status >= 200:
            self._status = status
        else:
            self._body = b""

    def _finish(self) -> None:
        assert self.number is not None
        assert self._transport is not None
        number, status, body = self.number, self._status, self._body
        self.number, self._status, self._body = None, 0, b""
        reusable = self._parser.should_keep_alive() and not self._transport.is_closing()
        if not reusable:
            self._transport.close()
        self._owner.answered(self, number, status, body, reusable=reusable)
