"""The loader takes what it understands whole, and says of everything else where it stands and what to do, at once."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ordermill.runtime.workflow.loader import MachineInvalid, load
from ordermill.runtime.workflow.model import Catcher, Pass, Resource, Retrier, Task
from ordermill.runtime.workflow.paths import Path
from ordermill.runtime.workflow.placeholders import standing_for
from ordermill.topology.findings import Finding
from ordermill.topology.loader import load as load_topology
from tests.unit.workflow.refused_machines import GONE, GOOD, REFUSED, A, C, F, P, spoilt
from tests.unit.workflow.workflow_kit import RESOURCES, passing


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
