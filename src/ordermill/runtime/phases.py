"""What happens inside the engine's transaction: outcomes, requests and messages run, the next messages are claimed."""

from __future__ import annotations

import heapq
import logging
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from time import perf_counter
from typing import Any, Final

from ordermill.domain.errors import OrdermillError
from ordermill.ports.journal import Storage, StorageBroken, StorageFull
from ordermill.ports.staged import DONE, Done
from ordermill.runtime.calls import Call, Outcome
from ordermill.runtime.cycle import Answer, Source
from ordermill.runtime.executions import Executions
from ordermill.runtime.guard import Guard
from ordermill.runtime.handlers import ENDED, Delivery, Handler, Plain, Staged, Starter, Workflow
from ordermill.runtime.inbox import Inbox, Intake
from ordermill.runtime.stream_source import StreamSource
from ordermill.runtime.trail import Trail
from ordermill.runtime.turns import Turns

log = logging.getLogger(__name__)

STORAGE_FAILED: Final = (StorageFull, StorageBroken)
"""What no function is to blame for: the whole cycle fails with it."""


class Phases:
    """The steps of a cycle, in the order the engine takes them; every write goes into its open transaction.

    The function of the first of `sources` is urgent: its messages go before all others.
    """

    def __init__(
        self,
        storage: Storage,
        sources: Sequence[Source],
        inbox: Inbox,
        *,
        now_ms: Callable[[], int],
        guard: Guard,
        trail: Trail,
        workflows: Mapping[str, Workflow],
        new_id: Callable[[], str],
    ) -> None:
        self._storage, self._transactions = storage, storage.transactions
        self._sources, self._inbox, self._now, self._guard, self._trail = list(sources), inbox, now_ms, guard, trail
        self._streams = [source for source in sources if isinstance(source, StreamSource)]
        self._turns = Turns(self._sources, now_ms)
        self.executions = Executions(
            storage, workflows, attempt=self._attempt, trail=trail, now_ms=now_ms, new_id=new_id
        )
        self._claimed: list[Delivery] = []
        self._late: list[tuple[int, int, Outcome]] = []
        self._order = count()
        self._suspect: Delivery | None = None
        self._trimmed = 0

    def reset(self) -> None:
        """After a recovery: nothing is under way."""
        self._claimed, self._late, self._suspect = [], [], None
        self.executions.recover()

    @property
    def suspects(self) -> bool:
        """Whether a suspect may be claimed: one is out at a time."""
        return self._suspect is None

    @property
    def claimed(self) -> bool:
        """Whether deliveries wait for the next cycle."""
        return bool(self._claimed)

    def next_late_ms(self) -> int | None:
        """When the next call counts as timed out."""
        return self._late[0][0] if self._late else None

    def take_claimed(self) -> list[Delivery]:
        """What the last commit claimed, once."""
        claimed, self._claimed = self._claimed, []
        return claimed

    def arrived(self) -> list[Outcome]:
        """What calls came to. A caller's time-out is not waited for here: its outcome comes that much later."""
        inbox, now, ready = self._inbox, self._now(), list[Outcome]()
        while inbox.outcomes:
            for outcome in inbox.outcomes.popleft():
                after_ms = getattr(outcome[2], "after_ms", 0)
                if after_ms:
                    heapq.heappush(self._late, (now + after_ms, next(self._order), outcome))
                else:
                    ready.append(outcome)
        while self._late and self._late[0][0] <= now:
            ready.append(heapq.heappop(self._late)[2])
        return [outcome for outcome in ready if outcome[0].source.current(outcome[0])]

    def settle(self, outcomes: Sequence[Outcome]) -> None:
        """Take up what calls came to."""
        self._transactions.prefetch(delivery for delivery, _, _ in outcomes if delivery.source.handler.reads)
        for delivery, outcome, error in outcomes:
            handler: Staged = delivery.source.handler
            self._trail.called(delivery, error)
            if error is None:
                _, error = self._attempt(handler, handler.settle, delivery.payload, outcome)
            if error is None:
                self._finish(delivery)
            else:
                self._fail(delivery, error)

    def prefetch(self, intakes: Sequence[Intake]) -> None:
        """Bring what these requests will ask for into memory at once."""
        for handler in {intake.handler for intake in intakes}:
            if handler.prefetch is not None:
                handler.prefetch([intake.message for intake in intakes if intake.handler is handler])

    def answer(self, intake: Intake) -> Answer | None:
        """Run a request's function, or its workflow: the answer, or None where that waits for something."""
        handler = intake.handler
        if isinstance(handler, Starter):
            return self.executions.take(intake, handler)
        result, error = self._attempt(handler, handler.run, intake.message)
        return self.executions.answered(intake, result, error)

    def deliver(self, deliveries: Sequence[Delivery], calls: dict[str, list[Call]]) -> None:
        """Run the messages' functions, or their first stage; what these ask of the outside goes into `calls`."""
        self._transactions.prefetch(delivery for delivery in deliveries if delivery.source.handler.reads)
        for delivery in deliveries:
            handler: Handler = delivery.source.handler
            request, error = self._attempt(handler, _take, delivery)
            if error is not None:
                self._fail(delivery, error)
            elif isinstance(request, Done):
                self._finish(delivery)
            elif request is not None:
                calls.setdefault(handler.name, []).append((delivery, request))

    def expire(self) -> None:
        """Take back messages whose visibility timeout is over."""
        now = self._now()
        for source in self._sources:
            for delivery in source.expired(now):
                self._fail(delivery, TimeoutError("no answer within the visibility timeout"))

    def claim(self, *, requests: int) -> None:
        """What the next cycle runs; its receive counts ride in this commit."""
        messages, changes = self._storage.messages.sent(), self._storage.stream.written()
        for source in self._sources:
            if isinstance(source, StreamSource):
                source.offer(changes)
            else:
                source.offer(messages)
        self._claimed = self._suspects_first() or self._turns.claim(requests)
        since = perf_counter()
        for delivery in self._claimed:
            delivery.since = since
        for source in self._sources:
            for order_id, receives in source.exhausted():
                self._trail.exhausted(source, order_id, receives, ENDED)

    def save_positions(self) -> None:
        """Move the stream's checkpoints, and forget what every consumer has passed."""
        for source in self._streams:
            source.save()
        checkpoints = [source.checkpoint for source in self._streams if not source.drained]
        if checkpoints and (passed := min(checkpoints)) > self._trimmed:
            self._storage.stream.trim(passed)
            self._trimmed = passed

    def _suspects_first(self) -> list[Delivery]:
        """One suspect, alone: if it ends the process again, no other message bears the count."""
        if self._suspect is None:
            for source in self._sources:
                self._suspect = source.claim_suspect()
                if self._suspect is not None:
                    return [self._suspect]
        return []

    def _attempt(
        self, handler: Handler | Starter, stage: Callable[..., Any], *args: Any
    ) -> tuple[Any, Exception | None]:
        """The stage's result, or what it raised, and then nothing of what it wrote is left."""
        mark = self._transactions.mark()
        self._guard.enter(handler.name, handler.timeout_s)
        try:
            return stage(*args), None
        except STORAGE_FAILED:
            raise
        except Exception as error:
            self._transactions.rollback_to(mark)
            return None, error
        finally:
            self._guard.leave()

    def _finish(self, delivery: Delivery) -> None:
        delivery.source.done(delivery)
        self._trail.done(delivery)
        if delivery is self._suspect:
            self._suspect = None

    def _fail(self, delivery: Delivery, error: BaseException) -> None:
        if not isinstance(error, OrdermillError) and log.isEnabledFor(logging.DEBUG):
            log.debug("%s failed for %s", delivery.source.handler.name, delivery.order_id, exc_info=error)
        # A full disk is nobody's fault: it uses up no receive.
        counts = not isinstance(error, StorageFull)
        dead = delivery.source.failed(delivery, f"{type(error).__name__}: {error}", counts=counts)
        self._trail.failed(delivery, error, dead=dead)
        if delivery is self._suspect:
            self._suspect = None


def _take(delivery: Delivery) -> Any:
    """Run the handler up to what it asks of the outside: a request, or Done; None if it is not the message's turn."""
    if not delivery.source.admit(delivery):
        return None
    handler: Handler = delivery.source.handler
    if isinstance(handler, Plain):
        handler.run(delivery.payload)
        return DONE
    return handler.prepare(delivery.payload)
