"""256 KiB: what may be that large, what may not, and who catches it."""

from __future__ import annotations

from tests.unit.workflow.cases.errors import FALLBACK, catcher, retrier
from tests.unit.workflow.workflow_kit import Case, function, gives, passing

LIMIT = 256 * 1024


def text(size: int) -> str:
    """A text that is `size` bytes of JSON."""
    return "x" * (size - 2)


TOO_MUCH = "States.DataLimitExceeded"
WRAPPING = len('{"ExecutedVersion":"$LATEST","Payload":,"StatusCode":200}')

CASES: list[Case] = [
    Case(name="an input of 256 KiB", states={"P": passing()}, input=text(LIMIT), output=text(LIMIT)),
    Case(name="an input of a byte more", states={"P": passing()}, input=text(LIMIT + 1), error=TOO_MUCH),
    Case(name="bytes count, not characters", states={"P": passing()}, input="é" * (LIMIT // 2), error=TOO_MUCH),
    Case(
        name="a result that just fits",
        states={"X": function()},
        script={"X": [gives(text(LIMIT - WRAPPING))]},
        output=text(LIMIT - WRAPPING),
    ),
    Case(
        name="a result of a byte more",
        states={"X": function()},
        script={"X": [gives(text(LIMIT - WRAPPING + 1))]},
        error=TOO_MUCH,
    ),
    Case(
        name="a payload that is too large is not sent",
        states={"X": function(send={"Payload": {"a.$": "$", "b.$": "$"}})},
        input=text(LIMIT // 2),
        trace=[],
        error=TOO_MUCH,
    ),
    Case(
        name="an output that is too large with what was there",
        states={"X": function(ResultSelector={"p.$": "$.Payload"}, ResultPath="$.r")},
        input={"a": text(LIMIT // 2)},
        script={"X": [gives(text(LIMIT // 2))]},
        error=TOO_MUCH,
    ),
    Case(
        name="a Pass that doubles its input",
        states={"P": passing(Parameters={"a.$": "$", "b.$": "$"})},
        input=text(LIMIT // 2),
        error=TOO_MUCH,
    ),
    Case(
        name="a ResultSelector that doubles the result",
        states={"X": function(ResultSelector={"a.$": "$.Payload", "b.$": "$.Payload"})},
        script={"X": [gives(text(LIMIT // 2))]},
        error=TOO_MUCH,
    ),
    Case(
        name="a result that is handed on and then doubled",
        states={"X": function("P"), "P": passing("D"), "D": passing(Parameters={"a.$": "$", "b.$": "$"})},
        script={"X": [gives(text(LIMIT // 2))]},
        error=TOO_MUCH,
    ),
    Case(
        name="a result that is kept and then doubled",
        states={
            "X": function("P"),
            "P": passing("D", Result=1, ResultPath=None),
            "D": passing(Parameters={"a.$": "$", "b.$": "$"}),
        },
        script={"X": [gives(text(LIMIT // 2))]},
        error=TOO_MUCH,
    ),
    Case(
        name="an input that comes back from the context and is then doubled",
        states={"P": passing("D", Result=1, OutputPath="$$.Execution.Input"), "D": passing(ResultPath="$.copy")},
        input={"a": text(LIMIT // 2)},
        error=TOO_MUCH,
    ),
    Case(
        name="doubling again and again stays exact",
        states={
            "A": passing("B", Parameters={"a.$": "$", "b.$": "$"}),
            "B": passing("C", Parameters={"a.$": "$", "b.$": "$"}),
            "C": passing("D", Parameters={"a.$": "$", "b.$": "$"}),
            "D": passing(OutputPath="$.a.a.a"),
        },
        input=text(LIMIT // 8 - 32),
        output=text(LIMIT // 8 - 32),
    ),
    Case(
        name="too large a result is caught by name",
        states={"X": function(Catch=[catcher(TOO_MUCH)]), "Z": passing(OutputPath="$.Error")},
        script={"X": [gives(text(LIMIT + 1))]},
        output=TOO_MUCH,
    ),
    Case(
        name="too large a result is tried again by name",
        states={"X": function(Retry=[retrier(TOO_MUCH)])},
        script={"X": [gives(text(LIMIT + 1)), gives("small")]},
        trace=["X {}", "wait 1000", "X {}"],
        output="small",
    ),
    Case(
        name="too large a result is not caught by States.ALL",
        states={"X": function(Retry=[retrier("States.ALL")], Catch=[catcher("States.ALL")]), **FALLBACK},
        script={"X": [gives(text(LIMIT + 1))]},
        error=TOO_MUCH,
    ),
    Case(
        name="a large part selected away leaves room",
        states={"X": function("Y", OutputPath="$.Payload.small"), "Y": passing(Parameters={"a.$": "$", "b.$": "$"})},
        script={"X": [gives({"small": 1, "large": text(LIMIT // 2 + 100)})]},
        output={"a": 1, "b": 1},
    ),
]
