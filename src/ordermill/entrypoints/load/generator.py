"""The open loop: orders start by the schedule, over a fixed number of connections, whatever the server does.

An order waits only where every connection is busy, and its latency counts from its intended start, so that what a
slow server holds up shows as latency (no coordinated omission). Nothing is ever sent twice.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable

from ordermill.entrypoints.load.connection import Connection
from ordermill.entrypoints.load.dispatcher import Dispatcher
from ordermill.entrypoints.load.record import Record
from ordermill.entrypoints.load.target import Target

TICK_S = 0.001
"""The loop's timers are no finer."""
LAST_WORDS_S = 1.0
"""How long what is under way may take once the user has stopped the run."""
INTERRUPTED = "stopped before an answer"
_CONNECTING_AT_ONCE = 64
_RECONNECT_S = (0.05, 1.0)
_SWEEP_S = 0.1
_OBSERVE_S = 0.5


class Generator:
    """One run, in the running loop. `begun` is called when it begins, `observe` twice a second with the time since."""

    def __init__(
        self,
        target: Target,
        record: Record,
        *,
        connections: int,
        timeout: float,
        begun: Callable[[], None] = lambda: None,
        observe: Callable[[float], None] = lambda at: None,
    ) -> None:
        self.target, self.record = target, record
        self.cpu_share = 0.0
        self.interrupted = False
        self._connections_max, self._timeout = connections, timeout
        self._begun, self._observe = begun, observe
        self._dispatcher = Dispatcher(record)
        self._open: set[Connection] = set()
        self._connecting: set[asyncio.Task[None]] = set()
        self._gate = asyncio.Semaphore(_CONNECTING_AT_ONCE)
        self._loop = asyncio.get_running_loop()
        self._finished: asyncio.Future[None] = self._loop.create_future()
        self._timer: asyncio.TimerHandle | None = None
        self._began: float | None = None

    async def run(self) -> None:
        """Until every order that was sent has an answer or was given up. Raises OSError if nobody listens."""
        await self._connect()
        await asyncio.gather(*(self._try_to_connect() for _ in range(self._connections_max - 1)))
        # Nothing here is a cycle, and a collection would hold up the schedule.
        gc.disable()
        cpu = time.process_time()
        try:
            self._begin()
            await self._finished
        finally:
            gc.enable()
            elapsed = self._now()
            self.cpu_share = (time.process_time() - cpu) / elapsed if elapsed > 0 else 0.0
            await self._close()

    def stop(self) -> None:
        """Send nothing more; the second time, give up what is under way."""
        if self.interrupted:
            self._give_up()
        elif not self._finished.done():
            self.interrupted = True
            self._end(self._now())
            self._loop.call_later(LAST_WORDS_S, self._give_up)

    def _begin(self) -> None:
        self._began = time.perf_counter()
        self._begun()
        for connection in self._open:
            self._dispatcher.ready(connection, self._now())
        seconds = self.record.schedule.seconds
        self._loop.call_later(seconds, self._end, seconds)
        self._loop.call_later(_SWEEP_S, self._sweep)
        self._loop.call_later(_OBSERVE_S, self._report)
        self._arm()

    def _now(self) -> float:
        return time.perf_counter() - self._began if self._began is not None else 0.0

    def _arm(self) -> None:
        if self._timer is None and (wait := self._dispatcher.wait_s(self._now())) is not None:
            self._timer = self._loop.call_later(max(wait, TICK_S), self._tick)

    def _tick(self) -> None:
        self._timer = None
        self._dispatcher.pump(self._now())
        self._arm()

    def _report(self) -> None:
        if not self._finished.done():
            self._observe(self._now())
            self._loop.call_later(_OBSERVE_S, self._report)

    def _sweep(self) -> None:
        """Give up what has waited too long for its answer."""
        if self._finished.done():
            return
        limit = self._now() - self._timeout
        for connection in [each for each in self._open if each.number is not None and each.since < limit]:
            connection.abort(f"no answer within {self._timeout:g} s")
        self._loop.call_later(min(_SWEEP_S, self._timeout / 4), self._sweep)

    def _end(self, at: float) -> None:
        """Start nothing that was not due `at`; a timer may be early, never the schedule."""
        if self.record.ended_at is None:
            at = max(at, self._now())
            self._dispatcher.pump(at)
            self.record.end(at)
            self._finish_if_idle()

    def _give_up(self) -> None:
        for connection in list(self._open):
            connection.abort(INTERRUPTED)
        self._finish_if_idle()

    def _finish_if_idle(self) -> None:
        if self.record.ended_at is not None and self.record.in_flight == 0 and not self._finished.done():
            self._finished.set_result(None)

    def connected(self, connection: Connection) -> None:
        """See `Owner`."""
        self._open.add(connection)
        if self._began is not None:
            self._dispatcher.ready(connection, self._now())
            self._arm()

    def answered(self, connection: Connection, number: int, status: int, body: bytes, *, reusable: bool) -> None:
        """See `Owner`."""
        now = self._now()
        self.record.answer(number, status, body, now)
        if reusable:
            self._dispatcher.ready(connection, now)
            self._arm()
        self._finish_if_idle()

    def lost(self, connection: Connection, number: int | None, why: str) -> None:
        """See `Owner`."""
        self._open.discard(connection)
        self._dispatcher.withdraw(connection)
        if number is not None:
            self.record.give_up(number, why, self._now())
        if self.record.ended_at is None and not self._finished.done():
            self._reconnect()
        self._finish_if_idle()

    def _reconnect(self) -> None:
        task = self._loop.create_task(self._keep_connecting())
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)

    async def _connect(self) -> None:
        target = self.target
        async with self._gate:
            opening = self._loop.create_connection(lambda: Connection(self), target.host, target.port, ssl=target.tls)
            await asyncio.wait_for(opening, self._timeout)

    async def _try_to_connect(self) -> bool:
        try:
            await self._connect()
        except OSError as error:
            self.record.connect_errors[error.strerror or type(error).__name__] += 1
            if self._began is None:
                self._reconnect()
            return False
        return True

    async def _keep_connecting(self) -> None:
        delay, longest = _RECONNECT_S
        while self.record.ended_at is None:
            if self._began is not None and await self._try_to_connect():
                return
            await asyncio.sleep(delay)
            delay = min(2 * delay, longest)

    async def _close(self) -> None:
        for task in list(self._connecting):
            task.cancel()
        await asyncio.gather(*self._connecting, return_exceptions=True)
        for connection in list(self._open):
            connection.abort(INTERRUPTED)
