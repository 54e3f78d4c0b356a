"""Orders take a direct way: what is there whole when it is read goes to the engine at once, and is answered by it.

A task with its coroutines, events and futures costs more than taking an order in. Everything else goes through the ASGI
callable. The limits and the answers are the same on both ways. See ADR 6.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from ordermill.entrypoints.limits import Limits
from ordermill.entrypoints.protocol import BoundedProtocol
from ordermill.entrypoints.web import Response

DIRECT: Final = frozenset({b"/orders"})
"""The targets that are posted to often enough to matter."""

Take = Callable[[Any, bytes, Callable[[Response], None]], bool]
"""See `App.take`."""


class _NoEvent:
    """Nobody waits for the body of a direct request."""

    def set(self) -> None:
        """Nothing."""


_NO_EVENT: Final = _NoEvent()


class DirectCycle:
    """Stands where uvicorn's RequestResponseCycle stands on its connection."""

    __slots__ = (
        *("body", "disconnected", "keep_alive", "message_event", "more_body"),
        *("response_complete", "response_started", "scope"),
    )

    def __init__(self, scope: Any, keep_alive: bool) -> None:
        self.scope, self.keep_alive = scope, keep_alive
        self.body, self.more_body = b"", True
        self.disconnected = self.response_started = self.response_complete = False
        self.message_event = _NO_EVENT


class DirectProtocol(BoundedProtocol):
    """One connection. `cycle` is a DirectCycle or uvicorn's own."""

    cycle: Any

    @cached_property
    def _take(self) -> Take | None:
        """The application's direct way, if it has one."""
        return getattr(self.app, "take", None)

    def data_received(self, data: bytes) -> None:
        """A request that is not complete by now goes the other way."""
        super().data_received(data)
        cycle = self.cycle
        if type(cycle) is DirectCycle and cycle.more_body and not cycle.disconnected:
            self._go_around(cycle)

    def begin_answer(self) -> None:
        """The head is there."""
        cycle, parser = self.cycle, self.parser
        if (
            self.url in DIRECT
            and self._take is not None
            and (cycle is None or cycle.response_complete)
            and parser.get_method() == b"POST"
            and parser.get_http_version() == "1.1"
        ):
            scope: Any = self.scope
            scope["method"], scope["raw_path"], scope["query_string"] = "POST", self.url, b""
            self.cycle = DirectCycle(scope, parser.should_keep_alive())
        else:
            super().begin_answer()

    def on_message_complete(self) -> None:
        """The end of the request: off it goes."""
        cycle = self.cycle
        its_own = type(cycle) is DirectCycle and cycle.more_body
        super().on_message_complete()
        if not its_own or cycle.more_body:
            # The end of a head that is read anew, or of one that was answered before it ended.
            return
        assert self._take is not None
        if not self._take(cycle.scope, cycle.body, partial(self._answer, cycle)):
            self._go_around(cycle)

    def _go_around(self, cycle: DirectCycle) -> None:
        self.cycle = None
        HttpToolsProtocol.on_headers_complete(self)
        self._running = self.cycle
        self.cycle.body += cycle.body
        self.cycle.more_body = cycle.more_body
        self.cycle.message_event.set()

    def _answer(self, cycle: DirectCycle, response: Response) -> None:
        """In one write: a system call is a good part of what an order costs."""
        if cycle.disconnected or self.transport.is_closing():
            return
        self.transport.write(self.encode_answer(response, keep_alive=cycle.keep_alive))
        cycle.response_started = cycle.response_complete = True
        if not cycle.keep_alive:
            self.transport.close()
        self.on_response_complete()


def direct(limits: Limits) -> type[DirectProtocol]:
    """The protocol with these limits."""

    class Direct(DirectProtocol):
        pass

    Direct.limits = limits
    return Direct
