"""`GET /live` as an answer: who may watch, from where on, and what keeps the stream alive."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection
from typing import Final

from ordermill.domain.errors import Overloaded
from ordermill.entrypoints import sse
from ordermill.entrypoints.live.feed import WATCHERS_MAX, Feed, Watcher
from ordermill.entrypoints.live.filters import Wish, read_wish
from ordermill.entrypoints.live.replay import Replay
from ordermill.entrypoints.live.views import LIVE_FROM, GapReason, gap_event
from ordermill.entrypoints.web import Request, Response

HEARTBEAT_S: Final = 15.0
_HEADERS: Final = (("cache-control", "no-store"), ("x-accel-buffering", "no"))


class LiveRoute:
    """The route; `functions` are those that a filter may name."""

    def __init__(
        self, feed: Feed, replay: Replay, functions: Collection[str], *, heartbeat_s: float = HEARTBEAT_S
    ) -> None:
        self._feed, self._replay, self._functions, self._heartbeat_s = feed, replay, functions, heartbeat_s

    def answer(self, request: Request) -> Response:
        """The stream. Raises InvalidQuery, and Overloaded where enough watch already."""
        wish = read_wish(request.query, request.headers.get("last-event-id"), self._functions)
        if len(self._feed.watchers) >= WATCHERS_MAX:
            raise Overloaded(f"{WATCHERS_MAX} watch already")
        chunks = None if request.method == "HEAD" else self._stream(wish)
        return Response(200, b"", "text/event-stream", _HEADERS, chunks)

    async def _stream(self, wish: Wish) -> AsyncGenerator[bytes]:
        feed = self._feed
        if wish.looks_back and (wish.after is None or wish.after < LIVE_FROM):
            plan = await self._replay.plan(wish)
            watcher = feed.join(wish.filter, plan.position)
            beginning = self._replay.send(plan, sse.opening(plan.after))
        else:
            watcher, gap = self._resume(wish)
            beginning = _only(sse.opening(watcher.position) + gap)
        try:
            async for chunk in beginning:
                if feed.closed:
                    return
                yield chunk
            while not feed.closed:
                if chunk := watcher.pull():
                    yield chunk
                elif not await watcher.news(self._heartbeat_s):
                    yield sse.heartbeat(watcher.position)
        finally:
            feed.leave(watcher)

    def _resume(self, wish: Wish) -> tuple[Watcher, bytes]:
        """Right after the last id; where that is not possible, after a gap."""
        feed, after = self._feed, wish.after
        if after is None:
            return feed.join(wish.filter), b""
        ring = feed.ring
        reason: GapReason
        if after > ring.last or after < LIVE_FROM:
            reason, from_ = "unknown", ring.last + 1
        elif after < ring.start - 1:
            reason, from_ = "restart", ring.first
        elif after < ring.first - 1:
            reason, from_ = "overflow", ring.first
        else:
            return feed.join(wish.filter, after), b""
        return feed.join(wish.filter, from_ - 1), gap_event(after, from_, reason)


async def _only(chunk: bytes) -> AsyncGenerator[bytes]:
    yield chunk
