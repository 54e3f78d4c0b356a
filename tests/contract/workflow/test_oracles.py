"""Our interpreter, moto's and ministack's run the same machines: they agree, or the difference is listed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

import pytest

from ordermill.runtime.workflow.execution import Elapsed, Failed, Invoke, Returned, Succeeded, WaitUntil
from ordermill.runtime.workflow.interpreter import Interpreter
from ordermill.runtime.workflow.loader import load
from tests.contract.workflow.disagreements import KNOWN
from tests.contract.workflow.message_cases import INTAKE_RESOURCES, INTAKES, MESSAGES
from tests.contract.workflow.oracles import ORACLES, Inquiry, Told, called, line, python, question
from tests.unit.workflow.cases import CASES
from tests.unit.workflow.workflow_kit import NOW, RESOURCES, Case, due, outcome_of, play

ALL: Final = [*CASES, *MESSAGES, *INTAKES]
PLACES: Final = {case.name: place for place, case in enumerate(ALL)}


def scripted(case: Case) -> dict[str, list[dict[str, Any]]]:
    """What the oracle is told to answer: not for messages that go to its own queue and topic."""
    real = case in MESSAGES
    return {name: each for name, each in case.script.items() if not real or "lambda" in case.states[name]["Resource"]}


@pytest.fixture(scope="session")
def inquiry() -> Iterator[Inquiry]:
    asked = Inquiry(
        [question(f"case-{place}", case.document, case.input, scripted(case)) for place, case in enumerate(ALL)]
    )
    yield asked
    asked.close()


@pytest.fixture(params=ORACLES)
def oracle(request: pytest.FixtureRequest) -> str:
    name = str(request.param)
    if not python(name).exists():
        pytest.skip(f"{name} is not installed: run make oracles")
    return name


def told(inquiry: Inquiry, oracle: str, case: Case) -> Told:
    answers = inquiry.told(oracle)
    assert answers is not None
    return answers[PLACES[case.name]]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_they_agree_or_the_difference_is_known(inquiry: Inquiry, oracle: str, case: Case) -> None:
    ours, theirs = line(play(case).run), told(inquiry, oracle, case).line
    known = KNOWN[oracle].get(case.name)
    if known is None:
        assert theirs == ours
    else:
        assert theirs == known, "the oracle does something new: look at it again"
        assert theirs != ours, "they agree by now: strike it off the list"


def played(case: Case, key: str) -> tuple[str, str | None, list[Any], list[Any]]:
    """How our execution ends, with which cause, and the messages that it sends to the queue and to the topic."""
    machine = load(key, json.dumps(case.document).encode(), {**RESOURCES, **INTAKE_RESOURCES})
    interpreter = Interpreter(machine, lambda: 0.5)
    answers = {name: iter(outcomes) for name, outcomes in case.script.items()}
    messages: dict[str, list[Any]] = {"queue": [], "topic": []}
    now = NOW
    run, action = interpreter.start("ex-1", case.input, now)
    while not isinstance(action, Succeeded | Failed):
        if isinstance(action, WaitUntil):
            now = due(action)
            run, action = interpreter.advance(run, Elapsed(), now)
            continue
        if action.kind != "function":
            messages[action.kind].append(action.payload)
        run, action = interpreter.advance(run, *answered(action, next(answers.get(action.state, iter(())), None), now))
        now = max(now, run.began_at)
    return line(run), run.cause, messages["queue"], messages["topic"]


def answered(action: Invoke, answer: dict[str, Any] | None, now: int) -> tuple[Any, int]:
    if answer is None:
        return Returned(action.step, {"MessageId": "m"}), now
    return outcome_of(action, answer, now)


def text(message: Any) -> Any:
    """A message as a queue has it, for comparing: objects are JSON there, and times are whenever they were."""
    value = json.loads(message) if isinstance(message, str) and message.startswith("{") else message
    if isinstance(value, dict) and "startedAt" in value:
        late = value["error"] == "States.Timeout"
        return {**value, "startedAt": bool(value["startedAt"]), "cause": "late" if late else value["cause"]}
    return value


@pytest.mark.parametrize("case", [*MESSAGES, *INTAKES], ids=lambda case: case.name)
def test_their_messages_are_the_same(inquiry: Inquiry, oracle: str, case: Case) -> None:
    theirs = told(inquiry, oracle, case)
    end, cause, sent, published = played(case, f"case-{PLACES[case.name]}")
    assert theirs.line == end
    assert case.cause is None or (theirs.cause, cause) == (case.cause, case.cause)
    assert [text(each) for each in theirs.sent] == [text(each) for each in sent]
    assert [text(each) for each in theirs.published] == [text(each) for each in published]


CALLED: Final = [case for case in INTAKES if not any("Hang" in answer for answer in case.script["validate_order"])]


@pytest.fixture(scope="session")
def calls() -> Iterator[Inquiry]:
    functions = ["validate_order", "create_order"]
    asked = Inquiry(
        [
            called(f"called-{place}", case.document, {**request_of(place), "answers": case.script}, functions)
            for place, case in enumerate(CALLED)
        ],
        ["ministack"],
    )
    yield asked
    asked.close()


def request_of(place: int) -> dict[str, Any]:
    """An order's request; its id tells the function whose attempts to count."""
    return {**CALLED[place].input, "orderId": f"ord_{place}"}


@pytest.mark.parametrize("place", range(len(CALLED)), ids=[case.name for case in CALLED])
def test_the_shipped_machine_takes_errors_by_the_class_that_real_functions_raise(calls: Inquiry, place: int) -> None:
    answers = calls.told("ministack")
    if answers is None:
        pytest.skip("ministack is not installed: run make oracles")
    theirs = answers[place]
    end, cause, sent, published = played(CALLED[place], f"called-{place}")
    assert theirs.line == end
    assert (theirs.cause and json.loads(theirs.cause)["errorMessage"]) == cause
    assert [text(each) for each in theirs.sent] == [text(each) for each in sent]
    causes = [json.loads(json.loads(each)["cause"])["errorMessage"] for each in theirs.published]
    assert causes == [each["cause"] for each in published]


def test_what_is_listed_is_a_case() -> None:
    assert set(KNOWN) == set(ORACLES)
    for known in KNOWN.values():
        assert known.keys() <= {case.name for case in CASES}
