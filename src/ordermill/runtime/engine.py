"""The engine: one writer, one transaction at a time, one commit for whatever waits.

A cycle settles what came back from outside, runs what was asked for and what was claimed, claims the next messages,
and commits all of it at once. Only then are callers answered and calls handed out. See ARCHITECTURE.md, "A cycle".

Functions run in the thread of an event loop, the server's own; the commit runs in the committer's thread, and meanwhile
the loop takes the next requests. Only one of the two works on the transaction at a time. See ADR 2.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

from ordermill.domain.backoff import LONGEST_MS
from ordermill.domain.errors import StorageUnavailable
from ordermill.ports.hops import HopSink
from ordermill.ports.journal import Storage, StorageBroken, StorageFull
from ordermill.ports.messaging import LONGEST_DELAY_MS
from ordermill.runtime.calls import CallPool
from ordermill.runtime.committer import Committer
from ordermill.runtime.cycle import BROKEN, Answer, Cycle, Host, Source, unavailable
from ordermill.runtime.faults import Faults
from ordermill.runtime.guard import Guard
from ordermill.runtime.handlers import Staged, Workflow
from ordermill.runtime.histogram import Histogram
from ordermill.runtime.inbox import Inbox, Intake
from ordermill.runtime.maintenance import Maintenance
from ordermill.runtime.phases import Phases
from ordermill.runtime.stream_source import StreamSource
from ordermill.runtime.trail import Trail

log = logging.getLogger(__name__)

INTAKES_MAX: Final = 256
COMMIT_MAX_S: Final = 60
RETRY_STORAGE_S: Final = 0.25
"""Between two recoveries, however many requests come meanwhile; they are refused."""
BATCH_SIZES: Final = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000)


class Engine:
    """See the module. The function of the first of `sources` is urgent: its messages go before all others."""

    def __init__(
        self,
        storage: Storage,
        sources: Sequence[Source],
        host: Host,
        *,
        now_ms: Callable[[], int],
        guard: Guard,
        maintenance: Maintenance | None = None,
        sinks: Sequence[HopSink] = (),
        wall_ms: Callable[[], int] | None = None,
        faults: Faults,
        workflows: Mapping[str, Workflow] | None = None,
        new_id: Callable[[], str],
    ) -> None:
        """`now_ms` never jumps; `wall_ms` follows the wall clock, as what people read must; the same where None.

        `new_id` gives ids of executions, ascending.
        """
        self._storage, self._transactions = storage, storage.transactions
        self._sources, self._host, self._now, self._guard = list(sources), host, now_ms, guard
        self._streams = [source for source in sources if isinstance(source, StreamSource)]
        self.wall_ms = wall_ms or now_ms
        self.inbox, self.trail = Inbox(self._ring), Trail(sinks, self.wall_ms, storage.attempts)
        self._phases = Phases(
            *(storage, self._sources, self.inbox),
            now_ms=now_ms,
            guard=guard,
            trail=self.trail,
            faults=faults,
            workflows=workflows or {},
            new_id=new_id,
        )
        self._executions = self._phases.executions
        self._maintenance = maintenance or Maintenance((), self._transactions, now_ms=now_ms, guard=guard)
        self._healthy = self._recovered = False
        self._recover_from_ms = -1
        self._stop_by_ms: int | None = None
        # A function may have several sources: its threads are as many as it was given all the same.
        staged = {source.handler.name: source.handler for source in sources if isinstance(source.handler, Staged)}
        self._pools = {name: CallPool(handler, self.inbox.report, faults) for name, handler in staged.items()}
        self._committer = Committer(lambda: self._transactions.commit())
        self.batches = Histogram(BATCH_SIZES)
        """How many requests, outcomes and messages ran in each cycle."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._loop_thread = 0
        self._committing = False
        self._started, self._ended = threading.Event(), threading.Event()

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Recover and begin, in the thread of `loop`, which may be running already; requests are taken at once."""
        self._loop = loop
        self._guard.start()
        loop.call_soon_threadsafe(self._turn)

    def wait_started(self) -> None:
        """Until the first recovery is through, or has failed; not from the loop's own thread."""
        self._started.wait()

    def stop(self, within_s: float) -> None:
        """Claim nothing more, finish what is under way, at most `within_s`; not from the loop's own thread."""
        if self._loop is not None and not self._ended.is_set():
            self._stop_by_ms = self._now() + int(within_s * 1000)
            self._ring()
            self._ended.wait(within_s + 5)
        self._guard.stop()
        self._committer.close()
        for pool in self._pools.values():
            pool.close()

    @property
    def commits(self) -> Histogram:
        """How long commits took, in milliseconds."""
        return self._committer.durations

    @property
    def healthy(self) -> bool:
        """Whether the last transaction could be stored."""
        return self._healthy

    def _ring(self) -> None:
        if self._loop is None:
            return
        if threading.get_ident() == self._loop_thread:
            self._loop.call_soon(self._turn)
            return
        try:
            self._loop.call_soon_threadsafe(self._turn)
        except RuntimeError:
            # The loop is closed: a call that outlived the engine has nobody left to tell.
            if not self._ended.is_set():
                raise

    def _turn(self) -> None:
        """One step in the loop's thread: a cycle up to its commit, or rest."""
        self._loop_thread = threading.get_ident()
        if self._committing or self._ended.is_set():
            return
        if self._timer is not None:
            self._timer.cancel()
        try:
            if self._finished():
                self._refuse_waiting()
                self._ended.set()
            elif not self._healthy and not self._recover():
                self._refuse_waiting()
                self._rest(RETRY_STORAGE_S)
            else:
                self._started.set()
                patience_s = 0 if self._has_work() else self._patience_s()
                if patience_s == 0:
                    self._open_cycle()
                else:
                    self._rest(patience_s)
        except BaseException:
            log.critical("the engine stopped unexpectedly", exc_info=True)
            self._started.set()
            self._ended.set()
            self._host.end(BROKEN)

    def _rest(self, patience_s: float | None) -> None:
        assert self._loop is not None
        if patience_s is not None:
            self._timer = self._loop.call_later(patience_s, self._turn)
        self.inbox.rest()

    def _finished(self) -> bool:
        if self._stop_by_ms is None:
            return False
        busy = bool(self._phases.claimed or self._phases.later.holding or self.inbox.intakes or self.inbox.outcomes)
        busy = busy or any(source.in_flight() for source in self._sources)
        return not (busy and self._healthy and self._now() < self._stop_by_ms)

    def _recover(self) -> bool:
        """Take up what the file holds, at start and after a transaction that could not be stored."""
        if self._now() < self._recover_from_ms:
            return False
        # The first one, at the start, repeats nothing.
        self._recover_from_ms = 0 if self._recover_from_ms < 0 else self._now() + int(RETRY_STORAGE_S * 1000)
        try:
            self._transactions.begin()
            if self._recovered:
                for source in self._sources:
                    source.uncount()
            positions = self._storage.stream.open(
                [source.handler.name for source in self._streams if not source.draining],
                [source.handler.name for source in self._streams if source.draining],
            )
            now = self._now()
            self._storage.messages.clamp(now + LONGEST_MS, latest_delayed=now + LONGEST_DELAY_MS)
            self._transactions.commit()
        except StorageFull as error:
            log.error("storage is unavailable: %s", error)
            self._transactions.abort()
            return False
        for source in self._sources:
            if isinstance(source, StreamSource):
                source.recover(positions.get(source.handler.name))
            else:
                source.recover()
            source.refill()
        self._phases.reset()
        self._healthy = self._recovered = True
        return True

    def _has_work(self) -> bool:
        if self._phases.claimed or self.inbox.intakes or self.inbox.outcomes:
            return True
        if self._stop_by_ms is not None:
            return False
        suspects = self._phases.suspects
        return self._executions.ready() or any(source.ready(suspects=suspects) for source in self._sources)

    def _patience_s(self) -> float | None:
        due = [
            at for source in self._sources if (at := source.next_due_ms(claims=self._stop_by_ms is None)) is not None
        ]
        if self._stop_by_ms is None and (upkeep := self._maintenance.next_due_ms()) is not None:
            due.append(upkeep)
        if (late := self._phases.next_late_ms()) is not None:
            due.append(late)
        if self._stop_by_ms is not None:
            due.append(self._stop_by_ms)
        elif (parked := self._executions.next_due_ms()) is not None:
            due.append(parked)
        return max(0.0, (min(due) - self._now()) / 1000) if due else None

    def _open_cycle(self) -> None:
        """Everything up to the commit, which the committer takes over."""
        inbox, cycle, phases = self.inbox, Cycle([], [], {}), self._phases
        phases.ripen()
        cycle.intakes += [inbox.intakes.popleft() for _ in range(min(INTAKES_MAX, len(inbox.intakes)))]
        outcomes, deliveries = phases.arrived(), phases.take_claimed()
        try:
            self._transactions.begin()
            phases.settle(outcomes)
            phases.prefetch(cycle.intakes)
            cycle.answers += filter(None, map(phases.answer, cycle.intakes))
            if self._stop_by_ms is None:
                cycle.answers += self._executions.resume()
            phases.deliver(deliveries, cycle.calls)
            phases.expire()
            if self._stop_by_ms is None:
                phases.claim(requests=len(cycle.intakes))
                self._maintenance.run(pressed=phases.pressed)
            phases.save_positions()
            self.batches.observe(len(cycle.intakes) + len(outcomes) + len(deliveries))
            self._guard.enter("commit", COMMIT_MAX_S)
            self._transactions.flush()
        except Exception as error:
            self._close_cycle(cycle, error)
            return
        self._committing = True
        self._committer.submit(lambda error: self._committed(cycle, error))

    def _committed(self, cycle: Cycle, error: Exception | None) -> None:
        """In the committer's thread."""
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._close_cycle, cycle, error)

    def _close_cycle(self, cycle: Cycle, error: Exception | None) -> None:
        """Back in the loop's thread, after the commit: answer, hand out calls, read on."""
        assert self._loop is not None
        self._guard.leave()
        self._committing = False
        try:
            if error is not None:
                self._undone(cycle, error)
            else:
                self._executions.commit()
                if cycle.answers:
                    self._host.deliver(cycle.answers)
                for key, batch in cycle.calls.items():
                    self._pools[key].submit(batch)
                for source in self._sources:
                    source.refill()
                self.trail.commit()
        except BaseException:
            log.critical("the engine stopped unexpectedly", exc_info=True)
            self._ended.set()
            self._host.end(BROKEN)
        # Not at once: what the loop has received meanwhile is to ride in the next commit.
        self._loop.call_soon(self._turn)

    def _undone(self, cycle: Cycle, error: Exception) -> None:
        """The cycle's transaction was not stored."""
        self._healthy = False
        self.trail.abort()
        cycle.intakes = self._phases.later.unheld(cycle.intakes)
        if isinstance(error, StorageBroken):
            log.critical("storage failed, ending the process to recover: %s", error)
            self._host.deliver(unavailable(cycle.intakes))
            raise error
        if isinstance(error, StorageFull):
            log.error("storage is unavailable: %s", error)
            self._transactions.abort()
            self._executions.abort()
            self._host.deliver([*unavailable(cycle.intakes), *self._executions.refuse_callers()])
            return
        log.error("a batch could not be stored; running its requests one by one", exc_info=error)
        self._transactions.abort()
        resumed = self._executions.resumed
        self._executions.abort()
        for intake in cycle.intakes:
            self._deliver(self._alone(intake))
        for execution_id, due in resumed.items():
            self._deliver(self._resumed_alone(execution_id, due))

    def _alone(self, intake: Intake) -> Answer | None:
        """A request in a transaction of its own."""
        answer, error = self._stored(partial(self._phases.answer, intake))
        if error is None:
            return answer
        if isinstance(error, StorageFull):
            return intake.reply, None, StorageUnavailable()
        log.error("%s could not be stored", intake.handler.name)
        noted, again = self._stored(partial(self._executions.answered, intake, None, error))
        return (intake.reply, None, error) if again else noted

    def _resumed_alone(self, execution_id: str, due: int) -> Answer | None:
        """The same for a parked execution; one that cannot be stored as it goes on is given up."""
        answer, error = self._stored(partial(self._executions.take_up, execution_id, due))
        if error is not None and not isinstance(error, StorageFull):
            answer, _ = self._stored(partial(self._executions.give_up, execution_id, type(error).__name__))
        return answer

    def _stored(self, run: Callable[[], Answer | None]) -> tuple[Answer | None, Exception | None]:
        """What `run` gives, in a transaction of its own, or why that could not be stored. Raises StorageBroken."""
        try:
            self._transactions.begin()
            answer = run()
            self._transactions.commit()
        except StorageBroken:
            raise
        except Exception as error:
            self._transactions.abort()
            self._executions.abort()
            self.trail.abort()
            return None, error
        self._executions.commit()
        self.trail.commit()
        return answer, None

    def _deliver(self, answer: Answer | None) -> None:
        if answer is not None:
            self._host.deliver([answer])

    def _refuse_waiting(self) -> None:
        intakes = [self.inbox.intakes.popleft() for _ in range(len(self.inbox.intakes))]
        intakes += self._phases.later.give_up()
        answers = [*unavailable(intakes), *self._executions.refuse_callers()]
        if answers:
            self._host.deliver(answers)
        self._started.set()
