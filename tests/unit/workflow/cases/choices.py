"""Which way a Choice goes."""

from __future__ import annotations

from typing import Any

from tests.unit.workflow.workflow_kit import Case, passing

EARLY, LATE = "2026-03-14T01:59:00Z", "2026-03-14T02:59:00Z"
THERE = {"Yes": passing(Result="yes"), "No": passing(Result="no")}


def ruled(name: str, rule: dict[str, Any], given: Any, output: Any = None, error: str | None = None) -> Case:
    """A Choice with one rule: to Yes, by default to No."""
    states = {"C": {"Type": "Choice", "Choices": [{**rule, "Next": "Yes"}], "Default": "No"}, **THERE}
    return Case(name=name, states=states, input=given, output=output, error=error)


def compared(operator: str, value: Any, operand: Any, *, holds: bool) -> list[Case]:
    """The operator with a constant, and the same with what is at a path."""
    output = "yes" if holds else "no"
    said = f"{operator}: {value!r} and {operand!r}"
    cases = [ruled(said, {"Variable": "$.v", operator: operand}, {"v": value}, output)]
    if not operator.startswith("Is") and operator != "StringMatches":
        rule = {"Variable": "$.v", f"{operator}Path": "$.w"}
        cases.append(ruled(f"{said}, by path", rule, {"v": value, "w": operand}, output))
    return cases


_TABLE: list[tuple[str, Any, Any, bool]] = [
    ("StringEquals", "a", "a", True),
    ("StringEquals", "a", "A", False),
    ("StringEquals", 1, "1", False),
    ("StringEquals", None, "a", False),
    ("StringEquals", EARLY, EARLY, True),
    ("StringLessThan", "abc", "abd", True),
    ("StringLessThan", "b", "ab", False),
    ("StringLessThan", "\U0001f600", "\uff5e", True),
    ("StringGreaterThan", "b", "a", True),
    ("StringGreaterThan", "a", "a", False),
    ("StringLessThanEquals", "a", "a", True),
    ("StringLessThanEquals", "b", "a", False),
    ("StringGreaterThanEquals", "a", "a", True),
    ("StringGreaterThanEquals", "A", "a", False),
    ("NumericEquals", 1, 1, True),
    ("NumericEquals", 1, 1.0, True),
    ("NumericEquals", "1", 1, False),
    ("NumericEquals", True, 1, False),
    ("NumericLessThan", 1, 2, True),
    ("NumericLessThan", 2, 2, False),
    ("NumericLessThan", "1", 2, False),
    ("NumericGreaterThan", 2.5, 2, True),
    ("NumericGreaterThan", 2, 2, False),
    ("NumericLessThanEquals", 2, 2, True),
    ("NumericLessThanEquals", 3, 2, False),
    ("NumericGreaterThanEquals", 2, 2, True),
    ("NumericGreaterThanEquals", 1, 2, False),
    ("BooleanEquals", True, True, True),
    ("BooleanEquals", False, True, False),
    ("BooleanEquals", "true", True, False),
    ("BooleanEquals", 1, True, False),
    ("TimestampEquals", EARLY, EARLY, True),
    ("TimestampEquals", "2026-03-14T02:59:00+01:00", EARLY, True),
    ("TimestampEquals", "2026-03-14T01:59:00.000Z", EARLY, True),
    ("TimestampEquals", "2026-03-14", EARLY, False),
    ("TimestampLessThan", EARLY, LATE, True),
    ("TimestampLessThan", LATE, EARLY, False),
    ("TimestampGreaterThan", LATE, EARLY, True),
    ("TimestampGreaterThan", "2026-03-14T01:59:00.5Z", EARLY, True),
    ("TimestampLessThanEquals", EARLY, EARLY, True),
    ("TimestampGreaterThanEquals", EARLY, LATE, False),
    ("IsNull", None, True, True),
    ("IsNull", 0, True, False),
    ("IsNull", 0, False, True),
    ("IsNumeric", 1.5, True, True),
    ("IsNumeric", "1", True, False),
    ("IsNumeric", True, True, False),
    ("IsString", "", True, True),
    ("IsString", 1, False, True),
    ("IsBoolean", False, True, True),
    ("IsBoolean", 0, True, False),
    ("IsTimestamp", EARLY, True, True),
    ("IsTimestamp", "2026-03-14 01:59:00Z", True, False),
    ("IsTimestamp", "2026-03-14t01:59:00z", True, False),
    ("IsTimestamp", "2026-02-30T00:00:00Z", True, False),
    ("IsPresent", 1, True, True),
    ("IsPresent", None, True, True),
    ("StringMatches", "foo23.log", "foo*.log", True),
    ("StringMatches", "zebra.log", "*.log", True),
    ("StringMatches", "foobar.zebra", "foo*.*", True),
    ("StringMatches", "foo.log2", "foo*.log", False),
    ("StringMatches", "foo", "foo", True),
    ("StringMatches", "foo\nbar", "foo*bar", True),
    ("StringMatches", "aba", "ab*ba", False),
    ("StringMatches", "aab", "a*a*b", True),
    ("StringMatches", "ab", "a*a*b", False),
    ("StringMatches", "a*b", "a\\*b", True),
    ("StringMatches", "axb", "a\\*b", False),
    ("StringMatches", "a\\b", "a\\\\b", True),
    ("StringMatches", "a.b", "a?b", False),
    ("StringMatches", 1, "*", False),
]

OPERATORS = [
    case for operator, value, operand, holds in _TABLE for case in compared(operator, value, operand, holds=holds)
]

TWENTIES = {
    "And": [
        {"Variable": "$.value", "IsPresent": True},
        {"Variable": "$.value", "IsNumeric": True},
        {"Variable": "$.value", "NumericGreaterThanEquals": 20},
        {"Variable": "$.value", "NumericLessThan": 30},
    ]
}
PRIVATE = {"Variable": "$.type", "StringEquals": "Private"}
NOWHERE = {"Variable": "$.none", "StringEquals": "x"}

JOINED = [
    ruled("And: all hold", TWENTIES, {"value": 22}, "yes"),
    ruled("And: one does not", TWENTIES, {"value": 31}, "no"),
    ruled("And stops at the first that does not hold", TWENTIES, {"other": 1}, "no"),
    ruled("Or: one holds", {"Or": [PRIVATE, {"Variable": "$.type", "StringEquals": "x"}]}, {"type": "x"}, "yes"),
    ruled("Or: none holds", {"Or": [PRIVATE, {"Variable": "$.type", "StringEquals": "x"}]}, {"type": "y"}, "no"),
    ruled("Or stops at the first that holds", {"Or": [PRIVATE, NOWHERE]}, {"type": "Private"}, "yes"),
    ruled("Not", {"Not": PRIVATE}, {"type": "Private"}, "no"),
    ruled("Not of what does not hold", {"Not": PRIVATE}, {"type": "x"}, "yes"),
    ruled("Not of another type", {"Not": {"Variable": "$.v", "NumericEquals": 1}}, {"v": "1"}, "yes"),
    ruled("Not of Or of And", {"Not": {"Or": [{"And": [PRIVATE]}]}}, {"type": "Private"}, "no"),
]

WAYS = [
    ruled("IsPresent of what is not there", {"Variable": "$.v", "IsPresent": True}, {}, "no"),
    ruled("IsPresent false of what is not there", {"Variable": "$.v", "IsPresent": False}, {}, "yes"),
    ruled("IsPresent beyond an array", {"Variable": "$.v[1]", "IsPresent": True}, {"v": [0]}, "no"),
    ruled("IsPresent below null", {"Variable": "$.v.w", "IsPresent": True}, {"v": None}, "no"),
    ruled("a variable that is not there fails", NOWHERE, {"a": 1}, error="States.Runtime"),
    ruled("IsNull of what is not there fails", {"Variable": "$.v", "IsNull": True}, {}, error="States.Runtime"),
    ruled(
        "a path to compare with that is not there fails",
        {"Variable": "$.v", "StringEqualsPath": "$.none"},
        {"v": "a"},
        error="States.Runtime",
    ),
    ruled("a variable of the context", {"Variable": "$$.State.Name", "StringEquals": "C"}, {}, "yes"),
    ruled("a whole input as variable", {"Variable": "$", "StringEquals": "x"}, "x", "yes"),
    Case(
        name="the first rule that holds decides",
        states={
            "C": {
                "Type": "Choice",
                "Choices": [
                    {"Variable": "$.v", "NumericGreaterThan": 5, "Next": "No"},
                    {"Variable": "$.v", "NumericGreaterThan": 1, "Next": "Yes"},
                    {"Variable": "$.v", "NumericGreaterThan": 0, "Next": "No"},
                ],
            },
            **THERE,
        },
        input={"v": 3},
        output="yes",
    ),
    Case(
        name="no rule holds and there is no Default",
        states={"C": {"Type": "Choice", "Choices": [{**PRIVATE, "Next": "Yes"}]}, "Yes": THERE["Yes"]},
        input={"type": "x"},
        error="States.NoChoiceMatched",
    ),
    Case(
        name="a Choice hands its input on",
        states={"C": {"Type": "Choice", "Choices": [{**PRIVATE, "Next": "P"}]}, "P": passing()},
        input={"type": "Private", "a": 1},
        output={"type": "Private", "a": 1},
    ),
    Case(
        name="a Choice selects with InputPath, and its rules see that",
        states={"C": {"Type": "Choice", "InputPath": "$.in", "Choices": [{**PRIVATE, "Next": "P"}]}, "P": passing()},
        input={"in": {"type": "Private"}},
        output={"type": "Private"},
    ),
    Case(
        name="a Choice selects with OutputPath what it hands on",
        states={"C": {"Type": "Choice", "OutputPath": "$.a", "Choices": [{**PRIVATE, "Next": "P"}]}, "P": passing()},
        input={"type": "Private", "a": 1},
        output=1,
    ),
]

CASES: list[Case] = [*OPERATORS, *JOINED, *WAYS]
