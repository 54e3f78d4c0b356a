"""The loader takes what it understands whole, and says of everything else where it stands and what to do, at once."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest

from ordermill.runtime.workflow.loader import MachineInvalid, load
from ordermill.runtime.workflow.model import Catcher, Pass, Resource, Retrier, Task
from ordermill.runtime.workflow.paths import Path
from ordermill.runtime.workflow.placeholders import standing_for
from ordermill.topology.findings import Finding
from ordermill.topology.loader import load as load_topology
from tests.unit.workflow.workflow_kit import RESOURCES, function, passing, queue, topic

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


def refused(document: object, **options: Any) -> list[Finding]:
    with pytest.raises(MachineInvalid) as caught:
        load("case", json.dumps(document).encode(), RESOURCES, **options)
    findings = list(caught.value.findings)
    assert findings == sorted(set(findings))
    assert all(finding.problem and finding.cure for finding in findings)
    assert all(finding.problem in str(caught.value) for finding in findings)
    return findings


def test_what_it_understands_is_taken_whole() -> None:
    data = json.dumps(GOOD).encode()
    machine = load("case", data, RESOURCES, caller_timeout_s=61)
    assert (machine.name, machine.start_at, machine.timeout_s, machine.bytes) == ("case", "A", 60, len(data))
    assert list(machine.states) == list(GOOD["States"])
    task = machine.states["A"]
    assert isinstance(task, Task)
    assert (task.resource, task.payload) == (Resource("function", "f"), Path("$", context=False, steps=()))
    assert task.retry == (Retrier(("ErrorA",), max_attempts=0), Retrier(("States.ALL",), 1, 2, 1.5))
    assert task.catch == (Catcher(("States.ALL",), "T", ("e",)),)
    assert (task.result_path, task.timeout_s, task.next) == (("a",), 2, "C")
    last = machine.states["P"]
    assert isinstance(last, Pass)
    assert last.parameters == {"l": [{"x": Path("$.a", context=False, steps=("a",))}]}


def test_another_text_is_another_version() -> None:
    one = load("case", json.dumps(GOOD).encode(), RESOURCES)
    assert load("case", json.dumps(GOOD).encode(), RESOURCES) == one
    assert load("case", json.dumps(spoilt({"/Comment": "Changed."})).encode(), RESOURCES).version != one.version


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


@pytest.mark.parametrize(("changes", "place", "problem"), REFUSED, ids=[f"{at}: {what}" for _, at, what in REFUSED])
def test_what_it_does_not_understand_is_refused_with_its_place(
    changes: dict[str, Any], place: str, problem: str
) -> None:
    findings = refused(spoilt(changes))
    assert [finding for finding in findings if finding.pointer == place and problem in finding.problem], findings


@pytest.mark.parametrize(
    ("changes", "loop"),
    [
        ({"/States/S": passing("S")}, "S > S"),
        ({"/States/S": passing("P")}, "P > S > P"),
        ({f"{C}/Default": "C"}, "C > C"),
        ({f"{A}/Catch/0/Next": "A", "/States/T": GONE}, "A > A"),
    ],
)
def test_a_loop_is_told_whole(changes: dict[str, Any], loop: str) -> None:
    (finding,) = refused(spoilt(changes))
    assert finding.problem == f"is on a loop: {loop}"


def test_every_problem_is_found_at_once() -> None:
    changes = {
        "/StartAt": GONE,
        f"{A}/Resource": "x",
        f"{A}/Retry/1/MaxAttempts": -1,
        f"{P}/Wait": 1,
        f"{C}/Choices": [],
    }
    places = [finding.pointer for finding in refused(spoilt(changes))]
    assert places == sorted(["/StartAt", f"{A}/Resource", f"{A}/Retry/1/MaxAttempts", f"{P}/Wait", f"{C}/Choices"])


def test_every_state_that_leads_astray_is_found_at_once() -> None:
    places = [finding.pointer for finding in refused(spoilt({"/StartAt": "a", f"{P}/Next": "s", f"{C}/Default": "f"}))]
    assert places == ["/StartAt", f"{C}/Default", f"{P}/Next"]


@pytest.mark.parametrize(
    ("data", "problem"),
    [(b"", "is not JSON"), (b"\xff", "is not UTF-8"), (b"{", "is not JSON"), (b"[" * 100_000, "is nested too deeply")],
)
def test_what_is_no_json_is_refused(data: bytes, problem: str) -> None:
    with pytest.raises(MachineInvalid) as caught:
        load("case", data, RESOURCES)
    (finding,) = caught.value.findings
    assert problem in finding.problem


def test_what_is_no_object_is_refused() -> None:
    (finding,) = refused([])
    assert (finding.pointer, finding.problem) == ("", "is an array, not an object")


def test_a_key_that_is_there_twice_is_refused() -> None:
    text = json.dumps(GOOD).replace('"Error": "Bad"', '"Error": "Good", "Error": "Bad"')
    with pytest.raises(MachineInvalid) as caught:
        load("case", text.encode(), RESOURCES)
    assert [(finding.pointer, finding.problem) for finding in caught.value.findings] == [
        (f"{F}/Error", "is there twice")
    ]


@pytest.mark.parametrize(
    ("timeout_s", "longest"), [(11, None), (10, "10.5"), (1, "10.5")], ids=["enough", "just short", "far short"]
)
def test_the_slowest_way_through_must_end_before_the_machine_does(timeout_s: int, longest: str | None) -> None:
    document = spoilt({"/TimeoutSeconds": timeout_s})
    if longest is None:
        assert load("case", json.dumps(document).encode(), RESOURCES).timeout_s == timeout_s
    else:
        (finding,) = refused(document)
        assert finding.pointer == "/TimeoutSeconds"
        assert f"is not more than the {longest} s that A > Q can take" in finding.problem or (
            f"is not more than the {longest} s that A > T can take" in finding.problem
        )


def test_a_way_that_takes_exactly_as_long_is_too_slow() -> None:
    changes = {"/TimeoutSeconds": 10, f"{A}/Retry/1/BackoffRate": 1.0}
    assert [finding.pointer for finding in refused(spoilt(changes))] == ["/TimeoutSeconds"]


def test_the_machine_must_end_before_its_caller_gives_up() -> None:
    assert [finding.pointer for finding in refused(GOOD, caller_timeout_s=60)] == ["/TimeoutSeconds"]
    assert load("case", json.dumps(GOOD).encode(), RESOURCES, caller_timeout_s=61)


def test_a_caller_needs_a_machine_that_ends() -> None:
    (finding,) = refused(spoilt({"/TimeoutSeconds": GONE}), caller_timeout_s=61)
    assert (finding.pointer, finding.problem) == ("/TimeoutSeconds", "is missing")


def test_a_retry_that_hardly_ends_is_too_slow() -> None:
    changes = {f"{A}/Retry/1/MaxAttempts": 1000, f"{A}/Retry/1/BackoffRate": 1000}
    assert [finding.pointer for finding in refused(spoilt(changes))] == ["/TimeoutSeconds"]


def test_cures_name_what_was_probably_meant() -> None:
    cures = {
        finding.pointer: finding.cure
        for finding in refused(spoilt({f"{P}/ResultPth": "$", f"{A}/HeartbeatSeconds": 1, f"{P}/Type": "Pass"}))
    }
    assert cures[f"{P}/ResultPth"] == "did you mean 'ResultPath'?"
    assert "TimeoutSeconds" in cures[f"{A}/HeartbeatSeconds"]


def test_functions_queues_and_topics_stand_for_themselves() -> None:
    resources = standing_for(load_topology())
    assert resources["create_order"] == Resource("function", "create_order")
    assert resources["get_products"] == Resource("function", "get_products")
    assert resources["mail-queue"] == Resource("queue", "mail-queue")
    assert resources["order-events"] == Resource("topic", "order-events")
    assert "orders" not in resources
