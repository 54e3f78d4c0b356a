"""Executions of workflows inside the engine's transaction, and what of them is kept.

Tasks that follow each other run at once, each under its own mark. An execution that has to wait is parked: written
down, and taken up by a later cycle, before or after a restart; then its caller, if there still is one, is answered.
What ended well at the first try leaves nothing behind: a row would cost every order an insert. See ADR 7.
"""

from __future__ import annotations

import heapq
import logging
from collections.abc import Callable, Mapping
from time import perf_counter
from types import SimpleNamespace
from typing import Any, Final

from msgspec.structs import replace

from ordermill.domain.commands import ExecutionOutcome, PlaceOrder
from ordermill.domain.errors import IntakeFailed, OrdermillError, StorageUnavailable
from ordermill.domain.task_errors import described
from ordermill.ports.journal import ExecutionRow, Storage
from ordermill.runtime.cycle import Answer
from ordermill.runtime.faults import Postponed
from ordermill.runtime.handlers import Plain, Starter, Workflow
from ordermill.runtime.inbox import Intake
from ordermill.runtime.kept_executions import keep, keep_single
from ordermill.runtime.trail import Trail, order_of
from ordermill.runtime.workflow.execution import (
    Action,
    Execution,
    Invoke,
    Raised,
    Returned,
    WaitUntil,
    park,
    unpark,
)

log = logging.getLogger(__name__)

RESUMED_MAX: Final = 64
"""In one cycle."""

_UNTOUCHED: Final = object()

Attempt = Callable[..., tuple[Any, Exception | None]]
"""Runs a stage under a mark: its result, or what it raised."""


class Executions:
    """`workflows` are those that may be parked; `new_id` names executions of functions that are no workflow's."""

    def __init__(
        self,
        storage: Storage,
        workflows: Mapping[str, Workflow],
        *,
        attempt: Attempt,
        trail: Trail,
        now_ms: Callable[[], int],
        new_id: Callable[[], str],
    ) -> None:
        self._log, self._transactions, self._workflows = storage.executions, storage.transactions, workflows
        self._attempt, self._trail, self._now, self._new_id = attempt, trail, now_ms, new_id
        self._due: list[tuple[int, str]] = []
        self._callers: dict[str, Intake] = {}
        self._parked: list[tuple[int, str, Intake | None]] = []
        self._ended: list[str] = []
        self._struck: dict[str, Exception | None] = {}
        self.resumed: dict[str, int] = {}
        """Those that the open cycle took up, and when they were due."""

    def recover(self) -> None:
        """Take up what is parked in the file. What it still had to wait it waits; that nothing ran counts for none."""
        now = self._now()
        rows = self._log.running()
        self._due = [(now + max(0, (row.due or 0) - row.at), row.execution_id) for row in rows]
        heapq.heapify(self._due)
        self._forget()

    def take(self, intake: Intake, handler: Starter) -> Answer | None:
        """Run a request's workflow: its answer, or None where that is to come."""
        start, error = self._attempt(handler, handler.prepare, intake.message)
        if error is not None:
            return self.answered(intake, None, error)
        run, action = handler.workflow.interpreter.start(start.execution_id, start.input, self._now())
        return self._drive(handler.workflow, run, action, intake, clean=True)

    def resume(self) -> list[Answer]:
        """Go on with those whose time has come; the answers to callers that are still there."""
        now, answers = self._now(), list[Answer]()
        while self._due and self._due[0][0] <= now and len(self.resumed) < RESUMED_MAX:
            due, execution_id = heapq.heappop(self._due)
            self.resumed[execution_id] = due
            answer = self.take_up(execution_id, due)
            if answer is not None:
                answers.append(answer)
        return answers

    def take_up(self, execution_id: str, due: int) -> Answer | None:
        """Go on with a parked execution, which by our count was due then."""
        row = self._log.read(execution_id)
        if row is None or row.status != "RUNNING":
            return None
        run, caller = unpark(row.body), self._callers.get(execution_id)
        if row.due is not None and due != row.due:
            run = _moved(run, due - row.due)
        workflow = self._workflows.get(run.machine)
        if workflow is None:
            return self.give_up(execution_id, f"there is no workflow {run.machine}")
        run, action = workflow.interpreter.resume(run, self._now())
        return self._drive(workflow, run, action, caller, clean=False)

    def give_up(self, execution_id: str, why: str) -> Answer | None:
        """End a parked execution that cannot go on."""
        log.error("execution %s is given up: %s", execution_id, why)
        row = self._log.read(execution_id)
        if row is None:
            return None
        run = unpark(row.body)
        run.status, run.error, run.cause, run.waiting, run.due = "FAILED", "IntakeFailed", why, None, None
        workflow = self._workflows.get(run.machine)
        return self._end(workflow, run, self._callers.get(execution_id))

    def answered(self, intake: Intake, result: Any, error: Exception | None) -> Answer:
        """The answer to a request, with its hop. Of an order that was not taken in, an execution is kept."""
        if error is not None and not isinstance(error, OrdermillError):
            log.error("%s failed", intake.handler.name, exc_info=error)
        self._trail.answered(intake, result, error)
        if error is not None and isinstance(intake.message, PlaceOrder):
            error = self._note(intake, intake.message, error)
        return intake.reply, result, error

    def next_due_ms(self) -> int | None:
        """When the next one goes on."""
        return self._due[0][0] if self._due else None

    def ready(self) -> bool:
        """Whether one could go on now."""
        return bool(self._due) and self._due[0][0] <= self._now()

    def commit(self) -> None:
        """What the open transaction parked and ended has become true."""
        if self._ended:
            for execution_id in self._ended:
                self._callers.pop(execution_id, None)
        if self._parked:
            for due, execution_id, caller in self._parked:
                heapq.heappush(self._due, (due, execution_id))
                if caller is not None:
                    self._callers[execution_id] = caller
        if self.resumed or self._parked or self._ended:
            self._forget()

    def abort(self) -> None:
        """It has not; what was resumed is found again by `recover`."""
        self._forget()

    def refuse_callers(self) -> list[Answer]:
        """Whoever still waits is told that the outcome is not known; what is parked goes on without them."""
        answers: list[Answer] = [(caller.reply, None, StorageUnavailable()) for caller in self._callers.values()]
        self._callers.clear()
        return answers

    def _forget(self) -> None:
        self._parked, self._ended, self.resumed = [], [], {}

    def _drive(
        self, workflow: Workflow, run: Execution, action: Action, caller: Intake | None, *, clean: bool
    ) -> Answer | None:
        """Run Tasks until the execution has to wait, or ends."""
        interpreter, asked = workflow.interpreter, workflow.asked
        struck = self._struck.pop(run.execution_id, _UNTOUCHED)
        order_id = run.input.get("orderId") if isinstance(run.input, dict) else None
        while type(action) is Invoke:
            task = asked[action.kind, action.resource]
            attempt, since = action.attempt, perf_counter()
            if not clean and order_id is not None:
                # It may have been stored before: a port that creates looks only at what is in memory.
                self._transactions.prefetch([SimpleNamespace(order_id=order_id)])
            result, error = self._ask(task, action.payload, struck)
            struck = _UNTOUCHED
            if isinstance(error, Postponed):
                # Its time-out may come first: then the execution goes on with that.
                self._struck[run.execution_id] = error.error
                at = self._now() + error.after_ms
                self._park(run, at if action.deadline is None else min(at, action.deadline), caller)
                return None
            if error is None:
                action = interpreter.proceed(run, Returned(action.step, result), self._now())
                if task.edge:
                    self._trail.asked(task.edge, task.name, order_id, attempt, since, None, False)
                continue
            clean = False
            action = interpreter.proceed(run, Raised(action.step, *described(error)), self._now())
            self._failed(task, run, attempt, since, error, again=type(action) is WaitUntil)
        if type(action) is WaitUntil:
            self._park(run, action.at, caller)
            return None
        return self._end(workflow, run, caller, clean=clean)

    def _ask(self, task: Plain, payload: Any, struck: Any) -> tuple[Any, Exception | None]:
        """Run a Task; one that a fault has put off is run without it now, or fails as the fault says."""
        if isinstance(struck, Exception):
            return None, struck
        return self._attempt(task, task.run, payload, spared=struck is None)

    def _failed(
        self, task: Plain, run: Execution, attempt: int, since: float, error: Exception, *, again: bool
    ) -> None:
        if not isinstance(error, OrdermillError):
            log.error("%s failed in %s", task.name, run.execution_id, exc_info=error)
        # Its frames lead back to whoever holds the error: all of a bad request would linger until a collection.
        error.__traceback__ = None
        order_id = run.input.get("orderId") if isinstance(run.input, dict) else None
        edge = task.edge or f"{run.machine}>{task.name}"
        self._trail.asked(edge, task.name, order_id, attempt, since, error, again=again)

    def _park(self, run: Execution, at: int | None, caller: Intake | None) -> None:
        now = self._now()
        due = now if at is None else at
        order_id = run.input.get("orderId") if isinstance(run.input, dict) else None
        self._log.put(ExecutionRow(run.execution_id, order_id, "RUNNING", now, due, park(run)))
        self._parked.append((due, run.execution_id, caller))

    def _end(
        self, workflow: Workflow | None, run: Execution, caller: Intake | None, *, clean: bool = False
    ) -> Answer | None:
        answer = None if caller is None else self._settled(run, caller)
        if not clean or run.status != "SUCCEEDED":
            self._log.put(keep(run, _order_of(run, answer), self._now()))
            self._ended.append(run.execution_id)
        return answer

    def _settled(self, run: Execution, caller: Intake) -> Answer:
        """What the caller is answered."""
        handler = caller.handler
        assert isinstance(handler, Starter)
        assert run.status != "RUNNING"
        outcome = ExecutionOutcome(run.execution_id, run.status, run.output, run.error, run.cause)
        result, error = self._attempt(handler, handler.settle, caller.message, outcome)
        if error is not None and not isinstance(error, OrdermillError):
            log.error("%s failed", handler.name, exc_info=error)
            error = _intake_failed(run.execution_id)
        if error is not None:
            error.__traceback__ = None
        self._trail.answered(caller, result, error)
        return caller.reply, result, error

    def _note(self, intake: Intake, message: PlaceOrder, error: Exception) -> OrdermillError:
        """Keep what a function that takes orders in refused or failed at: it is the one state of its execution."""
        execution_id, now = self._new_id(), self._now()
        name, cause = described(error)
        error.__traceback__ = None
        if not isinstance(error, OrdermillError):
            error = _intake_failed(execution_id)
        error.execution_id = execution_id
        took_ms = int((perf_counter() - intake.since) * 1000)
        input_ = {"body": message.text or message.body, "headerKey": message.header_key, "subject": message.subject}
        self._log.put(keep_single(execution_id, intake.handler.name, input_, name, cause, now=now, took_ms=took_ms))
        return error


def _intake_failed(execution_id: str) -> IntakeFailed:
    failed = IntakeFailed("it may or may not be stored: the same idempotency key finds out")
    failed.execution_id = execution_id
    return failed


def _order_of(run: Execution, answer: Answer | None) -> str | None:
    """The order that came of it: what its caller was told, else the one that it was to make; None of a refusal."""
    _, result, error = answer or (None, None, None)
    if error is not None and not isinstance(error, IntakeFailed):
        return None
    chosen = run.input.get("orderId") if isinstance(run.input, dict) else None
    return order_of(None, result) or chosen


def _moved(run: Execution, by_ms: int) -> Execution:
    """The execution as if nothing of it had happened before so much later."""
    deadline = None if run.deadline is None else run.deadline + by_ms
    return replace(run, deadline=deadline, due=None if run.due is None else run.due + by_ms)
