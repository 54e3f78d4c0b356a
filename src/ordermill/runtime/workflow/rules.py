"""Choice rules: what each operator compares, and whether a rule holds."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import msgspec

from ordermill.runtime.workflow.errors import RUNTIME, StateError
from ordermill.runtime.workflow.paths import Absent, Path


class DataTest(msgspec.Struct, frozen=True):
    """What is at `variable` against `operand`, a constant or what is at another path."""

    variable: Path
    operator: str
    operand: Any


class And(msgspec.Struct, frozen=True):
    """Every rule holds; those after the first that does not are not looked at."""

    rules: tuple[Rule, ...]


class Or(msgspec.Struct, frozen=True):
    """Some rule holds; those after the first that does are not looked at."""

    rules: tuple[Rule, ...]


class Not(msgspec.Struct, frozen=True):
    """The rule does not hold."""

    rule: Rule


Rule = DataTest | And | Or | Not

Lookup = Callable[[Path], Any]
"""What is at a path; raises Absent."""

_TIMESTAMP: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)")


def timestamp(value: object) -> tuple[datetime, str] | None:
    """The moment that an RFC 3339 text with a capital T and Z names: to the second, and its decimals; else None."""
    found = _TIMESTAMP.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return None
    try:
        return datetime.fromisoformat(found[1] + found[3]), (found[2] or "").rstrip("0")
    except ValueError:
        return None


def _string(value: object) -> bytes | None:
    # Compared by UTF-16 code unit, as Step Functions does.
    return value.encode("utf-16-be", "surrogatepass") if isinstance(value, str) else None


def _number(value: object) -> int | float | None:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _boolean(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


@lru_cache(maxsize=256)
def _segments(pattern: str) -> tuple[str, ...]:
    r"""The texts between the stars of a StringMatches pattern; `\*` and `\\` are a star and a backslash.

    Raises ValueError for a backslash before anything else.
    """
    parts = re.findall(r"\\.?|\*|[^\\*]+", pattern, re.DOTALL)
    if any(part[0] == "\\" and part not in {r"\*", r"\\"} for part in parts):
        raise ValueError(r"a backslash stands only before * or another backslash")
    segments = [""]
    for part in parts:
        if part == "*":
            segments.append("")
        else:
            segments[-1] += part[1:] if part[0] == "\\" else part
    return tuple(segments)


def _like(text: str, pattern: str) -> bool:
    """Whether `text` matches; in time linear in the text, whatever the pattern."""
    first, *rest = _segments(pattern)
    if not rest:
        return text == first
    *between, last = rest
    if not text.startswith(first):
        return False
    at = len(first)
    for segment in between:
        found = text.find(segment, at)
        if found < 0:
            return False
        at = found + len(segment)
    return len(text) - at >= len(last) and text.endswith(last)


Reading = Callable[[object], Any]

COMPARED: Final[dict[str, tuple[Reading, str]]] = {
    "String": (_string, "a string"),
    "Numeric": (_number, "a number"),
    "Boolean": (_boolean, "true or false"),
    "Timestamp": (timestamp, "a timestamp such as 2026-11-01T12:00:00Z"),
}
"""The types that are compared: how a value is read as one (None: it is none), and what such a value is called."""

_ORDER: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "GreaterThan": operator.gt,
    "LessThanEquals": operator.le,
    "GreaterThanEquals": operator.ge,
}
COMPARISONS: Final = {
    type_ + how: (COMPARED[type_][0], compare)
    for type_ in COMPARED
    for how, compare in _ORDER.items()
    if type_ != "Boolean" or how == "Equals"
}
"""The operators that compare two values: how each value is read, and what must hold. Each also exists with `Path`."""

KINDS: Final[dict[str, Callable[[Any], bool]]] = {
    "IsNull": lambda value: value is None,
    "IsNumeric": lambda value: _number(value) is not None,
    "IsString": lambda value: isinstance(value, str),
    "IsBoolean": lambda value: isinstance(value, bool),
    "IsTimestamp": lambda value: timestamp(value) is not None,
}
"""The operators that tell what sort of value is there."""

OPERATORS: Final = frozenset(
    {*COMPARISONS, *(f"{name}Path" for name in COMPARISONS), *KINDS, "IsPresent", "StringMatches"}
)


def unfit(name: str, operand: object) -> str | None:
    """What the constant `operand` of the operator `name` should be, if it is not that."""
    if name in KINDS or name == "IsPresent":
        return None if isinstance(operand, bool) else "true or false"
    if name == "StringMatches":
        if not isinstance(operand, str):
            return "a string"
        try:
            _segments(operand)
        except ValueError as error:
            return f"a pattern: {error}"
        return None
    reading, wanted = next(COMPARED[type_] for type_ in COMPARED if name.startswith(type_))
    return None if reading(operand) is not None else wanted


def holds(rule: Rule, look: Lookup) -> bool:
    """Whether the rule holds; values of another type than the operator's compare as false.

    Raises StateError (States.Runtime) where a path leads nowhere, unless that is what the rule asks.
    """
    match rule:
        case And():
            return all(holds(each, look) for each in rule.rules)
        case Or():
            return any(holds(each, look) for each in rule.rules)
        case Not():
            return not holds(rule.rule, look)
        case DataTest():
            return _passes(rule, look)


def _passes(test: DataTest, look: Lookup) -> bool:
    name, operand = test.operator, test.operand
    if name == "StringEquals":
        return bool(_value(test.variable, look) == operand)
    if name == "IsPresent":
        return _present(test.variable, look) is operand
    value = _value(test.variable, look)
    if name in KINDS:
        return KINDS[name](value) is operand
    if name == "StringMatches":
        return isinstance(value, str) and _like(value, operand)
    if isinstance(operand, Path):
        name, operand = name.removesuffix("Path"), _value(operand, look)
    reading, compare = COMPARISONS[name]
    left, right = reading(value), reading(operand)
    return left is not None and right is not None and compare(left, right)


def _present(path: Path, look: Lookup) -> bool:
    try:
        look(path)
    except Absent:
        return False
    return True


def _value(path: Path, look: Lookup) -> Any:
    try:
        return look(path)
    except Absent:
        raise StateError(RUNTIME, f"the rule's path {path.text} leads nowhere in the state's input") from None
