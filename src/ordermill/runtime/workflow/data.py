"""How data flows through a state: what is selected from input, result and output, and how large it may be.

Sizes are bytes of compact JSON in UTF-8. They are measured where data comes in, and bounded from there on, so that
small data, which is nearly all, is not written out at each state only to be counted.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from ordermill.domain.times import rfc3339
from ordermill.runtime.workflow.errors import DATA_LIMIT_EXCEEDED, NO_CHOICE_MATCHED, RESERVED, RUNTIME, StateError
from ordermill.runtime.workflow.execution import Execution, encode
from ordermill.runtime.workflow.model import Catcher, Choice, Fail, Machine, Pass, Succeed, Task
from ordermill.runtime.workflow.paths import Absent, Path, kind, put, read
from ordermill.runtime.workflow.rules import DataTest, Lookup, holds
from ordermill.runtime.workflow.templates import fill

LIMIT_BYTES: Final = 256 * 1024
"""What a state, a task and an execution take in and give out at most."""

UNSERIALIZABLE: Final = "Runtime.MarshalError"
"""What Lambda calls a result that is no JSON."""

_CONTEXT_BYTES: Final = 2048
"""More than the context object has besides the execution's input."""

Sized = tuple[Any, int]
"""A value, and at least its size."""


class Flow:
    """The data of one machine's executions; all it raises is StateError."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._spread = {name: _spread(state) for name, state in machine.states.items()}
        # What hands on what it got needs nothing selected, filled in or measured again.
        states = machine.states.values()
        self._asks_whole = {state.name for state in states if isinstance(state, Task) and _asks_whole(state)}
        self._keeps_whole = {state.name for state in states if _keeps_whole(state)}
        self._gives_payload = {state.name for state in states if isinstance(state, Task) and _gives_payload(state)}
        self._flat = {state.name: flat for state in states if isinstance(state, Task) and (flat := _flat(state))}
        self._switch = {state.name: each for state in states if isinstance(state, Choice) and (each := _switch(state))}

    def payload(self, run: Execution, task: Task) -> Any:
        """What the Task asks with."""
        if task.name in self._asks_whole:
            return run.data
        flat, data = self._flat.get(task.name), run.data
        if flat is not None and isinstance(data, dict):
            try:
                payload = {name: data[step] for name, step in flat}
            except KeyError:
                payload = None
        else:
            payload = None
        if payload is None:
            effective = self._selected(run, task.input_path, data, "InputPath")
            payload = fill(task.payload, self._look(run, effective))
        bound = self._filled_bytes(run, run.data_bytes)
        if bound > LIMIT_BYTES:
            _within(payload, bound)
        return payload

    def task_output(self, run: Execution, task: Task, answer: Any) -> Sized:
        """What the Task hands on, given what it was answered."""
        # As the Invoke API has it: the function's result is a member of the answer.
        invoked = task.resource.kind == "function"
        size = self.measured(answer, UNSERIALIZABLE, _ENVELOPE_BYTES if invoked else 0)
        if task.name in self._keeps_whole:
            return run.data, run.data_bytes
        if task.name in self._gives_payload:
            return answer, size
        result = {"ExecutedVersion": "$LATEST", "Payload": answer, "StatusCode": 200} if invoked else answer
        if task.result_selector is not None:
            result = fill(task.result_selector, self._look(run, result))
            size = self._filled_bytes(run, size)
        return self._output(run, task.result_path, task.output_path, (result, size))

    def through(self, run: Execution, state: Pass | Choice | Succeed) -> tuple[Any, int, str | None]:
        """What a state that asks for nothing hands on, its size, and to which state."""
        if state.name in self._keeps_whole:
            return run.data, run.data_bytes, self._to(run, state) if isinstance(state, Choice) else None
        effective = self._selected(run, state.input_path, run.data, "InputPath")
        size = max(run.data_bytes, self._context_bytes(run))
        if isinstance(state, Succeed):
            return *self._output(run, (), state.output_path, (effective, size)), None
        if isinstance(state, Choice):
            to = _chosen(state, self._look(run, effective))
            return *self._output(run, (), state.output_path, (effective, size)), to
        result = effective
        if state.has_result:
            result, size = state.result, self._machine.bytes
        elif state.parameters is not None:
            result, size = fill(state.parameters, self._look(run, effective)), self._filled_bytes(run, size)
        return *self._output(run, state.result_path, state.output_path, (result, size)), state.next

    def _to(self, run: Execution, state: Choice) -> str:
        """Where a Choice leads to that looks at the whole of what it got."""
        switch, data = self._switch.get(state.name), run.data
        if switch is not None and isinstance(data, dict):
            value = data.get(switch.step)
            if isinstance(value, str):
                return switch.cases.get(value, switch.default)
        return _chosen(state, self._look(run, data))

    def caught(self, run: Execution, catcher: Catcher, error: StateError) -> Sized:
        """What a Catch hands on."""
        result = {"Error": error.error, "Cause": error.cause}
        return self._output(run, catcher.result_path, _WHOLE, (result, _size(result)))

    def reasons(self, run: Execution, state: Fail) -> tuple[str | None, str | None]:
        """Error and cause that a Fail state ends with."""
        error = self._reason(run, state.error, "ErrorPath")
        if error is not None and error.startswith(RESERVED):
            raise StateError(RUNTIME, f"a Fail state cannot end with {error}: the name is the language's own")
        return error, self._reason(run, state.cause, "CausePath")

    def measured(self, value: Any, otherwise: str, around: int = 0) -> int:
        """The size of data from outside, with so many bytes around it.

        Raises StateError: States.DataLimitExceeded, or `otherwise` if it is no JSON.
        """
        if value is None:
            return around + _NULL_BYTES
        try:
            size = around + len(encode(value))
        except (TypeError, ValueError, RecursionError) as error:
            raise StateError(otherwise, f"this is no JSON: {error}") from None
        return size if size <= LIMIT_BYTES else _checked(size)

    def _output(
        self, run: Execution, result_path: tuple[str, ...] | None, output_path: Path | None, result: Sized
    ) -> Sized:
        value, size = result
        if result_path is None:
            value, size = run.data, run.data_bytes
        elif result_path:
            value, size = put(result_path, run.data, value), run.data_bytes + size + self._machine.bytes
        size = _within(value, size)
        if output_path is not None and output_path.context:
            size = self._context_bytes(run)
        return self._selected(run, output_path, value, "OutputPath"), size

    def _selected(self, run: Execution, path: Path | None, value: Any, field: str) -> Any:
        if path is None:
            return {}
        if not path.steps and not path.context:
            return value
        try:
            return self._look(run, value)(path)
        except Absent:
            raise StateError(RUNTIME, f"{field} {path.text} leads nowhere") from None

    def _reason(self, run: Execution, reason: str | Path | None, field: str) -> str | None:
        if not isinstance(reason, Path):
            return reason
        text = self._selected(run, reason, run.data, field)
        if not isinstance(text, str):
            raise StateError(RUNTIME, f"{field} {reason.text} leads to {kind(text)}, and needs a string")
        return text

    def _look(self, run: Execution, value: Any) -> Lookup:
        def look(path: Path) -> Any:
            return read(path.steps, self._context(run) if path.context else value)

        return look

    def _context(self, run: Execution) -> dict[str, Any]:
        """The context object, as far as both worlds have it."""
        name = run.execution_id
        return {
            "Execution": {"Id": name, "Input": run.input, "Name": name, "StartTime": rfc3339(run.started_at)},
            "State": {"EnteredTime": rfc3339(run.entered_at), "Name": run.state, "RetryCount": run.attempt - 1},
            "StateMachine": {"Id": run.machine, "Name": run.machine},
        }

    def _context_bytes(self, run: Execution) -> int:
        return run.input_bytes + _CONTEXT_BYTES

    def _filled_bytes(self, run: Execution, source: int) -> int:
        """At least the size of any template of the current state, filled in from data of `source` bytes."""
        return self._machine.bytes + self._spread[run.state] * max(source, self._context_bytes(run))


_WHOLE: Final = Path("$", context=False, steps=())


_ENVELOPE_BYTES: Final = len(b'{"ExecutedVersion":"$LATEST","Payload":,"StatusCode":200}')


_NULL_BYTES: Final = len(b"null")


class _Switch(NamedTuple):
    """A Choice that compares one member, a text, with constants."""

    step: str
    cases: dict[str, str]
    default: str


def _is_whole(path: Path | None) -> bool:
    return path is not None and not path.steps and not path.context


def _asks_whole(task: Task) -> bool:
    return _is_whole(task.input_path) and isinstance(task.payload, Path) and _is_whole(task.payload)


def _keeps_whole(state: object) -> bool:
    """Whether all that the state hands on is what it got."""
    match state:
        case Task():
            return state.result_selector is None and state.result_path is None and _is_whole(state.output_path)
        case Choice() | Succeed():
            return _is_whole(state.input_path) and _is_whole(state.output_path)
        case _:
            return False


def _gives_payload(task: Task) -> bool:
    """Whether all that the Task hands on is what its function returned."""
    path, whole = task.output_path, task.result_selector is None and task.result_path == ()
    opened = path is not None and not path.context and path.steps == ("Payload",)
    return task.resource.kind == "function" and whole and opened


def _flat(task: Task) -> tuple[tuple[str, str], ...] | None:
    """The members of a payload that are each a member of what the Task got; None if it is made otherwise."""
    if not isinstance(task.payload, dict) or not _is_whole(task.input_path):
        return None
    found = [(name, _member(path)) for name, path in task.payload.items()]
    return tuple((name, step) for name, step in found if step is not None) if all(step for _, step in found) else None


def _switch(state: Choice) -> _Switch | None:
    if state.default is None or not state.choices or not _keeps_whole(state):
        return None
    cases: dict[str, str] = {}
    steps = set[str | None]()
    for rule, to in state.choices:
        if not isinstance(rule, DataTest) or rule.operator != "StringEquals":
            return None
        steps.add(_member(rule.variable))
        cases.setdefault(rule.operand, to)
    (step,) = steps if len(steps) == 1 else (None,)
    return None if step is None else _Switch(step, cases, state.default)


def _member(path: object) -> str | None:
    """The member of the state's data that a path names, if it names one."""
    if not isinstance(path, Path) or path.context or len(path.steps) != 1:
        return None
    (step,) = path.steps
    return step if isinstance(step, str) else None


def _chosen(state: Choice, look: Lookup) -> str:
    for rule, to in state.choices:
        if holds(rule, look):
            return to
    if state.default is None:
        raise StateError(NO_CHOICE_MATCHED, "no rule of the Choice holds, and it has no Default")
    return state.default


def _spread(state: object) -> int:
    """The most paths that a template of the state has."""
    match state:
        case Task():
            return max(_paths(state.payload), _paths(state.result_selector))
        case Pass():
            return _paths(state.parameters)
        case _:
            return 0


def _paths(template: Any) -> int:
    if isinstance(template, Path):
        return 1
    inner = template.values() if isinstance(template, dict) else template if isinstance(template, list) else ()
    return sum(_paths(value) for value in inner)


def _within(value: Any, bound: int) -> int:
    """A bound of the value's size; the size itself where `bound` alone would be too much."""
    return bound if bound <= LIMIT_BYTES else _checked(_size(value))


def _size(value: Any) -> int:
    return len(encode(value))


def _checked(size: int) -> int:
    if size > LIMIT_BYTES:
        raise StateError(DATA_LIMIT_EXCEEDED, f"{size:,} bytes of JSON are more than {LIMIT_BYTES:,}")
    return size
