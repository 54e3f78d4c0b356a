"""Runs executions of one machine: pure, synchronous, and never waiting.

Each call takes an execution as it stands and returns it as it then stands, with what to do next: ask something of the
outside, come back at some time, or nothing more. The caller asks, keeps the clock, and parks.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import Any, Final

from ordermill.runtime.workflow.data import Flow
from ordermill.runtime.workflow.errors import RUNTIME, TIMEOUT, StateError, matches
from ordermill.runtime.workflow.execution import (
    Action,
    Elapsed,
    Execution,
    ExecutionStatus,
    Failed,
    Invoke,
    Outcome,
    Raised,
    Returned,
    StateEvent,
    StateStatus,
    Succeeded,
    WaitUntil,
)
from ordermill.runtime.workflow.model import Fail, Machine, State, Task
from ordermill.runtime.workflow.retries import delay_ms

Progress = tuple[Execution, Action]
"""Where the execution stands now, and what to do next."""


class Interpreter:
    """`random` gives numbers from 0 to 1, for jitter. Times are epoch milliseconds."""

    def __init__(self, machine: Machine, random: Callable[[], float]) -> None:
        self._machine, self._random = machine, random
        self._flow: Final = Flow(machine)
        self._unused = {
            name: (0,) * len(state.retry) if isinstance(state, Task) else () for name, state in machine.states.items()
        }

    def start(self, execution_id: str, data: Any, now: int) -> Progress:
        """A new execution with `data`, plain JSON of at most 256 KiB, as its input."""
        machine = self._machine
        deadline = None if machine.timeout_s is None else now + machine.timeout_s * 1000
        run = Execution(
            execution_id=execution_id,
            machine=machine.name,
            version=machine.version,
            status="RUNNING",
            started_at=now,
            deadline=deadline,
            input=data,
            input_bytes=0,
            state=machine.start_at,
            data=data,
            data_bytes=0,
            entered_at=now,
            began_at=now,
        )
        try:
            run.input_bytes = self._flow.measured(data, RUNTIME)
        except StateError as error:
            run.input = run.data = None
            return run, self._end(run, "FAILED", error.error, error.cause)
        self._enter(run, machine.start_at, data, run.input_bytes, now)
        return run, self._walk(run, now)

    def advance(self, execution: Execution, outcome: Outcome, now: int) -> Progress:
        """Takes in what came back. An answer that nobody waits for any more changes nothing."""
        run = copy(execution)
        return run, self.proceed(run, outcome, now)

    def proceed(self, run: Execution, outcome: Outcome, now: int) -> Action:
        """The same in place, for who alone has the execution: copies cost as much as states."""
        if run.status != "RUNNING":
            return _ended(run)
        if run.version != self._machine.version:
            return self._break_off(run, "FAILED", RUNTIME, "it was started under another definition", now)
        if run.deadline is not None and now >= run.deadline:
            cause = f"it took longer than {self._machine.timeout_s} s"
            return self._break_off(run, "TIMED_OUT", TIMEOUT, cause, now)
        action = self._take(run, outcome, now)
        return self._walk(run, now) if action is None else action

    def resume(self, execution: Execution, now: int) -> Progress:
        """Takes up a parked execution: what was asked and not answered is asked again, under the same step."""
        run, action = self.advance(execution, Elapsed(), now)
        if isinstance(action, WaitUntil) and run.waiting == "answer":
            task = self._task(run)
            action = self._invoke(run, task, self._flow.payload(run, task))
        return run, action

    def _take(self, run: Execution, outcome: Outcome, now: int) -> Action | None:
        """None where the execution is at the beginning of a state, or of another attempt."""
        due = run.due
        awaited = run.waiting == "answer" and not isinstance(outcome, Elapsed) and outcome.step == run.step
        over = due is not None and now >= due
        if not awaited and not over:
            return WaitUntil(_earliest(run.due, run.deadline))
        if run.waiting == "clock":
            run.attempt, run.began_at, run.waiting, run.due = run.attempt + 1, now, None, None
            return None
        task = self._task(run)
        run.waiting = run.due = None
        if over:
            return self._failed(run, task, StateError(TIMEOUT, f"the attempt took longer than {task.timeout_s} s"), now)
        if type(outcome) is not Returned:
            assert isinstance(outcome, Raised)
            return self._failed(run, task, StateError(outcome.error, outcome.cause), now)
        try:
            output, size = self._flow.task_output(run, task, outcome.result)
        except StateError as error:
            return self._failed(run, task, error, now)
        return self._move(run, task.next, output, size, now)

    def _walk(self, run: Execution, now: int) -> Action:
        """Goes on until a Task asks for something or the execution ends; machines have no loops."""
        states, action = self._machine.states, None
        while action is None:
            state = states[run.state]
            action = self._ask(run, state, now) if type(state) is Task else self._pass(run, state, now)
        return action

    def _pass(self, run: Execution, state: State, now: int) -> Action | None:
        """One state that asks for nothing; None where the next one has been entered."""
        try:
            if isinstance(state, Fail):
                error, cause = self._flow.reasons(run, state)
                return self._break_off(run, "FAILED", error, cause, now)
            assert not isinstance(state, Task)
            output, size, to = self._flow.through(run, state)
        except StateError as error:
            return self._break_off(run, "FAILED", error.error, error.cause, now)
        return self._move(run, to, output, size, now)

    def _ask(self, run: Execution, task: Task, now: int) -> Action | None:
        try:
            payload = self._flow.payload(run, task)
        except StateError as error:
            return self._failed(run, task, error, now)
        run.step += 1
        run.waiting, run.due = "answer", None if task.timeout_s is None else now + task.timeout_s * 1000
        return self._invoke(run, task, payload)

    def _invoke(self, run: Execution, task: Task, payload: Any) -> Invoke:
        due, deadline = run.due, run.deadline
        if deadline is None or (due is not None and due < deadline):
            deadline = due
        return Invoke(run.step, task.name, run.attempt, task.resource.kind, task.resource.name, payload, deadline)

    def _failed(self, run: Execution, task: Task, error: StateError, now: int) -> Action | None:
        """Another attempt, else the state that the Catch names, else the end."""
        # The first retrier that takes the error decides, also when it is used up.
        for index, retrier in enumerate(task.retry):
            if matches(retrier.errors, error.error):
                used = run.retries[index]
                if used < retrier.max_attempts:
                    self._leave(run, "RETRIED", now, None, error)
                    run.retries = (*run.retries[:index], used + 1, *run.retries[index + 1 :])
                    run.waiting, run.due = "clock", now + delay_ms(retrier, used, self._random)
                    return WaitUntil(_earliest(run.due, run.deadline))
                break
        catcher = next((each for each in task.catch if matches(each.errors, error.error)), None)
        if catcher is None:
            return self._break_off(run, "FAILED", error.error, error.cause, now)
        try:
            output, size = self._flow.caught(run, catcher, error)
        except StateError as second:
            return self._break_off(run, "FAILED", second.error, second.cause, now)
        self._leave(run, "CAUGHT", now, output, error)
        self._enter(run, catcher.next, output, size, now)
        return None

    def _move(self, run: Execution, to: str | None, output: Any, size: int, now: int) -> Action | None:
        # As `_leave` and `_enter` do, in one go: most states are left well.
        began = run.began_at
        duration = now - began if now > began else 0
        event = StateEvent(run.state, "SUCCEEDED", run.attempt, began, duration, run.data, output, None, None)
        run.history = (*run.history, event)
        if to is None:
            run.status, run.output = "SUCCEEDED", output
            return Succeeded(output)
        run.state, run.data, run.data_bytes = to, output, size
        run.entered_at = run.began_at = now
        run.attempt, run.retries = 1, self._unused[to]
        return None

    def _enter(self, run: Execution, name: str, data: Any, size: int, now: int) -> None:
        run.state, run.data, run.data_bytes = name, data, size
        run.entered_at = run.began_at = now
        run.attempt, run.retries = 1, self._unused[name]

    def _leave(self, run: Execution, status: StateStatus, now: int, output: Any, error: StateError) -> None:
        duration = max(0, now - run.began_at)
        name, cause = error.error, error.cause
        event = StateEvent(run.state, status, run.attempt, run.began_at, duration, run.data, output, name, cause)
        run.history = (*run.history, event)

    def _break_off(
        self, run: Execution, status: ExecutionStatus, error: str | None, cause: str | None, now: int
    ) -> Failed:
        if run.waiting != "clock":
            left: StateStatus = "TIMED_OUT" if status == "TIMED_OUT" else "FAILED"
            duration = max(0, now - run.began_at)
            event = StateEvent(run.state, left, run.attempt, run.began_at, duration, run.data, None, error, cause)
            run.history = (*run.history, event)
        return self._end(run, status, error, cause)

    @staticmethod
    def _end(run: Execution, status: ExecutionStatus, error: str | None, cause: str | None) -> Failed:
        run.status, run.error, run.cause, run.waiting, run.due = status, error, cause, None, None
        return Failed(error, cause)

    def _task(self, run: Execution) -> Task:
        state = self._machine.states[run.state]
        assert isinstance(state, Task)
        return state


def _ended(execution: Execution) -> Action:
    if execution.status == "SUCCEEDED":
        return Succeeded(execution.output)
    return Failed(execution.error, execution.cause)


def _earliest(*times: int | None) -> int | None:
    return min((at for at in times if at is not None), default=None)
