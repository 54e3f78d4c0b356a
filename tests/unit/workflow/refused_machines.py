"""A machine with a bit of everything, ways to spoil a copy of it, and what is then refused, with its place."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from tests.unit.workflow.workflow_kit import function, passing, queue, topic

GONE = object()
TIMED: dict[str, Any] = {"TimeoutSeconds": 2}
GOOD: dict[str, Any] = {
    "Comment": "A machine with a bit of everything.",
    "Version": "1.0",
    "StartAt": "A",
    "TimeoutSeconds": 60,
    "States": {
        "A": {
            **function("C", **TIMED, ResultSelector={"p.$": "$.Payload"}, ResultPath="$.a"),
            "Comment": "Asks.",
            "Retry": [
                {"ErrorEquals": ["ErrorA"], "MaxAttempts": 0, "Comment": "Refused."},
                {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 2, "BackoffRate": 1.5},
            ],
            "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.e", "Next": "T"}],
        },
        "C": {
            "Type": "Choice",
            "Choices": [
                {"And": [{"Variable": "$.a", "IsPresent": True}], "Comment": "It is there.", "Next": "Q"},
                {"Variable": "$.b", "NumericLessThan": 1.5, "Next": "P"},
            ],
            "Default": "F",
        },
        "Q": queue("P", **TIMED, ResultPath=None),
        "T": topic("F", **TIMED, ResultPath=None),
        "P": passing("S", Parameters={"l": [{"x.$": "$.a"}]}, ResultPath="$.p"),
        "S": {"Type": "Succeed"},
        "F": {"Type": "Fail", "Error": "Bad", "CausePath": "$.e.Cause"},
    },
}


def spoilt(changes: dict[str, Any]) -> dict[str, Any]:
    """A copy of GOOD with the value at each JSON Pointer set, or removed where GONE."""
    document = deepcopy(GOOD)
    for place, value in changes.items():
        *steps, last = [step.replace("~1", "/").replace("~0", "~") for step in place.split("/")[1:]]
        node: Any = document
        for step in steps:
            node = node[int(step) if isinstance(node, list) else step]
        if value is GONE:
            del node[last]
        elif isinstance(node, list):
            node[int(last)] = value
        else:
            node[last] = deepcopy(value)
    return document


A, C, P, Q, F = "/States/A", "/States/C", "/States/P", "/States/Q", "/States/F"
REFUSED: list[tuple[dict[str, Any], str, str]] = [
    # The machine.
    ({"/StartAt": GONE}, "/StartAt", "is missing"),
    ({"/StartAt": 1}, "/StartAt", "is a number"),
    ({"/StartAt": ""}, "/StartAt", "is empty"),
    ({"/StartAt": "a"}, "/StartAt", "'a' is not a state"),
    ({"/States": GONE}, "/States", "is missing"),
    ({"/States": {}}, "/States", "has no states"),
    ({"/States": []}, "/States", "has no states"),
    ({"/States/P": "Pass"}, P, "is a string, not an object"),
    ({"/States/P": {}}, f"{P}/Type", "is missing"),
    ({"/Version": "2.0"}, "/Version", "is not 1.0"),
    ({"/Version": ["1.0"]}, "/Version", "is not 1.0"),
    ({"/TimeoutSeconds": 0}, "/TimeoutSeconds", "is 0"),
    ({"/TimeoutSeconds": True}, "/TimeoutSeconds", "is a boolean"),
    ({"/TimeoutSeconds": 20.0}, "/TimeoutSeconds", "is 20.0"),
    ({"/QueryLanguage": "JSONata"}, "/QueryLanguage", "is not known in a state machine"),
    ({"/StartsAt": "A"}, "/StartsAt", "is not known in a state machine"),
    ({"/Comment": 1}, "/Comment", "is a number"),
    ({f"/States/{'x' * 81}": passing()}, f"/States/{'x' * 81}", "is no name for a state"),
    ({"/States/ ": passing()}, "/States/ ", "is no name for a state"),
    # Types and members.
    ({f"{P}/Type": GONE}, f"{P}/Type", "is missing"),
    ({f"{P}/Type": "Wait"}, f"{P}/Type", "is no type of state that is known here: Wait"),
    ({f"{P}/Type": "Map"}, f"{P}/Type", "is no type of state that is known here: Map"),
    ({f"{P}/Type": "Parallel"}, f"{P}/Type", "is no type of state that is known here: Parallel"),
    ({f"{P}/Type": "pass"}, f"{P}/Type", "is no type of state that is known here: pass"),
    ({f"{P}/Retry": []}, f"{P}/Retry", "is not known in a Pass state"),
    ({f"{P}/Catch": []}, f"{P}/Catch", "is not known in a Pass state"),
    ({f"{P}/TimeoutSeconds": 1}, f"{P}/TimeoutSeconds", "is not known in a Pass state"),
    ({f"{P}/ResultSelector": {}}, f"{P}/ResultSelector", "is not known in a Pass state"),
    ({f"{P}/Assign": {}}, f"{P}/Assign", "is not known in a Pass state"),
    ({f"{P}/Result": 1}, f"{P}/Parameters", "is there together with Result"),
    ({f"{C}/Next": "P"}, f"{C}/Next", "is not known in a Choice state"),
    ({f"{C}/End": True}, f"{C}/End", "is not known in a Choice state"),
    ({f"{A}/HeartbeatSeconds": 1}, f"{A}/HeartbeatSeconds", "is not known in a Task state"),
    ({f"{A}/Credentials": {}}, f"{A}/Credentials", "is not known in a Task state"),
    ({"/States/S/Next": "P"}, "/States/S/Next", "is not known in a Succeed state"),
    ({f"{F}/InputPath": "$"}, f"{F}/InputPath", "is not known in a Fail state"),
    ({f"{F}/Error": "States.Timeout"}, f"{F}/Error", "is a name of the language's own: States.Timeout"),
    ({f"{F}/Cause": "x"}, f"{F}/CausePath", "is there together with Cause"),
    ({f"{F}/CausePath": "States.Format('x')"}, f"{F}/CausePath", "is no path that is known here"),
    # Transitions.
    ({f"{P}/Next": GONE}, P, "Next and End are both missing"),
    ({f"{P}/End": True}, P, "Next and End are both there"),
    ({f"{P}/End": False}, f"{P}/End", "is not true"),
    ({f"{P}/Next": "s"}, f"{P}/Next", "'s' is not a state"),
    ({f"{A}/Catch/0/Next": "t"}, f"{A}/Catch/0/Next", "'t' is not a state"),
    ({f"{C}/Choices/0/Next": "q"}, f"{C}/Choices/0/Next", "'q' is not a state"),
    ({f"{C}/Default": "f"}, f"{C}/Default", "'f' is not a state"),
    ({"/States/U": passing()}, "/States/U", "is never reached"),
    ({"/States/S": passing("A")}, A, "is on a loop: A > C > P > S > A"),
    ({"/States/S": passing("S")}, "/States/S", "is on a loop: S > S"),
    # What a Task asks.
    ({f"{A}/Resource": GONE}, f"{A}/Resource", "is missing"),
    ({f"{A}/Resource": "arn:aws:lambda:eu-west-1:123456789012:function:f"}, f"{A}/Resource", "is not known here"),
    ({f"{A}/Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken"}, f"{A}/Resource", "is not known here"),
    ({f"{A}/Resource": "arn:aws:states:::dynamodb:putItem"}, f"{A}/Resource", "is not known here"),
    ({f"{A}/Resource": "${f}"}, f"{A}/Resource", "has a placeholder where none may be"),
    ({f"{A}/Parameters": GONE}, f"{A}/Parameters", "is missing"),
    ({f"{A}/Parameters": []}, f"{A}/Parameters", "is an array, not an object"),
    ({f"{A}/Parameters/Payload.$": GONE}, f"{A}/Parameters/Payload", "is missing"),
    ({f"{A}/Parameters/Payload": {}}, f"{A}/Parameters/Payload", "is not known in the Parameters of lambda:invoke"),
    ({f"{A}/Parameters/InvocationType": "Event"}, f"{A}/Parameters/InvocationType", "is not known in the Parameters"),
    ({f"{Q}/Parameters/DelaySeconds": 1}, f"{Q}/Parameters/DelaySeconds", "is not known in the Parameters of sqs:"),
    ({"/States/T/Parameters/Subject": "x"}, "/States/T/Parameters/Subject", "is not known in the Parameters of sns:"),
    # Placeholders.
    ({f"{A}/Parameters/FunctionName": GONE}, f"{A}/Parameters/FunctionName", "is missing"),
    ({f"{A}/Parameters/FunctionName": "f"}, f"{A}/Parameters/FunctionName", "is no placeholder: f"),
    (
        {f"{A}/Parameters/FunctionName": "${none}"},
        f"{A}/Parameters/FunctionName",
        "names nothing that is there: ${none}",
    ),
    ({f"{A}/Parameters/FunctionName": "x${f}"}, f"{A}/Parameters/FunctionName", "is no placeholder: x${f}"),
    ({f"{A}/Parameters/FunctionName": "${q}"}, f"{A}/Parameters/FunctionName", "is a queue, not a function"),
    ({f"{Q}/Parameters/QueueUrl": "${t}"}, f"{Q}/Parameters/QueueUrl", "is a topic, not a queue"),
    ({"/Comment": "Calls ${f}."}, "/Comment", "has a placeholder where none may be"),
    ({"/Comment": "%{ if true }"}, "/Comment", "has a placeholder where none may be"),
    ({f"{P}/Parameters": {"QueueUrl": "${q}"}}, f"{P}/Parameters/QueueUrl", "has a placeholder where none may be"),
    ({f"{P}/Parameters": {"${q}": 1}}, f"{P}/Parameters/${{q}}", "has a placeholder where none may be"),
    # Paths and templates.
    ({f"{P}/InputPath": "a"}, f"{P}/InputPath", "is no path that is known here: a"),
    ({f"{P}/InputPath": 1}, f"{P}/InputPath", "is a number, not a path"),
    ({f"{P}/InputPath": "$.a[*]"}, f"{P}/InputPath", "is no path that is known here"),
    ({f"{P}/InputPath": "$..a"}, f"{P}/InputPath", "is no path that is known here"),
    ({f"{P}/InputPath": "$.a[0:2]"}, f"{P}/InputPath", "is no path that is known here"),
    ({f"{P}/InputPath": "$.a[-1]"}, f"{P}/InputPath", "is no path that is known here"),
    ({f"{P}/InputPath": "$.a[?(@.b)]"}, f"{P}/InputPath", "is no path that is known here"),
    ({f"{P}/InputPath": "$.a-b"}, f"{P}/InputPath", "is no path that is known here"),
    ({f"{P}/InputPath": "$."}, f"{P}/InputPath", "is no path that is known here"),
    ({f"{P}/InputPath": "$a"}, f"{P}/InputPath", "is no path that is known here"),
    ({f"{P}/InputPath": "$.a.length()"}, f"{P}/InputPath", "is no path that is known here"),
    ({f"{P}/InputPath": "$$"}, f"{P}/InputPath", "is not in the context object: $$"),
    ({f"{P}/InputPath": "$$.Execution"}, f"{P}/InputPath", "is not in the context object"),
    ({f"{P}/InputPath": "$$.Execution.RoleArn"}, f"{P}/InputPath", "is not in the context object"),
    ({f"{P}/InputPath": "$$.Task.Token"}, f"{P}/InputPath", "is not in the context object"),
    ({f"{P}/ResultPath": "$.a[0]"}, f"{P}/ResultPath", "is no place for a result"),
    ({f"{P}/ResultPath": "$$.Execution.Input"}, f"{P}/ResultPath", "is no place for a result"),
    ({f"{P}/Parameters": 1}, f"{P}/Parameters", "is not an object"),
    ({f"{P}/Parameters": {"a.$": 1}}, f"{P}/Parameters/a.$", "is a number, not a path"),
    ({f"{P}/Parameters": {"a.$": "States.UUID()"}}, f"{P}/Parameters/a.$", "is no path: States.UUID()"),
    ({f"{P}/Parameters": {"l": [{"a.$": "b"}]}}, f"{P}/Parameters/l/0/a.$", "is no path: b"),
    ({f"{P}/Parameters": {"a": 1, "a.$": "$.b"}}, f"{P}/Parameters/a.$", "is there twice"),
    # Choice rules.
    ({f"{C}/Choices": GONE}, f"{C}/Choices", "is missing"),
    ({f"{C}/Choices": []}, f"{C}/Choices", "is empty"),
    ({f"{C}/Choices/1": []}, f"{C}/Choices/1", "is an array, not an object"),
    ({f"{C}/Choices/1/Next": GONE}, f"{C}/Choices/1/Next", "is missing"),
    ({f"{C}/Choices/1/Variable": GONE}, f"{C}/Choices/1/Variable", "is missing"),
    ({f"{C}/Choices/1/Variable": "b"}, f"{C}/Choices/1/Variable", "is no path that is known here"),
    ({f"{C}/Choices/1/NumericLessThan": GONE}, f"{C}/Choices/1", "has 0 operators"),
    ({f"{C}/Choices/1/IsNull": True}, f"{C}/Choices/1", "has 2 operators"),
    ({f"{C}/Choices/1/NumericLess": 1}, f"{C}/Choices/1/NumericLess", "is not known in a rule"),
    ({f"{C}/Choices/1/NumericLessThan": "1"}, f"{C}/Choices/1/NumericLessThan", "cannot be compared with '1'"),
    ({f"{C}/Choices/1/NumericLessThan": True}, f"{C}/Choices/1/NumericLessThan", "cannot be compared with True"),
    ({f"{C}/Choices/0/And/0/IsPresent": "yes"}, f"{C}/Choices/0/And/0/IsPresent", "cannot be compared with 'yes'"),
    ({f"{C}/Choices/0/And/0/Next": "P"}, f"{C}/Choices/0/And/0/Next", "is not known in a rule"),
    ({f"{C}/Choices/0/And": []}, f"{C}/Choices/0/And", "is empty"),
    ({f"{C}/Choices/0/Or": [{}]}, f"{C}/Choices/0/Or", "is not known in a rule"),
    ({f"{C}/Choices/0/Variable": "$.a"}, f"{C}/Choices/0/Variable", "is not known in a rule"),
    ({f"{C}/Choices/1": {"Not": 1, "Next": "P"}}, f"{C}/Choices/1/Not", "is a number, not an object"),
    (
        {f"{C}/Choices/1": {"Variable": "$.b", "TimestampEquals": "today", "Next": "P"}},
        f"{C}/Choices/1/TimestampEquals",
        "cannot be compared with 'today'",
    ),
    (
        {f"{C}/Choices/1": {"Variable": "$.b", "StringMatches": "a\\b", "Next": "P"}},
        f"{C}/Choices/1/StringMatches",
        "cannot be compared with",
    ),
    (
        {f"{C}/Choices/1": {"Variable": "$.b", "StringEqualsPath": "b", "Next": "P"}},
        f"{C}/Choices/1/StringEqualsPath",
        "is no path that is known here",
    ),
    (
        {f"{C}/Choices/1": {"Condition": "{% true %}", "Next": "P"}},
        f"{C}/Choices/1/Condition",
        "is not known in a rule",
    ),
    # Retry and Catch.
    ({f"{A}/Retry": []}, f"{A}/Retry", "is empty"),
    ({f"{A}/Retry": {}}, f"{A}/Retry", "is an object, not an array"),
    ({f"{A}/Retry/0": "ErrorA"}, f"{A}/Retry/0", "is a string, not an object"),
    ({f"{A}/Retry/0/ErrorEquals": GONE}, f"{A}/Retry/0/ErrorEquals", "is missing"),
    ({f"{A}/Retry/0/ErrorEquals": []}, f"{A}/Retry/0/ErrorEquals", "is empty"),
    ({f"{A}/Retry/0/ErrorEquals": [1]}, f"{A}/Retry/0/ErrorEquals/0", "is a number, not the name of an error"),
    (
        {f"{A}/Retry/0/ErrorEquals": ["States.All"]},
        f"{A}/Retry/0/ErrorEquals/0",
        "is no error that can be matched here",
    ),
    ({f"{A}/Retry/0/ErrorEquals": ["States.Runtime"]}, f"{A}/Retry/0/ErrorEquals/0", "is no error that can be matched"),
    ({f"{A}/Catch/0/ErrorEquals": ["States.NoChoiceMatched"]}, f"{A}/Catch/0/ErrorEquals/0", "is no error that can"),
    ({f"{A}/Retry/0/ErrorEquals": ["States.ALL"]}, f"{A}/Retry/0/ErrorEquals", "has States.ALL, and others follow"),
    ({f"{A}/Retry/1/ErrorEquals": ["States.ALL", "x"]}, f"{A}/Retry/1/ErrorEquals", "has States.ALL and other names"),
    (
        {f"{A}/Retry/1/ErrorEquals": ["ErrorA"]},
        f"{A}/Retry/1/ErrorEquals",
        "never gets ErrorA: an earlier one takes it",
    ),
    (
        {f"{A}/Retry/0/ErrorEquals": ["States.TaskFailed"], f"{A}/Retry/1/ErrorEquals": ["ErrorA"]},
        f"{A}/Retry/1/ErrorEquals",
        "never gets ErrorA: an earlier one takes it",
    ),
    ({f"{A}/Retry/1/IntervalSeconds": 0}, f"{A}/Retry/1/IntervalSeconds", "is 0"),
    ({f"{A}/Retry/1/IntervalSeconds": 1.5}, f"{A}/Retry/1/IntervalSeconds", "is 1.5"),
    ({f"{A}/Retry/1/MaxAttempts": -1}, f"{A}/Retry/1/MaxAttempts", "is -1"),
    ({f"{A}/Retry/1/MaxAttempts": 1001}, f"{A}/Retry/1/MaxAttempts", "is 1001"),
    ({f"{A}/Retry/1/BackoffRate": 0.9}, f"{A}/Retry/1/BackoffRate", "is 0.9"),
    ({f"{A}/Retry/1/BackoffRate": "2"}, f"{A}/Retry/1/BackoffRate", "is a string"),
    ({f"{A}/Retry/1/MaxDelaySeconds": 0}, f"{A}/Retry/1/MaxDelaySeconds", "is 0"),
    ({f"{A}/Retry/1/MaxDelaySeconds": 1}, f"{A}/Retry/1/MaxDelaySeconds", "is not more than IntervalSeconds"),
    ({f"{A}/Retry/1/JitterStrategy": "HALF"}, f"{A}/Retry/1/JitterStrategy", "is not a strategy: HALF"),
    ({f"{A}/Retry/1/Next": "P"}, f"{A}/Retry/1/Next", "is not known in a retrier"),
    ({f"{A}/Catch/0/Next": GONE}, f"{A}/Catch/0/Next", "is missing"),
    ({f"{A}/Catch/0/MaxAttempts": 1}, f"{A}/Catch/0/MaxAttempts", "is not known in a catcher"),
    # Time.
    ({f"{A}/TimeoutSeconds": GONE}, f"{A}/TimeoutSeconds", "is missing, and the machine has one"),
    ({f"{A}/TimeoutSeconds": 2.5}, f"{A}/TimeoutSeconds", "is 2.5"),
    ({f"{A}/TimeoutSecondsPath": "$.t"}, f"{A}/TimeoutSecondsPath", "is not known in a Task state"),
]
