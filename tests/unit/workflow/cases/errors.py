"""What happens when a Task fails: Retry, Catch, time-outs, and which names match which errors."""

from __future__ import annotations

from typing import Any

from tests.unit.workflow.workflow_kit import Case, Script, function, gives, hangs, passing, queue, throws, topic

FALLBACK = {"Z": passing()}


def retrier(*errors: str, **fields: Any) -> dict[str, Any]:
    """A retrier."""
    return {"ErrorEquals": list(errors), **fields}


def catcher(*errors: str, to: str = "Z", **fields: Any) -> dict[str, Any]:
    """A catcher that leads to Z."""
    return {"ErrorEquals": list(errors), "Next": to, **fields}


def failing(error: str, cause: str = "because") -> Script:
    """Task X fails once."""
    return {"X": [throws(error, cause)]}


COMPLEX = [
    retrier("ErrorA", "ErrorB", IntervalSeconds=1, BackoffRate=2, MaxAttempts=2),
    retrier("ErrorC", IntervalSeconds=5),
]
ALL_BUT_TIMEOUT = [retrier("States.Timeout", MaxAttempts=0), retrier("States.ALL")]

RETRY = [
    Case(
        name="Retry tries again and then goes on",
        states={"X": function(Retry=[retrier("ErrorA")])},
        script={"X": [throws("ErrorA"), gives("ok")]},
        trace=["X {}", "wait 1000", "X {}"],
        output="ok",
    ),
    Case(
        name="Retry by default: three times, after 1, 2 and 4 s",
        states={"X": function(Retry=[retrier("ErrorA")])},
        script={"X": [throws("ErrorA")] * 4},
        trace=["X {}", "wait 1000", "X {}", "wait 2000", "X {}", "wait 4000", "X {}"],
        error="ErrorA",
        cause="because",
    ),
    Case(
        name="Retry waits by interval and rate",
        states={"X": function(Retry=[retrier("ErrorA", IntervalSeconds=3, MaxAttempts=2, BackoffRate=1.5)])},
        script={"X": [throws("ErrorA"), throws("ErrorA"), gives(1)]},
        trace=["X {}", "wait 3000", "X {}", "wait 4500", "X {}"],
        output=1,
    ),
    Case(
        name="Retry waits as long as it says, be it minutes",
        states={"X": function(Retry=[retrier("ErrorA", IntervalSeconds=50, BackoffRate=3)])},
        script={"X": [throws("ErrorA")] * 3 + [gives(1)]},
        trace=["X {}", "wait 50000", "X {}", "wait 150000", "X {}", "wait 450000", "X {}"],
        output=1,
    ),
    Case(
        name="Retry with rate 1 waits evenly",
        states={"X": function(Retry=[retrier("ErrorA", IntervalSeconds=2, BackoffRate=1.0)])},
        script={"X": [throws("ErrorA"), throws("ErrorA"), gives(1)]},
        trace=["X {}", "wait 2000", "X {}", "wait 2000", "X {}"],
        output=1,
    ),
    Case(
        name="Retry waits no longer than MaxDelaySeconds",
        states={"X": function(Retry=[retrier("ErrorA", IntervalSeconds=3, BackoffRate=2, MaxDelaySeconds=5)])},
        script={"X": [throws("ErrorA")] * 3 + [gives(1)]},
        trace=["X {}", "wait 3000", "X {}", "wait 5000", "X {}", "wait 5000", "X {}"],
        output=1,
    ),
    Case(
        name="Retry with full jitter waits a part of it",
        states={"X": function(Retry=[retrier("ErrorA", IntervalSeconds=4, JitterStrategy="FULL")])},
        script={"X": [throws("ErrorA"), throws("ErrorA"), gives(1)]},
        trace=["X {}", "wait 2000", "X {}", "wait 4000", "X {}"],
        output=1,
    ),
    Case(
        name="Retry with jitter NONE waits all of it",
        states={"X": function(Retry=[retrier("ErrorA", IntervalSeconds=4, JitterStrategy="NONE")])},
        script={"X": [throws("ErrorA"), gives(1)]},
        trace=["X {}", "wait 4000", "X {}"],
        output=1,
    ),
    Case(
        name="Retry with MaxAttempts 0 does not try again",
        states={"X": function(Retry=[retrier("ErrorA", MaxAttempts=0)])},
        script=failing("ErrorA"),
        trace=["X {}"],
        error="ErrorA",
    ),
    Case(
        name="Retry of another error does not try again",
        states={"X": function(Retry=[retrier("ErrorB")])},
        script=failing("ErrorA"),
        trace=["X {}"],
        error="ErrorA",
    ),
    Case(
        name="Retry tells upper case from lower case",
        states={"X": function(Retry=[retrier("errora")])},
        script=failing("ErrorA"),
        error="ErrorA",
    ),
    Case(
        name="each retrier counts for itself, and one used up leads to Catch",
        states={"X": function(Retry=COMPLEX, Catch=[catcher("States.ALL")]), **FALLBACK},
        script={"X": [throws("ErrorA"), throws("ErrorB"), throws("ErrorC"), throws("ErrorB", "the fourth")]},
        trace=["X {}", "wait 1000", "X {}", "wait 2000", "X {}", "wait 5000", "X {}"],
        output={"Error": "ErrorB", "Cause": "the fourth"},
    ),
    Case(
        name="a retrier used up is not followed by a later one",
        states={"X": function(Retry=[retrier("ErrorA", MaxAttempts=0), retrier("States.ALL")])},
        script=failing("ErrorA"),
        trace=["X {}"],
        error="ErrorA",
    ),
    Case(
        name="retriers count anew in the next state",
        states={
            "X": function("Y", Retry=[retrier("ErrorA", MaxAttempts=1)]),
            "Y": function(Retry=[retrier("ErrorA", MaxAttempts=1)]),
        },
        script={"X": [throws("ErrorA"), gives(1)], "Y": [throws("ErrorA"), gives(2)]},
        trace=["X {}", "wait 1000", "X {}", "Y 1", "wait 1000", "Y 1"],
        output=2,
    ),
    Case(
        name="Retry of everything but time-outs: an error",
        states={"X": function(TimeoutSeconds=2, Retry=ALL_BUT_TIMEOUT)},
        script={"X": [throws("Any"), gives(1)]},
        output=1,
    ),
    Case(
        name="Retry of everything but time-outs: a time-out",
        states={"X": function(TimeoutSeconds=2, Retry=ALL_BUT_TIMEOUT)},
        script={"X": [hangs()]},
        trace=["X {}"],
        error="States.Timeout",
    ),
    Case(
        name="each attempt knows how many went before",
        states={"X": function(send={"Payload": {"n.$": "$$.State.RetryCount"}}, Retry=[retrier("ErrorA")])},
        script={"X": [throws("ErrorA"), throws("ErrorA"), gives(1)]},
        trace=['X {"n":0}', "wait 1000", 'X {"n":1}', "wait 2000", 'X {"n":2}'],
        output=1,
    ),
    Case(
        name="a queue is tried again too",
        states={"X": queue(Retry=[retrier("SQS.SdkClientException")], ResultPath=None)},
        input={"a": 1},
        script={"X": [throws("SQS.SdkClientException"), gives({"MessageId": "m"})]},
        trace=['X {"a":1}', "wait 1000", 'X {"a":1}'],
        output={"a": 1},
    ),
]

TIMEOUTS = [
    Case(
        name="a Task that is not answered in time fails",
        states={"X": function(TimeoutSeconds=2)},
        script={"X": [hangs()]},
        error="States.Timeout",
    ),
    Case(
        name="a time-out is tried again",
        states={"X": function(TimeoutSeconds=2, Retry=[retrier("States.Timeout", MaxAttempts=1)])},
        script={"X": [hangs(), gives("late")]},
        trace=["X {}", "wait 1000", "X {}"],
        output="late",
    ),
    Case(
        name="a time-out is caught by name",
        states={
            "X": function(TimeoutSeconds=2, Catch=[catcher("States.Timeout", ResultPath="$.e")]),
            "Z": passing(OutputPath="$.e.Error"),
        },
        script={"X": [hangs()]},
        output="States.Timeout",
    ),
    Case(
        name="a time-out is caught by States.ALL",
        states={"X": function(TimeoutSeconds=2, Catch=[catcher("States.ALL")]), "Z": passing(OutputPath="$.Error")},
        script={"X": [hangs()]},
        output="States.Timeout",
    ),
    Case(
        name="a time-out is not caught by States.TaskFailed",
        states={"X": function(TimeoutSeconds=2, Catch=[catcher("States.TaskFailed")]), **FALLBACK},
        script={"X": [hangs()]},
        error="States.Timeout",
    ),
]

CATCH = [
    Case(
        name="Catch hands error and cause on",
        states={"X": function(Catch=[catcher("ErrorA")]), **FALLBACK},
        input={"a": 1},
        script=failing("ErrorA", "it broke"),
        output={"Error": "ErrorA", "Cause": "it broke"},
    ),
    Case(
        name="Catch puts them into the input",
        states={"X": function(Catch=[catcher("ErrorA", ResultPath="$['error-info']")]), **FALLBACK},
        input={"a": 1},
        script=failing("ErrorA"),
        output={"a": 1, "error-info": {"Error": "ErrorA", "Cause": "because"}},
    ),
    Case(
        name="Catch with ResultPath null hands the input on",
        states={"X": function(Catch=[catcher("ErrorA", ResultPath=None)]), **FALLBACK},
        input={"a": 1},
        script=failing("ErrorA"),
        output={"a": 1},
    ),
    Case(
        name="Catch puts them into the state's whole input, whatever InputPath selected",
        states={"X": function(InputPath="$.b", Catch=[catcher("ErrorA", ResultPath="$.e")]), **FALLBACK},
        input={"a": 1, "b": 2},
        script=failing("ErrorA"),
        output={"a": 1, "b": 2, "e": {"Error": "ErrorA", "Cause": "because"}},
    ),
    Case(
        name="the first Catch that matches decides",
        states={
            "X": function(Catch=[catcher("ErrorB", to="Y"), catcher("ErrorA"), catcher("States.ALL", to="Y")]),
            "Y": passing(Result="wrong"),
            "Z": passing(Result="right"),
        },
        script=failing("ErrorA"),
        output="right",
    ),
    Case(
        name="Catch of another error does not catch",
        states={"X": function(Catch=[catcher("ErrorB")]), **FALLBACK},
        script=failing("ErrorA"),
        error="ErrorA",
        cause="because",
    ),
    Case(
        name="Catch comes after Retry",
        states={"X": function(Retry=[retrier("ErrorA", MaxAttempts=1)], Catch=[catcher("ErrorA")]), **FALLBACK},
        script={"X": [throws("ErrorA", "first"), throws("ErrorA", "second")]},
        trace=["X {}", "wait 1000", "X {}"],
        output={"Error": "ErrorA", "Cause": "second"},
    ),
    Case(
        name="Catch names several errors",
        states={"X": function(Catch=[catcher("ErrorA", "ErrorB")]), **FALLBACK},
        script=failing("ErrorB"),
        output={"Error": "ErrorB", "Cause": "because"},
    ),
    Case(
        name="OutputPath is not for what a Catch hands on",
        states={"X": function(OutputPath="$.Payload.x", Catch=[catcher("ErrorA")]), **FALLBACK},
        script=failing("ErrorA"),
        output={"Error": "ErrorA", "Cause": "because"},
    ),
    Case(
        name="a fallback may be a Task, fail, and be caught",
        states={
            "X": function(Catch=[catcher("States.ALL", to="T")]),
            "T": topic(
                send={"Message.$": "$.Cause"}, ResultPath=None, Catch=[catcher("States.ALL", ResultPath="$.alert")]
            ),
            "Z": {"Type": "Fail", "ErrorPath": "$.Error", "CausePath": "$.Cause"},
        },
        script={"X": [throws("ErrorA", "first")], "T": [throws("SNS.NotFound", "second")]},
        trace=["X {}", 'T "first"'],
        error="ErrorA",
        cause="first",
    ),
    Case(
        name="a Catch whose ResultPath does not fit fails",
        states={"X": function(Catch=[catcher("ErrorA", ResultPath="$.e")]), **FALLBACK},
        input="text",
        script=failing("ErrorA"),
        error="States.ResultPathMatchFailure",
    ),
    Case(
        name="an empty cause is a cause",
        states={"X": function(Catch=[catcher("ErrorA")]), **FALLBACK},
        script=failing("ErrorA", ""),
        output={"Error": "ErrorA", "Cause": ""},
    ),
]

_WILD: list[tuple[str, str, bool]] = [
    ("States.ALL", "ErrorA", True),
    ("States.ALL", "Lambda.Unknown", True),
    ("States.ALL", "States.TaskFailed", True),
    ("States.ALL", "States.Permissions", True),
    ("States.ALL", "States.Runtime", False),
    ("States.ALL", "States.DataLimitExceeded", False),
    ("States.TaskFailed", "ErrorA", True),
    ("States.TaskFailed", "Lambda.TooManyRequestsException", True),
    ("States.TaskFailed", "States.TaskFailed", True),
    ("States.TaskFailed", "States.Permissions", True),
    ("States.TaskFailed", "States.Runtime", False),
    ("States.TaskFailed", "States.DataLimitExceeded", False),
    ("States.DataLimitExceeded", "States.DataLimitExceeded", True),
    ("States.Permissions", "States.Permissions", True),
    ("States.Permissions", "ErrorA", False),
]
NAMES = [
    case
    for name, error, caught in _WILD
    for case in (
        Case(
            name=f"Catch of {name} and the error {error}",
            states={"X": function(Catch=[catcher(name)]), **FALLBACK},
            script=failing(error),
            output={"Error": error, "Cause": "because"} if caught else None,
            error=None if caught else error,
        ),
        Case(
            name=f"Retry of {name} and the error {error}",
            states={"X": function(Retry=[retrier(name)])},
            script={"X": [throws(error), gives("again")] if caught else [throws(error)]},
            output="again" if caught else None,
            error=None if caught else error,
        ),
    )
]

_LOST = {"Payload": {"a.$": "$.none"}}
REPORTED = [
    Case(
        name="a payload's path to nothing is caught by name",
        states={
            "X": function(send=_LOST, Catch=[catcher("States.ParameterPathFailure")]),
            "Z": passing(OutputPath="$.Error"),
        },
        output="States.ParameterPathFailure",
    ),
    Case(
        name="a payload's path to nothing is caught by States.ALL",
        states={"X": function(send=_LOST, Catch=[catcher("States.ALL")]), "Z": passing(OutputPath="$.Error")},
        output="States.ParameterPathFailure",
    ),
    Case(
        name="a payload's path to nothing is tried again",
        states={"X": function(send=_LOST, Retry=[retrier("States.ALL", MaxAttempts=1)])},
        trace=["wait 1000"],
        error="States.ParameterPathFailure",
    ),
    Case(
        name="a result that fits nowhere is caught",
        states={
            "X": function(ResultPath="$.x", Catch=[catcher("States.ResultPathMatchFailure")]),
            "Z": passing(OutputPath="$.Error"),
        },
        input="text",
        script={"X": [gives(1)]},
        output="States.ResultPathMatchFailure",
    ),
    Case(
        name="an InputPath to nothing is caught by nothing",
        states={
            "X": function(InputPath="$.none", Retry=[retrier("States.ALL")], Catch=[catcher("States.ALL")]),
            **FALLBACK,
        },
        error="States.Runtime",
    ),
    Case(
        name="an OutputPath to nothing is caught by nothing",
        states={
            "X": function(OutputPath="$.Payload.none", Retry=[retrier("States.ALL")], Catch=[catcher("States.ALL")]),
            **FALLBACK,
        },
        script={"X": [gives(1)]},
        error="States.Runtime",
    ),
]

CASES: list[Case] = [*RETRY, *TIMEOUTS, *CATCH, *NAMES, *REPORTED]
