"""HTTP/1.1 as the server reads it: uvicorn's protocol, with limits, time-outs, and problems for what is no request.

What the parser refuses is answered after the answers that are still owed to earlier requests of the connection, and
ends it. A request that is complete when its first bytes are read costs no timer.
"""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar, Final

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from ordermill.domain.errors import OrdermillError, Overloaded
from ordermill.entrypoints.heads import UNUSUAL, fault_of, without_upgrade
from ordermill.entrypoints.hosts import MalformedRequest
from ordermill.entrypoints.limits import DISCARD_MAX, FRAMING_MAX, HEADERS_BYTES_MAX, HEADERS_MAX, URL_MAX, Limits
from ordermill.entrypoints.refusals import (
    HeadersTooLarge,
    RequestTimeout,
    UriTooLong,
    reason_of,
    refusal,
)
from ordermill.entrypoints.sending import whole_headers
from ordermill.entrypoints.web import Response

_NOTHING: Final = 0
_HEAD: Final = 1
_BODY: Final = 2
_HEADERS_RULE: Final = f"at most {HEADERS_MAX} headers, {HEADERS_BYTES_MAX // 1024} KiB"
_LEAVING_MAX: Final = 8
"""How many connections beyond the limit are told why before they are closed."""


class _Refused(Exception):
    """Stops the parser."""


class BoundedProtocol(HttpToolsProtocol):
    """One connection, within `limits`."""

    limits: ClassVar[Limits] = Limits()

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._reading = _NOTHING
        """Which part of a request is incomplete; none between two requests."""
        self._hosts = 0
        self._unusual = False
        self._fed = self._head = self._body = self._framing = self._discarded = 0
        self._deadline: asyncio.TimerHandle | None = None
        self._deadline_of: int | None = None
        self._since = self._idle_since = 0.0
        self._stall: asyncio.TimerHandle | None = None
        self._unsent = 0
        self._objection: OrdermillError | None = None
        self._plain_head: bytes | None = None
        self._refused = False
        self._last_answer: bytes | None = None
        self._running: RequestResponseCycle | None = None
        """The request that is being answered; `cycle` is the last that began."""

    # What the transport calls

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Read from it, unless there are too many."""
        super().connection_made(transport)
        surplus = len(self.connections) - self.limits.connections
        if surplus > _LEAVING_MAX:
            transport.abort()
        elif surplus > 0:
            self._refuse(Overloaded("too many connections are open"))
        else:
            self._arm(self.limits.head_s)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget its timers."""
        self._forget_answer()
        super().connection_lost(exc)
        self._unset_keepalive_if_required()
        self._disarm()
        if self._stall is not None:
            self._stall.cancel()

    def data_received(self, data: bytes) -> None:
        """Parse what came; refuse what is no request or more than the limits allow."""
        if self._refused:
            self._discard(len(data))
            return
        self._fed = len(data)
        began, body, cycle = self._reading, self._body, self.cycle
        try:
            try:
                self.parser.feed_data(data)
            except httptools.HttpParserUpgrade as upgrade:
                self._ignore_upgrade(data[upgrade.args[0] :])
        except httptools.HttpParserError as error:
            # Where in the data a request begins is known only if none before it ends there.
            start = data if began != _BODY and self.cycle is cycle else b""
            self._refuse(self._objection or reason_of(error, start, self.parser.get_http_version()))
            return
        if self._reading or self.cycle is None or self.cycle.response_complete:
            self._await_more(began, self._body - body)
        elif self._deadline is not None:
            self._disarm()

    def pause_writing(self) -> None:
        """The client reads slower than it is answered."""
        super().pause_writing()
        self._watch_sending()

    def resume_writing(self) -> None:
        """It caught up."""
        super().resume_writing()
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None

    def shutdown(self) -> None:
        """The server stops."""
        if self._refused and self._last_answer is None:
            self.transport.close()
        super().shutdown()

    # What the parser calls

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        HttpToolsProtocol.on_message_begin(self)
        self._reading = _HEAD
        self._deadline_of = None
        self._head = self._hosts = 0
        self._unusual = False

    def on_url(self, url: bytes) -> None:
        """All or a part of the target."""
        self.url += url
        if len(self.url) > URL_MAX:
            self._object(UriTooLong(f"at most {URL_MAX // 1024} KiB"))

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header. One that comes after the body could pretend to be any of those before: it is dropped."""
        if self._reading == _HEAD:
            name = name.lower()
            self.headers.append((name, value))
            if name == b"host":
                self._hosts += 1
            elif name in UNUSUAL:
                self._unusual = True

    def on_headers_complete(self) -> None:
        """The request begins to be answered, if it is one."""
        version = self.parser.get_http_version()
        url = self.url
        if self._hosts != 1 or version != "1.1" or self._unusual or url[:1] != b"/" or b"#" in url:
            self._check_head(version)
            if self._plain_head is not None:
                return
        if len(self.headers) > HEADERS_MAX or (self._head + self._fed > HEADERS_BYTES_MAX and self._is_large()):
            self._object(HeadersTooLarge(_HEADERS_RULE))
        self.begin_answer()
        if not self.pipeline:
            self._running = self.cycle
        self._reading, self._body, self._framing = _BODY, 0, 0

    def begin_answer(self) -> None:
        """The head is one of a request: uvicorn's way."""
        HttpToolsProtocol.on_headers_complete(self)

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        self._body += len(body)
        cycle = self.cycle
        if cycle.response_complete:
            if self._body > DISCARD_MAX:
                self._abort()
            return
        cycle.body += body
        if len(cycle.body) > HIGH_WATER_LIMIT:
            self.flow.pause_reading()
        cycle.message_event.set()

    def on_message_complete(self) -> None:
        """The end of the request."""
        if self._plain_head is not None:
            return
        self._reading = _NOTHING
        cycle = self.cycle
        if not cycle.response_complete:
            cycle.more_body = False
            cycle.message_event.set()

    # What an answer calls

    def on_response_complete(self) -> None:
        """Take the next request, or say goodbye."""
        if self.pipeline:
            self._running = self.pipeline[-1][0]
        elif self._last_answer is not None:
            self._part_with(self._last_answer)
            return
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            self._watch_sending()
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
            return
        self._idle_since = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self._watch_idling(self.timeout_keep_alive)

    def timeout_keep_alive_handler(self) -> None:
        """Nothing came for a while: close, even if the last answer was not read.

        The timer runs on while requests come, and looks only when it is over: one for each would cost more.
        """
        if self._reading or not self.cycle.response_complete:
            left: float = self.timeout_keep_alive
        else:
            left = self._idle_since + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self._watch_idling(left)
            return
        if self.transport.get_write_buffer_size():
            self._abort()
        super().timeout_keep_alive_handler()

    def _watch_idling(self, seconds: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(seconds, self.timeout_keep_alive_handler)

    # Parsing

    def _ignore_upgrade(self, rest: bytes) -> None:
        """Nothing here upgrades, and the parser passes over the body of a request that asks for it: begin anew."""
        head, self._plain_head = self._plain_head, None
        if head is None:
            raise httptools.HttpParserError("Unexpected upgrade")
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self._fed += len(head)
        try:
            self.parser.feed_data(head + rest)
        except httptools.HttpParserUpgrade as upgrade:
            self._ignore_upgrade((head + rest)[upgrade.args[0] :])

    def _check_head(self, version: str) -> None:
        """What few requests need a look at."""
        method = self.parser.get_method()
        error = fault_of(method, self.url, version, self.headers)
        if error is not None:
            self._object(error)
        if self.parser.should_upgrade():
            self._plain_head = without_upgrade(method, self.url, version, self.headers)
        self.expect_100_continue = version == "1.1" and any(name == b"expect" for name, _ in self.headers)

    def _is_large(self) -> bool:
        return sum(len(name) + len(value) + 4 for name, value in self.headers) > HEADERS_BYTES_MAX

    def _object(self, error: OrdermillError) -> None:
        self._objection = error
        raise _Refused

    # Waiting for the rest

    def _await_more(self, began: int, body: int) -> None:
        """What came was not the end of a request; `began` was incomplete before, and `body` of it was body."""
        if self._reading == _HEAD:
            if began == _HEAD:
                self._head += self._fed
            if self._head > HEADERS_BYTES_MAX + URL_MAX or len(self.headers) > HEADERS_MAX:
                self._refuse(HeadersTooLarge(_HEADERS_RULE))
                return
        elif self._reading == _BODY and began == _BODY:
            self._framing += self._fed - body
            if self._framing > FRAMING_MAX + 8 * self._body:
                self._refuse(MalformedRequest("its body is hardly more than chunk sizes"))
                return
        if self._deadline is None or self._deadline_of != self._reading:
            self._since = self.loop.time()
            self._arm(self.limits.body_s if self._reading == _BODY else self.limits.head_s)

    def _arm(self, seconds: float) -> None:
        self._disarm()
        self._deadline_of = self._reading
        self._deadline = self.loop.call_later(seconds, self._on_deadline)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _on_deadline(self) -> None:
        limits = self.limits
        if self.flow.read_paused:
            # It is not the client's fault that nothing more was read.
            self._arm(limits.head_s)
        elif self._reading == _BODY:
            left = self._since + limits.body_s + self._body / limits.body_bytes_per_s - self.loop.time()
            if left > 0:
                self._arm(left)
            else:
                self._refuse(RequestTimeout("the body did not arrive in time"))
        elif self._reading == _HEAD:
            self._refuse(RequestTimeout("the headers did not arrive in time"))
        else:
            self.transport.close()

    # Refusing

    def _refuse(self, error: OrdermillError) -> None:
        """Read nothing more, and end the connection with this answer once the earlier requests have theirs."""
        self._refused = True
        self._disarm()
        self._unset_keepalive_if_required()
        answer = self.encode_answer(refusal(error), keep_alive=True)
        if self._reading == _BODY:
            if self.pipeline and self.pipeline[0][0] is self.cycle:
                self.pipeline.popleft()
                owed = True
            else:
                owed = False
                if self.cycle.response_started:
                    answer = b""
            _disconnect(self.cycle)
        else:
            owed = self.cycle is not None and not self.cycle.response_complete
        if owed:
            self._last_answer = answer
            self.flow.pause_reading()
        else:
            self._part_with(answer)

    def encode_answer(self, response: Response, *, keep_alive: bool) -> bytes:
        """A whole answer; `keep_alive` is false to say that the connection ends with it, where `response` doesn't."""
        lines = [STATUS_LINE[response.status]]
        for name, value in (*self.server_state.default_headers, *whole_headers(response)):
            lines += (name, b": ", value, b"\r\n")
        lines += (b"\r\n" if keep_alive else b"connection: close\r\n\r\n", response.body)
        return b"".join(lines)

    def _part_with(self, answer: bytes) -> None:
        """Send it, then go on reading for a while: a client still sending would see a reset instead."""
        self._last_answer = None
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        self.transport.write(answer)
        self.transport.write_eof()
        self._deadline = self.loop.call_later(self.limits.linger_s, self._abort)

    def _abort(self) -> None:
        self._forget_answer()
        self.transport.abort()

    def _forget_answer(self) -> None:
        """What is being answered finds nobody there any more, and is not to write."""
        self.pipeline.clear()
        if self._running is not None and not self._running.response_complete:
            _disconnect(self._running)

    def _discard(self, size: int) -> None:
        self._discarded += size
        if self._discarded > DISCARD_MAX:
            self._abort()

    # Clients that don't read

    def _watch_sending(self) -> None:
        unsent = self.transport.get_write_buffer_size()
        if unsent and self._stall is None:
            self._unsent = unsent
            self._stall = self.loop.call_later(self.limits.stalled_s, self._on_stall)

    def _on_stall(self) -> None:
        self._stall = None
        if self.transport.get_write_buffer_size() >= self._unsent:
            self._abort()
        else:
            self._watch_sending()


def _disconnect(cycle: RequestResponseCycle) -> None:
    cycle.disconnected = True
    cycle.message_event.set()
