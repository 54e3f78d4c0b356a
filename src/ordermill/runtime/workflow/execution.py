"""An execution of a state machine as a value, what is asked of the outside, and what comes back.

An execution can be parked at any time: `park` makes JSON of it, `unpark` the same value again. Times are epoch
milliseconds, durations milliseconds.
"""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

from ordermill.runtime.workflow.model import Kind

ExecutionStatus = Literal["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT"]

StateStatus = Literal["RUNNING", "SUCCEEDED", "RETRIED", "CAUGHT", "FAILED", "TIMED_OUT"]
"""Under way; left well; failed and tried again; failed and led on by a Catch; failed for good; out of time."""


class StateEvent(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """One attempt of one state, from when it was entered until it was left.

    `input` is what the state got, `output` what it handed on: the next state's input. `at` is when the attempt began.
    """

    name: str
    status: StateStatus
    attempt: int
    at: int
    duration_ms: int | None
    input: Any
    output: Any
    error: str | None
    cause: str | None


class Execution(msgspec.Struct, rename="camel", gc=False):
    """Where an execution stands. A value: the interpreter returns new ones and leaves those it was given as they are.

    `data` is the current state's input, `data_bytes` at least its size. The state was entered at `entered_at`, its
    current attempt began at `began_at`; `retries` counts per retrier. `step` numbers what was asked of the outside;
    while `waiting` for an answer `due` is when it is too late (None: never), while waiting for the clock when to try
    again. `history` has the attempts that are over. Once the status is not RUNNING there is an output, or an error and
    its cause.
    """

    execution_id: str
    machine: str
    version: str
    status: ExecutionStatus
    started_at: int
    deadline: int | None
    input: Any
    input_bytes: int
    state: str
    data: Any
    data_bytes: int
    entered_at: int
    began_at: int
    attempt: int = 1
    retries: tuple[int, ...] = ()
    step: int = 0
    waiting: Literal["answer", "clock"] | None = None
    due: int | None = None
    history: tuple[StateEvent, ...] = ()
    output: Any = None
    error: str | None = None
    cause: str | None = None

    def states(self) -> tuple[StateEvent, ...]:
        """Every attempt of every state in order, with the one under way."""
        if self.status != "RUNNING" or self.waiting == "clock":
            return self.history
        under_way = StateEvent(self.state, "RUNNING", self.attempt, self.began_at, None, self.data, None, None, None)
        return (*self.history, under_way)


class Invoke(msgspec.Struct, frozen=True, gc=False):
    """Ask this function, queue or topic, and answer with `step`: at least once, for a parked execution asks again.

    After `deadline` (None: there is none) no answer is taken any more.
    """

    step: int
    state: str
    attempt: int
    kind: Kind
    resource: str
    payload: Any
    deadline: int | None


class WaitUntil(msgspec.Struct, frozen=True, gc=False):
    """Nothing to do before `at` (None: before an answer comes), then Elapsed."""

    at: int | None


class Succeeded(msgspec.Struct, frozen=True, gc=False):
    """The end, with the output."""

    output: Any


class Failed(msgspec.Struct, frozen=True, gc=False):
    """The end, with the error's name and its cause, as the Fail state or the uncaught error has them."""

    error: str | None
    cause: str | None


Action = Invoke | WaitUntil | Succeeded | Failed


class Returned(msgspec.Struct, frozen=True, gc=False):
    """What was asked under `step` was done: a function's result, or the queue's or topic's answer, as plain JSON."""

    step: int
    result: Any


class Raised(msgspec.Struct, frozen=True, gc=False):
    """What was asked under `step` failed; a function's error is named by its exception's class, as on Lambda."""

    step: int
    error: str
    cause: str


class Elapsed(msgspec.Struct, frozen=True, gc=False):
    """The clock moved on."""


Outcome = Returned | Raised | Elapsed


def _text(value: Any) -> str:
    """Texts of a kind of their own are written as the texts that they are."""
    if isinstance(value, str):
        return str(value)
    raise TypeError(f"{type(value).__name__} is no JSON")


encode: Final = msgspec.json.Encoder(enc_hook=_text).encode
"""Compact JSON. Raises TypeError, ValueError or RecursionError for what is none."""


def park(execution: Execution) -> bytes:
    """The execution as JSON."""
    return encode(execution)


def unpark(parked: bytes) -> Execution:
    """The execution that `park` made JSON of. Raises msgspec.ValidationError for anything else."""
    return msgspec.json.decode(parked, type=Execution)
