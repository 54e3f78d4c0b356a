"""`GET /logs`: the latest lines of the log, and each that comes after them, as server-sent events."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncGenerator, Collection, Mapping
from dataclasses import dataclass
from typing import Final, get_args

from ordermill.domain.errors import Overloaded
from ordermill.entrypoints import sse
from ordermill.entrypoints.bindings import InvalidQuery
from ordermill.entrypoints.live.views import GapReason, gap_event
from ordermill.entrypoints.logs.ring import LogFilter, LogRing
from ordermill.entrypoints.logs.settings import LogLevel
from ordermill.entrypoints.web import Request, Response
from ordermill.entrypoints.wire import ORDER_ID_PATTERN

WATCHERS_MAX: Final = 100
HEARTBEAT_S: Final = 15.0
TOGETHER_S: Final = 0.05
"""How long a line waits at most for company on its way out."""

LINES_AT_ONCE: Final = 200
_ID: Final = re.compile(r"[0-9]{1,16}")
_PARAMETERS: Final = ("orderId", "function", "level", "lastEventId")
_HEADERS: Final = (("cache-control", "no-store"), ("x-accel-buffering", "no"))


@dataclass(frozen=True, slots=True)
class Wish:
    """What a client asks for, and where it stopped."""

    filter: LogFilter
    after: int | None = None


def read_wish(query: Mapping[str, str], last_event_id: str | None, functions: Collection[str]) -> Wish:
    """What the request asks for; the header wins over `lastEventId`. Raises InvalidQuery."""
    for name in query:
        if name not in _PARAMETERS:
            raise InvalidQuery(f"this route takes no {name}; it takes {', '.join(_PARAMETERS)}"[:160])
    order_id, function, level = (query.get(name) for name in ("orderId", "function", "level"))
    if order_id is not None and not re.fullmatch(ORDER_ID_PATTERN, order_id):
        raise InvalidQuery("orderId is not an order's id")
    if function is not None and function not in functions:
        raise InvalidQuery(f"function takes one of {', '.join(sorted(functions))}")
    if level is not None and level not in get_args(LogLevel):
        raise InvalidQuery(f"level takes one of {', '.join(get_args(LogLevel))}")
    after = query.get("lastEventId") if last_event_id is None else last_event_id
    if after and not _ID.fullmatch(after):
        raise InvalidQuery("Last-Event-ID is not an id of this stream")
    severity = logging.NOTSET if level is None else logging.getLevelNamesMapping()[level.upper()]
    return Wish(LogFilter(order_id, function, severity), int(after) if after else None)


class LogTail:
    """Who watches the log. Made in the loop that answers; the ring is fed by another thread."""

    def __init__(self, ring: LogRing) -> None:
        self.ring, self.closed = ring, False
        self.watchers: set[asyncio.Event] = set()
        self._loop = asyncio.get_running_loop()
        self._telling = False
        ring.changed = self._changed

    def close(self) -> None:
        """End every stream."""
        self.closed = True
        self._wake()

    def _changed(self) -> None:
        """In the thread of the log: nobody watches mostly, and many lines come together."""
        if not self.watchers or self._telling:
            return
        self._telling = True
        try:
            self._loop.call_soon_threadsafe(self._loop.call_later, TOGETHER_S, self._wake)
        except RuntimeError:
            # The loop has ended, and all streams with it.
            return

    def _wake(self) -> None:
        self._telling = False
        for watcher in self.watchers:
            watcher.set()


class LogRoute:
    """The route; `functions` are those that a filter may name."""

    def __init__(self, tail: LogTail, functions: Collection[str], *, heartbeat_s: float = HEARTBEAT_S) -> None:
        self._tail, self._functions, self._heartbeat_s = tail, functions, heartbeat_s

    def answer(self, request: Request) -> Response:
        """The stream. Raises InvalidQuery, and Overloaded where enough watch already."""
        wish = read_wish(request.query, request.headers.get("last-event-id"), self._functions)
        if len(self._tail.watchers) >= WATCHERS_MAX:
            raise Overloaded(f"{WATCHERS_MAX} watch already")
        chunks = None if request.method == "HEAD" else self._stream(wish)
        return Response(200, b"", "text/event-stream", _HEADERS, chunks)

    async def _stream(self, wish: Wish) -> AsyncGenerator[bytes]:
        tail, woken = self._tail, asyncio.Event()
        tail.watchers.add(woken)
        try:
            position, gap = _begin(tail.ring, wish.after)
            yield sse.opening(position) + gap
            while not tail.closed:
                woken.clear()
                lines = tail.ring.after(position, LINES_AT_ONCE)
                if lines:
                    missing = gap_event(position, lines[0].seq, "overflow") if lines[0].seq > position + 1 else b""
                    position = lines[-1].seq
                    found = [sse.event("line", each.json, each.seq) for each in lines if wish.filter.passes(each)]
                    if missing or found:
                        yield missing + b"".join(found)
                    await asyncio.sleep(0)
                elif not await _set(woken, self._heartbeat_s):
                    yield sse.heartbeat(position)
        finally:
            tail.watchers.discard(woken)


def _begin(ring: LogRing, after: int | None) -> tuple[int, bytes]:
    """Right after the last id; where that is not possible, after a gap; without one, with all that is kept."""
    if after is None:
        return ring.first - 1, b""
    reason: GapReason
    if after > ring.last:
        reason = "unknown"
    elif after < ring.start - 1:
        reason = "restart"
    else:
        # What overflowed meanwhile shows as soon as lines are read.
        return after, b""
    first = ring.first
    return first - 1, gap_event(after, first, reason)


async def _set(event: asyncio.Event, within_s: float) -> bool:
    try:
        async with asyncio.timeout(within_s):
            await event.wait()
    except TimeoutError:
        return False
    return True
