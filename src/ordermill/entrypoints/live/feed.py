"""From the ring to those who watch: single hops while there are few, frames while there are many, gaps where needed.

Nothing is kept for a watcher but its place in the sequence. One that is slow finds more to take in when it comes
again, as frames, and where the ring no longer reaches back a gap: nobody is waited for.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Final

from ordermill.entrypoints.live.filters import Filter, Numbered
from ordermill.entrypoints.live.frames import frame
from ordermill.entrypoints.live.views import frame_event, gap_event, hop_event
from ordermill.ports.hops import Hop
from ordermill.runtime.hop_ring import HopRing

WATCHERS_MAX: Final = 100
SINGLES_PER_S: Final = 200
"""Beyond that a watcher gets frames."""

SINGLES_S: Final = 0.02
"""How long a single hop waits at most for company on its way out."""

FRAME_S: Final = 0.1
FRAME_HOPS: Final = 10_000
"""How many hops one frame stands for at most."""

ALL: Final = Filter()
Monotonic = Callable[[], float]


class Pace:
    """Whether hops may go out one by one: a bucket of tokens, which what is too much empties."""

    def __init__(self, monotonic: Monotonic) -> None:
        self._monotonic = monotonic
        self._tokens, self._at = float(SINGLES_PER_S), monotonic()

    def allows(self, hops: int) -> bool:
        """Whether so many hops may go out one by one now."""
        now = self._monotonic()
        self._tokens = min(SINGLES_PER_S, self._tokens + (now - self._at) * SINGLES_PER_S)
        self._at = now
        if hops > self._tokens:
            self._tokens = 0
            return False
        self._tokens -= hops
        return True


class Watcher:
    """One who watches: `position` is the number of the last hop that was sent or did not pass the filter."""

    def __init__(self, feed: Feed, filter_: Filter, position: int) -> None:
        self._feed, self._filter, self.position = feed, filter_, position
        self._pace = Pace(feed.monotonic)
        self.woken = asyncio.Event()

    def pull(self) -> bytes:
        """What is due now, as events: a few, or one frame, or a gap; nothing if there is nothing new."""
        feed, after = self._feed, self.position
        if after < feed.ring.first - 1:
            self.position = feed.ring.first - 1
            return gap_event(after, feed.ring.first, "overflow")
        to = min(feed.head, after + FRAME_HOPS)
        if after >= to:
            return b""
        self.position = to
        if self._filter.everything:
            return feed.all_between(after, to, singly=self._pace.allows(to - after))
        hops = self._filter.select(after + 1, feed.ring.between(after, to))
        return _events(after, to, hops, singly=self._pace.allows(len(hops))) if hops else b""

    @property
    def behind(self) -> bool:
        """Whether another pull would find something."""
        return self.position < self._feed.head

    async def news(self, within_s: float) -> bool:
        """Wait until there may be something to pull; False if nothing came in time."""
        self.woken.clear()
        if self.behind or self._feed.closed:
            await asyncio.sleep(0)
            return True
        try:
            async with asyncio.timeout(within_s):
                await self.woken.wait()
        except TimeoutError:
            return False
        return True


class Feed:
    """A sink that fills the ring and tells the watchers. `head` is the number of the last hop they may see.

    `later(seconds, what)` calls `what` in the engine's thread, which is the only one to use this.
    """

    def __init__(
        self,
        ring: HopRing,
        later: Callable[[float, Callable[[], None]], object],
        *,
        monotonic: Monotonic = time.monotonic,
    ) -> None:
        self.ring, self._later, self.monotonic = ring, later, monotonic
        self.head = ring.last
        self.closed = False
        self.watchers: set[Watcher] = set()
        self._pace, self._told = Pace(monotonic), monotonic()
        self._waiting = False
        self._shared: dict[tuple[int, int, bool], bytes] = {}

    def take(self, hops: Sequence[Hop]) -> None:
        """See `HopSink.take`."""
        self.ring.take(hops)
        if self.watchers and not self._waiting:
            self._waiting = True
            self._later(SINGLES_S, self._tick)

    def join(self, filter_: Filter, position: int | None = None) -> Watcher:
        """A new watcher, who has seen everything up to `position`; None: up to now."""
        if not self.watchers:
            self.head = self.ring.last
        watcher = Watcher(self, filter_, self.head if position is None else position)
        self.watchers.add(watcher)
        return watcher

    def leave(self, watcher: Watcher) -> None:
        """It watches no more."""
        self.watchers.discard(watcher)
        if not self.watchers:
            self._shared.clear()

    def close(self) -> None:
        """End every stream."""
        self.closed = True
        self._wake()

    def all_between(self, after: int, to: int, *, singly: bool) -> bytes:
        """The hops `after + 1` to `to` as events, encoded once for all who are at the same place."""
        key = (after, to, singly)
        found = self._shared.get(key)
        if found is None:
            found = _events(after, to, ALL.select(after + 1, self.ring.between(after, to)), singly=singly)
            if len(self._shared) >= 8:
                self._shared.clear()
            self._shared[key] = found
        return found

    def _tick(self) -> None:
        """Show what came, at once while it is little, ten times a second while it is much."""
        self._waiting = False
        now = self.monotonic()
        due = self._told + FRAME_S
        if not self._pace.allows(self.ring.last - self.head) and now < due:
            self._waiting = True
            self._later(due - now, self._tick)
            return
        self._told = now
        self.head = self.ring.last
        self._wake()

    def _wake(self) -> None:
        for watcher in self.watchers:
            watcher.woken.set()


def _events(after: int, to: int, hops: Sequence[Numbered], *, singly: bool) -> bytes:
    if singly:
        return b"".join([hop_event(seq, hop) for seq, hop in hops])
    return frame_event(frame(after + 1, to, hops))
