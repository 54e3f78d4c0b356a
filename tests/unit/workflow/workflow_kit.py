"""Cases for the interpreter: a machine, its input, what its Tasks are answered, and what must come of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from ordermill.runtime.workflow.execution import (
    Action,
    Elapsed,
    Execution,
    Failed,
    Invoke,
    Outcome,
    Raised,
    Returned,
    Succeeded,
    WaitUntil,
    park,
    unpark,
)
from ordermill.runtime.workflow.interpreter import Interpreter
from ordermill.runtime.workflow.loader import load
from ordermill.runtime.workflow.model import Resource

NOW: Final = 1_763_640_000_000
"""When executions start: 2025-11-20T12:00:00.000Z."""

RESOURCES: Final = {
    "f": Resource("function", "f"),
    "g": Resource("function", "g"),
    "q": Resource("queue", "q"),
    "t": Resource("topic", "t"),
}
"""What the placeholders of the cases stand for."""

Script = dict[str, list[dict[str, Any]]]
"""The answers that each Task gets, attempt by attempt."""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """`trace`, where given, is each thing asked, with its payload, and each wait; `top` is for the file's own members.

    The execution ends with `output`, or with `error` and, where it is given, `cause`.
    """

    name: str
    states: dict[str, Any]
    input: Any = {}
    script: Script = {}
    trace: list[str] | None = None
    output: Any = None
    error: str | None = None
    cause: str | None = None
    top: dict[str, Any] = {}

    @property
    def document(self) -> dict[str, Any]:
        """The machine's file; it starts at its first state."""
        return {"StartAt": next(iter(self.states)), **self.top, "States": self.states}


class Played(msgspec.Struct, frozen=True):
    """What came of a case: what was asked and waited for, and the execution at its end."""

    trace: list[str]
    run: Execution


def flow(to: str | None) -> dict[str, Any]:
    """Where a state leads: to another, or to the end."""
    return {"End": True} if to is None else {"Next": to}


def function(to: str | None = None, send: Any = None, **fields: Any) -> dict[str, Any]:
    """A Task that asks function f, with its input unless `send` has other parameters; it hands on what f returned."""
    parameters = {"FunctionName": "${f}", **({"Payload.$": "$"} if send is None else send)}
    selecting = {"OutputPath", "ResultSelector", "ResultPath"} & fields.keys()
    output = {} if selecting else {"OutputPath": "$.Payload"}
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": parameters,
        **output,
        **fields,
    } | (flow(to))


def queue(to: str | None = None, send: Any = None, **fields: Any) -> dict[str, Any]:
    """A Task that sends to queue q, its input unless `send` has another message."""
    parameters = {"QueueUrl": "${q}", **({"MessageBody.$": "$"} if send is None else send)}
    return {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": parameters, **fields} | flow(
        to
    )


def topic(to: str | None = None, send: Any = None, **fields: Any) -> dict[str, Any]:
    """A Task that publishes to topic t, its input unless `send` has another message."""
    parameters = {"TopicArn": "${t}", **({"Message.$": "$"} if send is None else send)}
    return {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "Parameters": parameters, **fields} | flow(to)


def passing(to: str | None = None, **fields: Any) -> dict[str, Any]:
    """A Pass state."""
    return {"Type": "Pass", **fields} | flow(to)


def gives(result: Any) -> dict[str, Any]:
    """An attempt that is answered with `result`."""
    return {"Return": result}


def throws(error: str, cause: str = "because") -> dict[str, Any]:
    """An attempt that fails."""
    return {"Throw": {"Error": error, "Cause": cause}}


def hangs() -> dict[str, Any]:
    """An attempt that is not answered in time."""
    return {"Hang": True}


def play(case: Case, *, parked: bool = False) -> Played:
    """Runs the case to its end; `parked`, with the execution made JSON, read and resumed at every step."""
    interpreter = Interpreter(load("case", json.dumps(case.document).encode(), RESOURCES), lambda: 0.5)
    answers = {name: iter(outcomes) for name, outcomes in case.script.items()}
    trace: list[str] = []
    now = NOW
    run, action = interpreter.start("ex-1", case.input, now)
    while not isinstance(action, Succeeded | Failed):
        if parked:
            run = unpark(park(run))
            run, again = interpreter.resume(run, now)
            assert again == action
        trace.append(_traced(action, now))
        outcome, now = _answered(action, answers, now)
        run, action = interpreter.advance(run, outcome, now)
    assert [name for name, left in answers.items() if list(left)] == [], "answers that nobody asked for"
    return Played(trace, run)


def due(action: Action) -> int:
    """When something happens if nobody answers."""
    assert isinstance(action, Invoke | WaitUntil)
    at = action.deadline if isinstance(action, Invoke) else action.at
    assert at is not None
    return at


def outcome_of(action: Invoke, answer: dict[str, Any], now: int) -> tuple[Outcome, int]:
    """What an attempt comes to, and when."""
    if "Throw" in answer:
        return Raised(action.step, answer["Throw"]["Error"], answer["Throw"]["Cause"]), now
    if "Hang" in answer:
        return Elapsed(), due(action)
    return Returned(action.step, answer["Return"]), now


def _traced(action: Action, now: int) -> str:
    if isinstance(action, Invoke):
        return f"{action.state} {json.dumps(action.payload, separators=(',', ':'), sort_keys=True)}"
    return f"wait {due(action) - now}"


def _answered(action: Action, answers: dict[str, Iterator[dict[str, Any]]], now: int) -> tuple[Outcome, int]:
    if not isinstance(action, Invoke):
        return Elapsed(), due(action)
    return outcome_of(action, next(answers[action.state]), now)
