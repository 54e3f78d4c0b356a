"""A state machine as inert values, as `loader.load` makes it from its file.

An input or output path is None where the file says `null`. A result path is the names of the members that lead to the
place of the result: () is the whole (`$`), None throws the result away (`null`).
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from ordermill.runtime.workflow.paths import Path
from ordermill.runtime.workflow.rules import Rule

Kind = Literal["function", "queue", "topic"]
"""What a Task turns to."""

Template = Any
"""A payload template: JSON values, a Path wherever the file has a `.$` member."""

ResultPath = tuple[str, ...] | None


class Resource(msgspec.Struct, frozen=True):
    """What a placeholder of the file stands for here: a function, queue or topic, and its name in the topology."""

    kind: Kind
    name: str


class Retrier(msgspec.Struct, frozen=True):
    """Which errors are tried again: at most so often, after waits that grow by a rate up to a limit, in seconds."""

    errors: tuple[str, ...]
    interval_s: int = 1
    max_attempts: int = 3
    backoff_rate: float = 2.0
    max_delay_s: int | None = None
    jitter: bool = False


class Catcher(msgspec.Struct, frozen=True):
    """Which errors lead on, to which state, and where in the state's input {Error, Cause} is put."""

    errors: tuple[str, ...]
    next: str
    result_path: ResultPath = ()


class Selected(msgspec.Struct, frozen=True):
    """Base of states that select from what they get and from what they give."""

    name: str
    input_path: Path | None
    output_path: Path | None


class Task(Selected, frozen=True, kw_only=True):
    """Turns to a function, queue or topic with `payload`; without a payload template, with its whole input."""

    resource: Resource
    payload: Template
    result_selector: Template | None
    result_path: ResultPath
    timeout_s: int | None
    retry: tuple[Retrier, ...]
    catch: tuple[Catcher, ...]
    next: str | None


class Pass(Selected, frozen=True, kw_only=True):
    """Gives a constant (`result`), a payload made of its input (`parameters`), or its input."""

    has_result: bool
    result: Any
    parameters: Template | None
    result_path: ResultPath
    next: str | None


class Choice(Selected, frozen=True, kw_only=True):
    """Goes where the first rule that holds leads, else to `default`."""

    choices: tuple[tuple[Rule, str], ...]
    default: str | None


class Succeed(Selected, frozen=True, kw_only=True):
    """Ends the execution well."""


class Fail(msgspec.Struct, frozen=True):
    """Ends the execution badly; error and cause are texts, paths to texts, or not there."""

    name: str
    error: str | Path | None
    cause: str | Path | None


State = Task | Pass | Choice | Succeed | Fail


class Machine(msgspec.Struct, frozen=True):
    """The whole file: how many bytes it has; `version` tells one text of it from another."""

    name: str
    version: str
    bytes: int
    start_at: str
    timeout_s: int | None
    states: dict[str, State]


def successors(state: State) -> list[str]:
    """The names of the states that may come next, in the order they stand in the file; some more than once."""
    match state:
        case Task():
            return [*([state.next] if state.next else []), *(catcher.next for catcher in state.catch)]
        case Pass():
            return [state.next] if state.next else []
        case Choice():
            return [*(to for _, to in state.choices), *([state.default] if state.default else [])]
        case _:
            return []
