"""What happens inside the engine's transaction: outcomes, requests and messages run, the next messages are claimed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from time import perf_counter
from typing import Any, Final

from ordermill.domain.dead_letters import ENDED
from ordermill.domain.errors import OrdermillError, named_error
from ordermill.ports.journal import Storage, StorageBroken, StorageFull
from ordermill.ports.services import ServiceUnavailable
from ordermill.ports.staged import DONE, Done
from ordermill.runtime.calls import Call, Outcome
from ordermill.runtime.cycle import Answer, Source
from ordermill.runtime.executions import Executions
from ordermill.runtime.faults import Faults, Postponed
from ordermill.runtime.guard import Guard
from ordermill.runtime.handlers import Delivery, Handler, Plain, Staged, Starter, Workflow
from ordermill.runtime.inbox import Inbox, Intake
from ordermill.runtime.injection import around, spare
from ordermill.runtime.later import Later
from ordermill.runtime.queue_source import QueueSource
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
        faults: Faults,
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
        self._faults, self.later = faults, Later(now_ms)
        self._suspect: Delivery | None = None
        self._trimmed = self._recoveries = 0

    def reset(self) -> None:
        """After a recovery: nothing is under way."""
        self._claimed, self._suspect = [], None
        self.later.reset()
        self._recoveries += 1
        self.executions.recover()

    @property
    def suspects(self) -> bool:
        """Whether a suspect may be claimed: one is out at a time."""
        return self._suspect is None

    @property
    def claimed(self) -> bool:
        """Whether deliveries wait for the next cycle."""
        return bool(self._claimed)

    @property
    def pressed(self) -> bool:
        """Whether what can wait is to wait."""
        return self._turns.pressed

    def next_late_ms(self) -> int | None:
        """When the next of what was put off is due."""
        return self.later.next_ms()

    def take_claimed(self) -> list[Delivery]:
        """What the last commit claimed, once."""
        claimed, self._claimed = self._claimed, []
        if due := self.later.deliveries:
            claimed = [*(delivery for delivery in due if delivery.source.current(delivery)), *claimed]
            due.clear()
        return claimed

    def ripen(self) -> None:
        """Take up what was put off until now."""
        self.later.ripen()
        self._inbox.intakes.extendleft(reversed(self.later.requests()))

    def arrived(self) -> list[Outcome]:
        """What calls came to. A caller's time-out is not waited for here: its outcome comes that much later."""
        inbox, later, ready = self._inbox, self.later, list[Outcome]()
        while inbox.outcomes:
            for outcome in inbox.outcomes.popleft():
                delivery, result, error = outcome
                if not delivery.source.current(delivery):
                    continue
                if isinstance(error, Postponed):
                    again = error.place == "start"
                    self._put_off(
                        delivery,
                        error,
                        later.calls if again else later.outcomes,
                        (delivery, result) if again else (delivery, result, None),
                    )
                elif after_ms := getattr(error, "after_ms", 0):
                    later.put(after_ms, later.outcomes, outcome)
                else:
                    ready.append(outcome)
        if later.outcomes:
            ready += [outcome for outcome in later.outcomes if outcome[0].source.current(outcome[0])]
            later.outcomes.clear()
        return ready

    def settle(self, outcomes: Sequence[Outcome]) -> None:
        """Take up what calls came to."""
        self._transactions.prefetch(delivery for delivery, _, _ in outcomes if delivery.source.handler.reads)
        for delivery, outcome, error in outcomes:
            handler: Staged = delivery.source.handler
            failure = error
            if error is None:
                spared = spare(delivery, handler.name)
                _, failure = self._attempt(handler, handler.settle, delivery.payload, outcome, spared=spared)
            if isinstance(failure, Postponed):
                self._put_off(delivery, failure, self.later.outcomes, (delivery, outcome, None))
                continue
            self._trail.called(delivery, error or getattr(outcome, "error", None))
            if failure is None:
                self._finish(delivery)
            else:
                self._fail(delivery, failure)

    def prefetch(self, intakes: Sequence[Intake]) -> None:
        """Bring what these requests will ask for into memory at once."""
        for handler in {intake.handler for intake in intakes}:
            if handler.prefetch is not None:
                handler.prefetch([intake.message for intake in intakes if intake.handler is handler])

    def answer(self, intake: Intake) -> Answer | None:
        """Run a request's function, or its workflow: the answer, or None where that waits for something."""
        handler = intake.handler
        if isinstance(handler, Starter):
            return self._start(intake, handler)
        result, error = self._attempt(handler, handler.run, intake.message, spared=intake.spared)
        if isinstance(error, Postponed):
            self.later.hold(intake, error)
            return None
        return self.executions.answered(intake, result, error)

    def _start(self, intake: Intake, handler: Starter) -> Answer | None:
        if self._faults.armed and not intake.spared:
            try:
                self._faults.meet(handler.name, "start", intake.message)
            except Postponed as late:
                self.later.hold(intake, late)
                return None
            except Exception as error:
                return self.executions.answered(intake, None, error)
        return self.executions.take(intake, handler)

    def deliver(self, deliveries: Sequence[Delivery], calls: dict[str, list[Call]]) -> None:
        """Run the messages' functions, or their first stage; what these ask of the outside goes into `calls`."""
        self._transactions.prefetch(delivery for delivery in deliveries if delivery.source.handler.reads)
        for delivery in deliveries:
            handler: Handler = delivery.source.handler
            request, error = self._attempt(handler, _take, delivery, self._faults)
            if isinstance(error, Postponed):
                self._put_off(delivery, error, self.later.deliveries, delivery)
            elif error is not None:
                self._fail(delivery, error)
            elif isinstance(request, Done):
                self._finish(delivery)
            elif request is not None:
                calls.setdefault(handler.name, []).append((delivery, request))
        for call in self.later.calls:
            if call[0].source.current(call[0]):
                calls.setdefault(call[0].source.handler.name, []).append(call)
        self.later.calls.clear()

    def expire(self) -> None:
        """Take back messages whose visibility timeout is over."""
        now = self._now()
        for delivery, error in self.later.failures:
            if delivery.source.current(delivery):
                self._fail(delivery, error)
        self.later.failures.clear()
        for source in self._sources:
            for delivery in source.expired(now):
                self._fail(delivery, TimeoutError("no answer within the visibility timeout"))

    def claim(self, *, requests: int) -> None:
        """What the next cycle runs; its receive counts ride in this commit."""
        messages, changes = self._storage.messages.sent(), self._storage.stream.written()
        delayed = self._storage.messages.delayed()
        for source in self._sources:
            if isinstance(source, StreamSource):
                source.offer(changes)
            elif isinstance(source, QueueSource):
                source.offer(messages)
                if delayed:
                    source.await_delayed(delayed)
        known = len(messages)
        self._claimed = self._suspects_first() or self._turns.claim(requests)
        # What claims gave up is a message too.
        buried, resent = messages[known:], self._storage.stream.resent()
        since = perf_counter()
        for delivery in self._claimed:
            delivery.since = since
        for source in self._sources:
            if isinstance(source, StreamSource):
                source.resume(resent)
            elif buried and isinstance(source, QueueSource):
                source.offer(buried)
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
                    # Later recoveries are those of storage, which took back the receives that it spoiled.
                    if self._recoveries == 1:
                        self._trail.interrupted(self._suspect)
                    return [self._suspect]
        return []

    def _attempt(
        self, handler: Handler | Starter, stage: Callable[..., Any], *args: Any, spared: bool = False
    ) -> tuple[Any, Exception | None]:
        """The stage's result, or what it raised, and then nothing of what it wrote is left.

        Faults strike it unless it is `spared`; Postponed is no failure.
        """
        if self._faults.armed and not spared:
            stage = around(self._faults, handler, stage)
        mark = self._transactions.mark()
        self._guard.enter(handler.name, handler.timeout_s)
        try:
            return stage(*args), None
        except STORAGE_FAILED:
            raise
        except Exception as error:
            self._transactions.rollback_to(mark)
            return None, _bare(error) if isinstance(error, OrdermillError) else error
        finally:
            self._guard.leave()

    def _finish(self, delivery: Delivery) -> None:
        delivery.source.done(delivery)
        self._trail.done(delivery)
        if delivery is self._suspect:
            self._suspect = None

    def _put_off(self, delivery: Delivery, late: Postponed, to: list[Any], item: Any) -> None:
        """Let `item` go into a list of `later`'s then, and the delivery have as much more time; or fail it then."""
        if late.error is None:
            delivery.spared += (late.name,)
            delivery.source.hold(delivery, late.after_ms)
            self.later.put(late.after_ms, to, item)
        else:
            # Its visibility timeout is a time-out like any other, and may come first.
            delivery.source.hold(delivery, 0)
            self.later.put(late.after_ms, self.later.failures, (delivery, late.error))
        if delivery is self._suspect:
            # It has ended no process while it waits.
            self._suspect = None

    def _fail(self, delivery: Delivery, error: BaseException) -> None:
        if not isinstance(error, OrdermillError) and log.isEnabledFor(logging.DEBUG):
            log.debug("%s failed for %s", delivery.source.handler.name, delivery.order_id, exc_info=error)
        # A full disk, or a service that is away, is no message's fault: it uses up no receive.
        counts = not isinstance(error, StorageFull | ServiceUnavailable)
        dead = delivery.source.failed(delivery, named_error(error), counts=counts)
        if isinstance(error, ServiceUnavailable) and error.rest_ms:
            delivery.source.rest(error.rest_ms)
        self._trail.failed(delivery, error, dead=dead, counts=counts)
        if delivery is self._suspect:
            self._suspect = None


def _bare(error: OrdermillError) -> OrdermillError:
    """The error without the frames it came through: they lead to it in turn, and all of a bad request would linger.

    Nobody prints their traceback.
    """
    each: BaseException | None = error
    while each is not None:
        each.__traceback__ = None
        each = each.__context__
    return error


def _take(delivery: Delivery, faults: Faults) -> Any:
    """Run the handler up to what it asks of the outside: a request, or Done; None if it is not the message's turn."""
    if not delivery.source.admit(delivery):
        return None
    handler: Handler = delivery.source.handler
    stage = handler.run if isinstance(handler, Plain) else handler.prepare
    if not spare(delivery, handler.name) and faults.armed:
        stage = around(faults, handler, stage)
    result = stage(delivery.payload)
    return DONE if isinstance(handler, Plain) else result
