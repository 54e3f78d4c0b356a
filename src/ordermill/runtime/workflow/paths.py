"""Reference paths: `$.a.b[0]`, `$['order id']`, `$$.Execution.Name`. Each names one place in a JSON value."""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

from ordermill.runtime.workflow.errors import RESULT_PATH_MATCH_FAILURE, StateError

Step = str | int
"""A member's name or an element's index."""

_STEP: Final = re.compile(
    r"""
    \.(?P<name>[^\W\d]\w*)                      # .name, of letters, digits and underscores
    | \.?\[(?:
        '(?P<single>[^'\\]*)' | "(?P<double>[^"\\]*)" | (?P<index>0|[1-9]\d{0,8})
      )\]
    """,
    re.VERBOSE,
)


class Path(msgspec.Struct, frozen=True):
    """A place: in the context object, or else in the state's data."""

    text: str
    context: bool
    steps: tuple[Step, ...]


class Absent(Exception):
    """There is nothing at a path."""


def parse(text: str) -> Path:
    """The path that `text` spells. Raises ValueError with a cure for anything but a reference path."""
    if not text.startswith("$"):
        raise ValueError("a path begins with $")
    context = text.startswith("$$")
    rest = text[2:] if context else text[1:]
    steps: list[Step] = []
    at = 0
    while at < len(rest):
        found = _STEP.match(rest, at)
        if found is None:
            raise ValueError(
                f"write a reference path such as $.order.lines[0] or $['order id'], without operators: "
                f"{rest[at:]!r} cannot be read"
            )
        steps.append(_step(found))
        at = found.end()
    return Path(text, context, tuple(steps))


def _step(found: re.Match[str]) -> Step:
    if found["index"] is not None:
        return int(found["index"])
    return next(name for name in (found["name"], found["single"], found["double"]) if name is not None)


def read(steps: tuple[Step, ...], value: Any) -> Any:
    """What is at `steps` in `value`. Raises Absent where there is no such member or element."""
    for step in steps:
        if isinstance(step, str):
            if not isinstance(value, dict) or step not in value:
                raise Absent
            value = value[step]
        else:
            if not isinstance(value, list) or step >= len(value):
                raise Absent
            value = value[step]
    return value


def put(names: tuple[str, ...], value: Any, result: Any) -> Any:
    """`value` with `result` at `names`, members in between made where they are missing; `value` itself stays.

    Raises StateError (States.ResultPathMatchFailure) where one of them is there and is no object.
    """
    if not names:
        return result
    if not isinstance(value, dict):
        raise StateError(
            RESULT_PATH_MATCH_FAILURE, f"ResultPath needs an object to set '{names[0]}' in, and finds {kind(value)}"
        )
    first, *others = names
    return {**value, first: put(tuple(others), value.get(first, {}), result) if others else result}


def kind(value: Any) -> str:
    """What sort of JSON value it is, in words."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, (int, float)):
        return "a number"
    names = {str: "a string", list: "an array", dict: "an object"}
    return next((name for type_, name in names.items() if isinstance(value, type_)), type(value).__name__)
