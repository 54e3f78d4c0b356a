"""The shipped machine: what the file promises, and the ways an order takes through it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from ordermill.domain import errors
from ordermill.runtime.workflow.execution import (
    Action,
    Elapsed,
    Execution,
    Failed,
    Invoke,
    Raised,
    Returned,
    Succeeded,
    WaitUntil,
)
from ordermill.runtime.workflow.interpreter import Interpreter
from ordermill.runtime.workflow.loader import load
from ordermill.runtime.workflow.model import Resource, Task
from ordermill.topology.loader import shipped
from tests.unit.workflow.workflow_kit import NOW, due

DATA = shipped("order-intake.asl.json").read_bytes()
RESOURCES = {
    "validate_order": Resource("function", "validate_order"),
    "create_order": Resource("function", "create_order"),
    "order-queue": Resource("queue", "order-queue"),
    "alerts": Resource("topic", "alerts"),
}
CALLER_TIMEOUT_S = 25
"""What start_workflow waits; the gateway waits 30."""

MACHINE = load("order-intake", DATA, RESOURCES, caller_timeout_s=CALLER_TIMEOUT_S)
TASKS = [state for state in MACHINE.states.values() if isinstance(state, Task)]
REQUEST = {"orderId": "ord_1", "customerName": "Ada", "items": [{"product": "Widget", "quantity": 2}]}
PLACED = {"orderId": "ord_1", "attempt": 1, "status": "PENDING", "total": "19.98"}
REFUSALS = ["InvalidOrder", "ImageMismatch", "IdempotencyKeyInvalid", "IdempotencyKeyReused"]

Answer = Any
"""What a Task is answered: a result, or an error's name and cause."""


class Raising(tuple[str, str]):
    """An answer that is an error."""

    __slots__ = ()


DOWN = Raising(("StorageUnavailable", "the disk is full"))


def taken(answers: dict[str, list[Answer]]) -> tuple[Execution, Action, list[Invoke]]:
    """An order's way, given the answers of each Task; one without answers is never asked."""
    given: dict[str, Iterator[Answer]] = {name: iter(each) for name, each in answers.items()}
    interpreter = Interpreter(MACHINE, lambda: 1.0)
    now, asked = NOW, []
    run, action = interpreter.start("ord_1", REQUEST, now)
    while not isinstance(action, Succeeded | Failed):
        if isinstance(action, WaitUntil):
            now = due(action)
            run, action = interpreter.advance(run, Elapsed(), now)
            continue
        asked.append(action)
        answer = next(given[action.state])
        outcome = Raised(action.step, *answer) if isinstance(answer, Raising) else Returned(action.step, answer)
        run, action = interpreter.advance(run, outcome, now)
    assert not [name for name, left in given.items() if list(left)]
    return run, action, asked


def test_every_task_stands_under_retry_and_catch() -> None:
    document = json.loads(DATA)
    tasks = {name: state for name, state in document["States"].items() if state["Type"] == "Task"}
    assert sorted(tasks) == ["create_order", "publish_alert", "send_to_order_queue", "validate_order"]
    for name, state in tasks.items():
        for field in ("Retry", "Catch"):
            assert state[field][-1]["ErrorEquals"] == ["States.ALL"], f"{name}: {field} does not take every error"
        assert state["Retry"][-1]["MaxAttempts"] > 0, f"{name} is never tried again"
        assert state["Retry"][-1]["JitterStrategy"] == "FULL", f"{name} is tried again without jitter"


def test_it_ends_before_whoever_started_it_gives_up() -> None:
    assert MACHINE.timeout_s == 20


def test_it_names_no_account_and_no_region() -> None:
    text = DATA.decode()
    assert "123456789012" not in text
    assert not [line for line in text.splitlines() if "arn:" in line and '"arn:aws:states:::' not in line]


def test_the_errors_it_names_are_ours_or_the_languages() -> None:
    ours = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, errors.OrdermillError)
    }
    retried = {error for task in TASKS for retrier in task.retry for error in retrier.errors}
    caught = {error for task in TASKS for catcher in task.catch for error in catcher.errors}
    named = retried | caught
    assert {error for error in named if not error.startswith("States.")} == set(REFUSALS)
    assert set(REFUSALS) <= ours


def test_its_tasks_are_named_as_what_they_ask() -> None:
    asked = {task.name: (task.resource.kind, task.resource.name) for task in TASKS}
    assert asked == {
        "validate_order": ("function", "validate_order"),
        "create_order": ("function", "create_order"),
        "send_to_order_queue": ("queue", "order-queue"),
        "publish_alert": ("topic", "alerts"),
    }


def test_an_order_is_validated_stored_and_sent() -> None:
    sent = {"MessageId": "m"}
    run, action, asked = taken({"validate_order": [None], "create_order": [PLACED], "send_to_order_queue": [sent]})
    assert action == Succeeded(PLACED)
    assert [(each.state, each.payload) for each in asked] == [
        ("validate_order", REQUEST),
        ("create_order", REQUEST),
        ("send_to_order_queue", {"orderId": "ord_1", "attempt": 1}),
    ]
    names = ["validate_order", "create_order", "is_pending", "send_to_order_queue", "accepted"]
    assert [event.name for event in run.history] == names


def test_a_repeat_that_finds_the_order_further_on_sends_nothing() -> None:
    placed = {**PLACED, "status": "PROCESSED"}
    _, action, asked = taken({"validate_order": [None], "create_order": [placed]})
    assert action == Succeeded(placed)
    assert [each.state for each in asked] == ["validate_order", "create_order"]


@pytest.mark.parametrize("refusal", REFUSALS)
@pytest.mark.parametrize("task", ["validate_order", "create_order"])
def test_a_refusal_is_neither_tried_again_nor_alerted(task: str, refusal: str) -> None:
    answers: dict[str, list[Answer]] = {"validate_order": [None], task: [Raising((refusal, '{"status": 422}'))]}
    run, action, asked = taken(answers)
    assert action == Failed(refusal, '{"status": 422}')
    assert asked[-1].state == task
    assert run.history[-1].name == "refused"


@pytest.mark.parametrize(
    "answers",
    [
        {"validate_order": [DOWN, None], "create_order": [PLACED], "send_to_order_queue": [{}]},
        {"validate_order": [None], "create_order": [DOWN, DOWN, PLACED], "send_to_order_queue": [{}]},
        {"validate_order": [None], "create_order": [PLACED], "send_to_order_queue": [DOWN, {}]},
    ],
)
def test_a_technical_failure_is_tried_again(answers: dict[str, list[Answer]]) -> None:
    _, action, _ = taken(answers)
    assert action == Succeeded(PLACED)


@pytest.mark.parametrize(
    "answers",
    [
        {"validate_order": [DOWN] * 2},
        {"validate_order": [None], "create_order": [DOWN] * 3},
        {"validate_order": [None], "create_order": [PLACED], "send_to_order_queue": [DOWN] * 2},
        {"validate_order": [None], "create_order": [Raising(("States.DataLimitExceeded", DOWN[1]))]},
    ],
)
@pytest.mark.parametrize("published", [[{"MessageId": "m"}], [DOWN, {"MessageId": "m"}]], ids=["at once", "in the end"])
def test_a_failure_for_good_is_alerted_and_then_fails(
    answers: dict[str, list[Answer]], published: list[Answer]
) -> None:
    run, action, asked = taken({**answers, "publish_alert": published})
    *_, (error, cause) = next(reversed(answers.values()))[-1:]
    assert action == Failed("IntakeFailed", cause)
    assert asked[-1].payload == {
        "workflow": "order-intake",
        "executionId": "ord_1",
        "orderId": "ord_1",
        "startedAt": "2025-11-20T12:00:00.000Z",
        "error": error,
        "cause": cause,
    }
    assert run.history[-1].name == "failed"


def test_an_alert_that_cannot_be_published_hides_nothing() -> None:
    lost = Raising(("SNS.NotFoundException", "no such topic"))
    run, action, _ = taken({"validate_order": [DOWN] * 2, "publish_alert": [lost, lost]})
    assert action == Failed("IntakeFailed", DOWN[1])
    assert run.history[-2].error == "SNS.NotFoundException"


def test_the_slowest_way_through_still_alerts() -> None:
    interpreter = Interpreter(MACHINE, lambda: 1.0)
    run, action = interpreter.start("ord_1", REQUEST, NOW)
    now, answers = NOW, iter([False, None, False, False, PLACED, False, False, False, {"MessageId": "m"}])
    while not isinstance(action, Succeeded | Failed):
        answer = next(answers) if isinstance(action, Invoke) else False
        if answer is False:
            now = due(action)
            run, action = interpreter.advance(run, Elapsed(), now)
        else:
            assert isinstance(action, Invoke)
            now = due(action) - 1
            run, action = interpreter.advance(run, Returned(action.step, answer), now)
    assert list(answers) == []
    assert (run.status, run.error, run.history[-1].name) == ("FAILED", "IntakeFailed", "failed")
    assert 19_000 < now - NOW < 20_000
