"""Where the oracles do otherwise than we, and what is documented: each case with what the oracle makes of it.

SPEC is the Amazon States Language specification (states-language.net), GUIDE the Step Functions developer guide. The
tests hold each oracle to its line here: one that changes is looked at again, one that agrees by now is struck off.
"""

from __future__ import annotations

from typing import Final

import msgspec


class Disagreement(msgspec.Struct, frozen=True):
    """What the oracle does, what is documented, and the cases that show it."""

    oracle: str
    does: str
    documented: str
    cases: dict[str, str]


_YES, _NO = 'SUCCEEDED "yes" by C>Yes', 'SUCCEEDED "no" by C>No'
_EARLY, _LATE = "'2026-03-14T01:59:00Z'", "'2026-03-14T02:59:00Z'"
_X = "x" * 59
_AGAIN = "FAILED Unexpected by X"
"""The Task was asked once more than it should have been."""


def _caught(error: str) -> str:
    return f'SUCCEEDED {{"Cause": "because", "Error": "{error}"}} by X>Z'


def _by_path(*comparisons: str) -> dict[str, str]:
    return {f"{comparison}, by path": _NO for comparison in comparisons}


_CODE_POINTS: Final = (
    "Strings are in the order of their code points.",
    "GUIDE, Choice: in the order of Java's compareTo, which is that of their UTF-16 code units.",
    {
        "StringLessThan: '\U0001f600' and '\uff5e'": _NO,
        "StringLessThan: '\U0001f600' and '\uff5e', by path": _NO,
    },
)

DISAGREEMENTS: Final = (
    Disagreement(
        "moto",
        "A path through an array's element gives an array of one.",
        "SPEC, Reference Paths: such a path identifies one node, and gives that.",
        {"InputPath goes through an element": 'SUCCEEDED ["a"] by P'},
    ),
    Disagreement(
        "moto",
        "A ResultPath that cannot be applied is States.Runtime, which no Catch by name takes.",
        "SPEC, Runtime Errors, and GUIDE, Error names: States.ResultPathMatchFailure.",
        {
            "ResultPath into a string fails": "FAILED States.Runtime by P",
            "ResultPath into an array fails": "FAILED States.Runtime by P",
            "ResultPath through a number fails": "FAILED States.Runtime by P",
            "ResultPath of a Task into a string fails": "FAILED States.Runtime by A",
            "a result that fits nowhere is caught": "FAILED States.Runtime by X",
            "a Catch whose ResultPath does not fit fails": "FAILED States.Runtime by X",
        },
    ),
    Disagreement(
        "moto",
        "A path to nothing in Parameters or ResultSelector is States.Runtime. Users report the same of Step Functions "
        "itself and of its local version (floci-io/floci#2521): a machine should not count on catching it.",
        "SPEC, Payload Template, and GUIDE, Error names: States.ParameterPathFailure.",
        {
            "Parameters to nothing fail": "FAILED States.Runtime by P",
            "ResultSelector to nothing fails": "FAILED States.Runtime by A",
            "a payload's path to nothing is caught by name": "FAILED States.Runtime by X",
            "a payload's path to nothing is caught by States.ALL": 'SUCCEEDED "States.Runtime" by X>Z',
            "a payload's path to nothing is tried again": "FAILED States.Runtime by X",
        },
    ),
    Disagreement(
        "moto",
        "A CausePath may lead to a number.",
        "GUIDE, Fail: the path must resolve to a string.",
        {"Fail whose cause is no text": "FAILED ErrorC by F"},
    ),
    Disagreement(
        "moto",
        "Timestamps have whole seconds, Z, and letters of any case.",
        "SPEC, Timestamps: RFC 3339, with offsets and fractions, and with a capital T and Z.",
        {
            f"TimestampEquals: '2026-03-14T02:59:00+01:00' and {_EARLY}": _NO,
            f"TimestampEquals: '2026-03-14T01:59:00.000Z' and {_EARLY}": _NO,
            f"TimestampGreaterThan: '2026-03-14T01:59:00.5Z' and {_EARLY}": _NO,
            **_by_path(
                f"TimestampEquals: '2026-03-14T02:59:00+01:00' and {_EARLY}",
                f"TimestampEquals: '2026-03-14T01:59:00.000Z' and {_EARLY}",
                f"TimestampGreaterThan: '2026-03-14T01:59:00.5Z' and {_EARLY}",
            ),
            "IsTimestamp: '2026-03-14t01:59:00z' and True": _YES,
        },
    ),
    Disagreement("moto", *_CODE_POINTS),
    Disagreement(
        "moto",
        "StringMatches is a shell pattern.",
        "SPEC, Data-test expression: only * is special, and a backslash escapes it.",
        {
            r"StringMatches: 'a*b' and 'a\\*b'": _NO,
            r"StringMatches: 'a\\b' and 'a\\\\b'": _NO,
            "StringMatches: 'a.b' and 'a?b'": _YES,
        },
    ),
    Disagreement(
        "moto",
        "A rule whose Variable leads nowhere does not hold.",
        "GUIDE, Choice: the execution fails; SPEC: IsPresent alone may ask for what is not there.",
        {"a variable that is not there fails": _NO, "IsNull of what is not there fails": _NO},
    ),
    Disagreement(
        "moto",
        "A Choice without a way on is States.Runtime.",
        "SPEC, Choice State, and GUIDE, Error names: States.NoChoiceMatched.",
        {"no rule holds and there is no Default": "FAILED States.Runtime by C"},
    ),
    Disagreement(
        "moto",
        "States.ALL takes States.Runtime and States.DataLimitExceeded.",
        "GUIDE, Error names: States.ALL takes neither.",
        {
            "Catch of States.ALL and the error States.Runtime": _caught("States.Runtime"),
            "Retry of States.ALL and the error States.Runtime": _AGAIN,
            "Catch of States.ALL and the error States.DataLimitExceeded": _caught("States.DataLimitExceeded"),
            "Retry of States.ALL and the error States.DataLimitExceeded": _AGAIN,
            "too large a result is not caught by States.ALL": (
                'SUCCEEDED {"Cause": "the Task is asked more often than the script has … of 87 by X>Z'
            ),
        },
    ),
    Disagreement(
        "moto",
        "States.TaskFailed takes none of the language's own errors.",
        "GUIDE, Error names: a wildcard for every error but States.Timeout.",
        {
            "Catch of States.TaskFailed and the error States.Permissions": "FAILED States.Permissions by X",
            "Retry of States.TaskFailed and the error States.Permissions": "FAILED States.Permissions by X",
        },
    ),
    Disagreement(
        "moto",
        "Sizes: inputs and payloads may be larger than 256 KiB, and white space counts in results.",
        "GUIDE, Quotas and States.DataLimitExceeded: 256 KiB of UTF-8 for each input, payload and output.",
        {
            "an input of a byte more": f'SUCCEEDED "{_X}… of 262145 by P',
            "bytes count, not characters": "FAILED States.DataLimitExceeded by P",
            "a result that just fits": "FAILED States.DataLimitExceeded by X",
            "a payload that is too large is not sent": _AGAIN,
        },
    ),
    Disagreement(
        "ministack",
        "A path to nothing in InputPath or OutputPath gives null.",
        "GUIDE, Error names: States.Runtime.",
        {
            "InputPath to nothing fails": "SUCCEEDED null by P",
            "InputPath beyond an array fails": "SUCCEEDED null by P",
            "InputPath into a string fails": "SUCCEEDED null by P",
            "InputPath into null fails": "SUCCEEDED null by P",
            "OutputPath to nothing fails": "SUCCEEDED null by P",
            "OutputPath of a Task to nothing fails": "SUCCEEDED null by A",
            "Succeed from nowhere fails": "SUCCEEDED null by S",
            "an InputPath to nothing is caught by nothing": (
                'SUCCEEDED {"Cause": "the Task is asked more often than the script has … of 87 by X>Z'
            ),
            "an OutputPath to nothing is caught by nothing": "SUCCEEDED null by X",
        },
    ),
    Disagreement(
        "ministack",
        "A path to nothing in Parameters or ResultSelector gives null, and the Task is asked.",
        "SPEC, Payload Template, and GUIDE, Error names: States.ParameterPathFailure.",
        {
            "Parameters to nothing fail": 'SUCCEEDED {"b": null} by P',
            "ResultSelector to nothing fails": 'SUCCEEDED {"p": null} by A',
            "a payload's path to nothing is caught by name": _AGAIN,
            "a payload's path to nothing is caught by States.ALL": 'SUCCEEDED "Unexpected" by X>Z',
            "a payload's path to nothing is tried again": _AGAIN,
        },
    ),
    Disagreement(
        "ministack",
        "ResultPath puts an object in the place of whatever is in its way.",
        "SPEC, Runtime Errors, and GUIDE, Error names: States.ResultPathMatchFailure.",
        {
            "ResultPath into a string fails": 'SUCCEEDED {"x": 6} by P',
            "ResultPath into an array fails": 'SUCCEEDED {"x": 6} by P',
            "ResultPath through a number fails": 'SUCCEEDED {"a": {"b": 6}} by P',
            "ResultPath of a Task into a string fails": (
                'SUCCEEDED {"x": {"ExecutedVersion": "$LATEST", "Payload": 1, "StatusCode": 200}} by A'
            ),
            "a result that fits nowhere is caught": (
                'SUCCEEDED {"x": {"ExecutedVersion": "$LATEST", "Payload": 1, "StatusCode": 200}} by X'
            ),
            "a Catch whose ResultPath does not fit fails": (
                'SUCCEEDED {"e": {"Cause": "because", "Error": "ErrorA"}} by X>Z'
            ),
        },
    ),
    Disagreement(
        "ministack",
        "ResultPath takes brackets for a part of the name.",
        "SPEC, Reference Paths: $['store']['book'] is one.",
        {
            "ResultPath in brackets": 'SUCCEEDED {"[\'b c\']": 6, "a": 1} by P',
            "Catch puts them into the input": (
                'SUCCEEDED {"[\'error-info\']": {"Cause": "because", "Error": "ErrorA"}, "a": 1} by X>Z'
            ),
        },
    ),
    Disagreement(
        "ministack",
        "Empty Parameters are none.",
        "SPEC, Payload Template: it has no required fields, and its payload is the effective input.",
        {"Parameters may be empty": 'SUCCEEDED {"a": 1} by P'},
    ),
    Disagreement(
        "ministack",
        "The operators of order for strings, and all those for timestamps, do not hold with Path.",
        "SPEC, Data-test expression: they exist with Path.",
        _by_path(
            "StringLessThan: 'abc' and 'abd'",
            "StringGreaterThan: 'b' and 'a'",
            "StringLessThanEquals: 'a' and 'a'",
            "StringGreaterThanEquals: 'a' and 'a'",
            f"TimestampEquals: {_EARLY} and {_EARLY}",
            f"TimestampEquals: '2026-03-14T02:59:00+01:00' and {_EARLY}",
            f"TimestampEquals: '2026-03-14T01:59:00.000Z' and {_EARLY}",
            f"TimestampLessThan: {_EARLY} and {_LATE}",
            f"TimestampGreaterThan: {_LATE} and {_EARLY}",
            f"TimestampGreaterThan: '2026-03-14T01:59:00.5Z' and {_EARLY}",
            f"TimestampLessThanEquals: {_EARLY} and {_EARLY}",
        ),
    ),
    Disagreement("ministack", *_CODE_POINTS),
    Disagreement(
        "ministack",
        "true is the number 1, and a timestamp is whatever Python reads as one.",
        "SPEC, Data-test expression: values of another type do not compare; Timestamps: a capital T between.",
        {
            "BooleanEquals: 1 and True": _YES,
            "BooleanEquals: 1 and True, by path": _YES,
            "IsNumeric: True and True": _YES,
            "IsTimestamp: '2026-03-14 01:59:00Z' and True": _YES,
        },
    ),
    Disagreement(
        "ministack",
        "What is null is not present.",
        "SPEC, Data-test expression: IsPresent is false where the path matches nothing; null is a value.",
        {"IsPresent: None and True": _NO},
    ),
    Disagreement(
        "ministack",
        "The * of StringMatches matches no line break, and nothing escapes it.",
        "SPEC, Data-test expression: any characters, and a backslash escapes.",
        {
            r"StringMatches: 'foo\nbar' and 'foo*bar'": _NO,
            r"StringMatches: 'a*b' and 'a\\*b'": _NO,
            r"StringMatches: 'a\\b' and 'a\\\\b'": _NO,
        },
    ),
    Disagreement(
        "ministack",
        "A rule's path that leads nowhere is null.",
        "GUIDE, Choice: the execution fails; SPEC: IsPresent alone may ask for what is not there.",
        {
            "a variable that is not there fails": _NO,
            "IsNull of what is not there fails": _YES,
            "a path to compare with that is not there fails": _NO,
        },
    ),
    Disagreement(
        "ministack",
        "A Fail state may end with an error of the language's own.",
        "SPEC, Error representation: other names must not begin with States.",
        {"Fail cannot end with an error of the language's own": "FAILED States.Timeout by F"},
    ),
    Disagreement(
        "ministack",
        "The wildcards take States.Runtime and States.DataLimitExceeded.",
        "GUIDE, Error names: States.ALL takes neither; States.Runtime always ends the execution.",
        {
            f"{field} of {name} and the error {error}": _caught(error) if field == "Catch" else _AGAIN
            for field in ("Catch", "Retry")
            for name in ("States.ALL", "States.TaskFailed")
            for error in ("States.Runtime", "States.DataLimitExceeded")
        },
    ),
    Disagreement(
        "ministack",
        "Nothing is too large.",
        "GUIDE, Quotas and States.DataLimitExceeded: 256 KiB of UTF-8 for each input, payload and output.",
        {
            "an input of a byte more": f'SUCCEEDED "{_X}… of 262145 by P',
            "bytes count, not characters": f'SUCCEEDED "{"é" * 59}… of 131074 by P',
            "a result of a byte more": f'SUCCEEDED "{_X}… of 262088 by X',
            "a payload that is too large is not sent": _AGAIN,
            "an output that is too large with what was there": f'SUCCEEDED {{"a": "{"x" * 53}… of 262165 by X',
            "a Pass that doubles its input": f'SUCCEEDED {{"a": "{"x" * 53}… of 262158 by P',
            "a ResultSelector that doubles the result": f'SUCCEEDED {{"a": "{"x" * 53}… of 262158 by X',
            "a result that is handed on and then doubled": f'SUCCEEDED {{"a": "{"x" * 53}… of 262158 by X>P>D',
            "a result that is kept and then doubled": f'SUCCEEDED {{"a": "{"x" * 53}… of 262158 by X>P>D',
            "an input that comes back from the context and is then doubled": (
                f'SUCCEEDED {{"a": "{"x" * 53}… of 262168 by P>D'
            ),
            "too large a result is caught by name": f'SUCCEEDED "{_X}… of 262145 by X',
            "too large a result is tried again by name": f'SUCCEEDED "{_X}… of 262145 by X',
            "too large a result is not caught by States.ALL": f'SUCCEEDED "{_X}… of 262145 by X',
        },
    ),
)

KNOWN: Final = {
    oracle: {name: end for each in DISAGREEMENTS if each.oracle == oracle for name, end in each.cases.items()}
    for oracle in ("moto", "ministack")
}
"""By oracle and case, how the execution ends there."""
