"""Executions as values: what comes late, twice or early, what is parked, and what each state leaves in the history."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from ordermill.runtime.workflow.execution import (
    Action,
    Elapsed,
    Execution,
    Failed,
    Invoke,
    Raised,
    Returned,
    StateEvent,
    Succeeded,
    WaitUntil,
    park,
    unpark,
)
from ordermill.runtime.workflow.interpreter import Interpreter
from ordermill.runtime.workflow.loader import load
from tests.unit.workflow.workflow_kit import NOW, RESOURCES, function, passing

RETRY = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 4, "MaxAttempts": 2, "JitterStrategy": "FULL"}]


def interpreter(random: float = 0.5, /, *, timeout_s: int | None = None, **states: Any) -> Interpreter:
    top = {} if timeout_s is None else {"TimeoutSeconds": timeout_s}
    document = {"StartAt": next(iter(states)), **top, "States": states}
    return Interpreter(load("m", json.dumps(document).encode(), RESOURCES), lambda: random)


def asked(action: Action) -> Invoke:
    assert isinstance(action, Invoke)
    return action


def test_what_is_asked_says_what_of_whom_and_until_when() -> None:
    machine = interpreter(timeout_s=20, X=function("Y", TimeoutSeconds=3), Y=function(TimeoutSeconds=2))
    run, first = machine.start("ex", {"a": 1}, NOW)
    assert first == Invoke(1, "X", 1, "function", "f", {"a": 1}, NOW + 3000)
    _, second = machine.advance(run, Returned(1, 2), NOW + 2999)
    assert second == Invoke(2, "Y", 1, "function", "f", 2, NOW + 4999)


def test_nothing_is_asked_beyond_the_machines_own_end() -> None:
    states = {"X": function("Y", TimeoutSeconds=3), "Y": function(TimeoutSeconds=3)}
    machine = interpreter(timeout_s=7, **states)
    run, _ = machine.start("ex", {}, NOW)
    run, action = machine.advance(run, Returned(1, 2), NOW + 2999)
    assert asked(action).deadline == NOW + 5999
    late = msgspec.structs.replace(run, deadline=NOW + 5000)
    assert asked(machine.resume(late, NOW + 3000)[1]).deadline == NOW + 5000


def test_without_time_outs_it_waits_for_ever() -> None:
    machine = interpreter(X=function())
    run, action = machine.start("ex", {}, NOW)
    assert asked(action).deadline is None
    assert machine.advance(run, Elapsed(), NOW + 10**9) == (run, WaitUntil(None))


@pytest.mark.parametrize(("random", "wait"), [(0.0, 0), (0.5, 2000), (1.0, 4000)])
def test_jitter_takes_a_random_part_of_the_wait(random: float, wait: int) -> None:
    machine = interpreter(random, X=function(Retry=RETRY))
    run, _ = machine.start("ex", {}, NOW)
    run, action = machine.advance(run, Raised(1, "E", "c"), NOW)
    assert action == WaitUntil(NOW + wait)
    _, again = machine.advance(run, Elapsed(), NOW + wait)
    assert (asked(again).step, asked(again).attempt) == (2, 2)


def test_the_thousandth_retry_still_waits_no_longer_than_it_may() -> None:
    retry = [{"ErrorEquals": ["E"], "MaxAttempts": 1000, "BackoffRate": 1000, "MaxDelaySeconds": 2}]
    machine = interpreter(X=function(Retry=retry))
    run, _ = machine.start("ex", {}, NOW)
    for step in range(1, 1001):
        run, action = machine.advance(run, Raised(step, "E", "c"), NOW)
        assert isinstance(action, WaitUntil)
        run, _ = machine.advance(msgspec.structs.replace(run, history=()), Elapsed(), action.at or 0)
    assert action == WaitUntil(NOW + 2000)
    assert machine.advance(run, Raised(1001, "E", "c"), NOW)[1] == Failed("E", "c")


def test_an_answer_that_nobody_waits_for_still_moves_the_clock() -> None:
    machine = interpreter(X=function(TimeoutSeconds=2, Retry=RETRY))
    run, _ = machine.start("ex", {}, NOW)
    waiting, _ = machine.advance(run, Raised(1, "E", "c"), NOW)
    assert machine.advance(waiting, Returned(1, "stale"), NOW + 2000) == machine.advance(waiting, Elapsed(), NOW + 2000)


def test_the_clock_that_moves_too_early_changes_nothing() -> None:
    machine = interpreter(X=function(TimeoutSeconds=2, Retry=RETRY))
    run, _ = machine.start("ex", {}, NOW)
    assert machine.advance(run, Elapsed(), NOW + 1999) == (run, WaitUntil(NOW + 2000))
    run, _ = machine.advance(run, Raised(1, "E", "c"), NOW)
    assert machine.advance(run, Elapsed(), NOW + 1999) == (run, WaitUntil(NOW + 2000))


def test_an_answer_in_the_millisecond_of_the_time_out_is_too_late() -> None:
    machine = interpreter(X=function(TimeoutSeconds=2))
    run, _ = machine.start("ex", {}, NOW)
    assert machine.advance(run, Returned(1, 7), NOW + 1999)[1] == Succeeded(7)
    assert machine.advance(run, Returned(1, 7), NOW + 2000)[1] == Failed(
        "States.Timeout", "the attempt took longer than 2 s"
    )


@pytest.mark.parametrize("answer", [Returned(1, "stale"), Raised(1, "E", "stale")])
def test_the_answer_to_an_attempt_that_is_over_changes_nothing(answer: Returned | Raised) -> None:
    machine = interpreter(X=function(TimeoutSeconds=2, Retry=RETRY))
    run, _ = machine.start("ex", {}, NOW)
    waiting, action = machine.advance(run, Elapsed(), NOW + 2000)
    assert machine.advance(waiting, answer, NOW + 2001) == (waiting, action)
    second, _ = machine.advance(waiting, Elapsed(), NOW + 4000)
    assert machine.advance(second, answer, NOW + 4001) == (second, WaitUntil(NOW + 6000))
    assert machine.advance(second, Returned(2, "fresh"), NOW + 4001)[1] == Succeeded("fresh")


def test_an_execution_that_has_ended_stays_as_it_is() -> None:
    machine = interpreter(X=function())
    run, _ = machine.start("ex", {}, NOW)
    for answer, end in ((Returned(1, 7), Succeeded(7)), (Raised(1, "E", "c"), Failed("E", "c"))):
        ended, action = machine.advance(run, answer, NOW)
        assert action == end
        for more in (Returned(1, 8), Raised(1, "F", "d"), Elapsed()):
            assert machine.advance(ended, more, NOW + 9) == (ended, end)
        assert machine.resume(ended, NOW + 9) == (ended, end)


def test_the_execution_that_was_given_is_left_as_it_was() -> None:
    machine = interpreter(X=function("Y", ResultPath="$.x", Retry=RETRY), Y=function())
    run, _ = machine.start("ex", {"a": {}}, NOW)
    before = park(run)
    machine.advance(run, Returned(1, 7), NOW)
    machine.advance(run, Raised(1, "E", "c"), NOW)
    assert park(run) == before


@pytest.mark.parametrize("waiting", ["answer", "clock"])
def test_the_machines_time_out_ends_it_and_nothing_catches_that(waiting: str) -> None:
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "Z"}]
    machine = interpreter(timeout_s=19, X=function(TimeoutSeconds=2, Retry=RETRY, Catch=catch), Z=passing())
    run, _ = machine.start("ex", {}, NOW)
    if waiting == "clock":
        run, _ = machine.advance(run, Raised(1, "E", "c"), NOW)
    late, action = machine.advance(run, Elapsed(), NOW + 19_000)
    assert action == Failed("States.Timeout", "it took longer than 19 s")
    assert (late.status, late.error, late.waiting, late.due) == ("TIMED_OUT", "States.Timeout", None, None)
    assert [event.status for event in late.history] == (["TIMED_OUT"] if waiting == "answer" else ["RETRIED"])


def test_an_answer_after_the_machines_time_out_is_too_late() -> None:
    machine = interpreter(timeout_s=15, X=function(TimeoutSeconds=14))
    run, _ = machine.start("ex", {}, NOW)
    assert machine.advance(run, Returned(1, 7), NOW + 15_000)[0].status == "TIMED_OUT"


def test_what_is_resumed_asks_again_under_the_same_step() -> None:
    machine = interpreter(X=function(TimeoutSeconds=2))
    run, action = machine.start("ex", {"a": 1}, NOW)
    again, same = machine.resume(unpark(park(run)), NOW + 1999)
    assert (again, same) == (run, action)
    assert machine.resume(run, NOW + 2000)[1] == Failed("States.Timeout", "the attempt took longer than 2 s")


def test_what_is_resumed_while_it_waits_waits_on() -> None:
    machine = interpreter(X=function(Retry=RETRY))
    run, _ = machine.start("ex", {}, NOW)
    run, action = machine.advance(run, Raised(1, "E", "c"), NOW)
    assert machine.resume(unpark(park(run)), NOW + 1) == (run, action)
    assert asked(machine.resume(run, NOW + 2000)[1]).attempt == 2


def test_a_parked_execution_is_the_same_value_again() -> None:
    machine = interpreter(X=function("Y", Retry=RETRY), Y=function())
    run, _ = machine.start("ex", {"text": "é\u2028", "n": [1, 2.5, None, True]}, NOW)
    run, _ = machine.advance(run, Raised(1, "E", "c"), NOW)
    run, _ = machine.advance(run, Elapsed(), NOW + 2000)
    run, _ = machine.advance(run, Returned(2, {"b": 1}), NOW + 2500)
    assert unpark(park(run)) == run
    assert isinstance(unpark(park(run)), Execution)


def test_what_was_parked_by_no_execution_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        unpark(b'{"executionId": 1}')


def test_another_definition_does_not_go_on_with_it() -> None:
    run, _ = interpreter(X=function()).start("ex", {}, NOW)
    other = interpreter(X=function(Retry=RETRY))
    after, action = other.advance(run, Returned(1, 7), NOW)
    assert action == Failed("States.Runtime", "it was started under another definition")
    assert after.status == "FAILED"


def test_the_history_has_each_attempt_of_each_state() -> None:
    machine = interpreter(
        X=function("Z", Retry=RETRY, Catch=[{"ErrorEquals": ["E2"], "ResultPath": "$.e", "Next": "Z"}]),
        Z={"Type": "Fail", "ErrorPath": "$.e.Error", "Cause": "all in vain"},
    )
    run, _ = machine.start("ex", {"a": 1}, NOW)
    assert run.states() == (StateEvent("X", "RUNNING", 1, NOW, None, {"a": 1}, None, None, None),)
    run, _ = machine.advance(run, Raised(1, "E1", "one"), NOW + 300)
    first = StateEvent("X", "RETRIED", 1, NOW, 300, {"a": 1}, None, "E1", "one")
    assert run.states() == (first,)
    run, _ = machine.advance(run, Elapsed(), NOW + 2300)
    run, _ = machine.advance(run, Raised(2, "E2", "two"), NOW + 2400)
    second = StateEvent("X", "RETRIED", 2, NOW + 2300, 100, {"a": 1}, None, "E2", "two")
    run, _ = machine.advance(run, Elapsed(), NOW + 9000)
    run, _ = machine.advance(run, Raised(3, "E2", "three"), NOW + 9000)
    caught = {"a": 1, "e": {"Error": "E2", "Cause": "three"}}
    third = StateEvent("X", "CAUGHT", 3, NOW + 9000, 0, {"a": 1}, caught, "E2", "three")
    last = StateEvent("Z", "FAILED", 1, NOW + 9000, 0, caught, None, "E2", "all in vain")
    assert run.states() == run.history == (first, second, third, last)
    assert (run.status, run.error, run.cause) == ("FAILED", "E2", "all in vain")


def test_the_history_has_what_each_state_hands_on() -> None:
    machine = interpreter(P=passing("X", Result=2), X=function(OutputPath="$.Payload.b"))
    run, _ = machine.start("ex", 1, NOW)
    run, _ = machine.advance(run, Returned(1, {"b": 3}), NOW + 5)
    assert [(event.name, event.status, event.input, event.output) for event in run.states()] == [
        ("P", "SUCCEEDED", 1, 2),
        ("X", "SUCCEEDED", 2, 3),
    ]


def test_a_clock_that_went_back_makes_no_negative_duration() -> None:
    machine = interpreter(X=function())
    run, _ = machine.start("ex", {}, NOW)
    run, _ = machine.advance(run, Returned(1, 7), NOW - 5000)
    assert run.history[0].duration_ms == 0


@pytest.mark.parametrize("data", [object(), "\ud800", {"a": b"x", 2: object()}], ids=["object", "surrogate", "inside"])
def test_an_input_that_is_no_json_fails(data: Any) -> None:
    run, action = interpreter(X=function()).start("ex", data, NOW)
    assert isinstance(action, Failed)
    assert (run.status, run.error) == ("FAILED", "States.Runtime")
    assert unpark(park(run)) == run


def test_a_result_that_is_no_json_fails_as_it_does_on_lambda() -> None:
    machine = interpreter(
        X=function(Catch=[{"ErrorEquals": ["Runtime.MarshalError"], "Next": "Z"}]), Z=passing(OutputPath="$.Error")
    )
    run, _ = machine.start("ex", {}, NOW)
    assert machine.advance(run, Returned(1, object()), NOW)[1] == Succeeded("Runtime.MarshalError")


def test_it_tells_nothing_of_the_data_that_was_too_large() -> None:
    run, _ = interpreter(X=function()).start("ex", "x" * 300_000, NOW)
    assert run.cause == "300,002 bytes of JSON are more than 262,144"
    assert run.input is None
