"""Whatever the file says, the loader takes or refuses it; whatever comes back, an execution goes on to its end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from copy import deepcopy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ordermill.runtime.workflow.errors import MATCHABLE
from ordermill.runtime.workflow.execution import (
    Elapsed,
    Execution,
    Failed,
    Outcome,
    Raised,
    Returned,
    Succeeded,
    park,
    unpark,
)
from ordermill.runtime.workflow.interpreter import Interpreter
from ordermill.runtime.workflow.loader import MachineInvalid, load
from tests.unit.workflow.refused_machines import GOOD
from tests.unit.workflow.workflow_kit import NOW, RESOURCES, due

WORDS = st.sampled_from(["$", "$.a", "$.a[0]", "$$", "$$.State.Name", "${f}", "States.ALL", "A", "P", "", "a.$", "E"])
SCALARS = st.none() | st.booleans() | st.integers(-2, 2**60) | st.floats(allow_nan=False, allow_infinity=False) | WORDS
VALUES = SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(WORDS, SCALARS | st.lists(SCALARS), max_size=2)
ERRORS = st.sampled_from(["ErrorA", "ErrorB", "States.Runtime", *sorted(MATCHABLE)])
ANSWERS = st.lists(
    st.tuples(st.sampled_from(["give", "raise", "nothing"]), VALUES, ERRORS, st.integers(0, 2500), st.integers(-1, 1)),
    max_size=20,
)
MACHINE = load("m", json.dumps(GOOD).encode(), RESOURCES)


def places(node: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON value, as steps from its root."""
    yield at
    for step, inner in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield from places(inner, (*at, step))


@given(place=st.sampled_from(list(places(GOOD))), value=VALUES, name=st.none() | WORDS)
@settings(max_examples=150, deadline=None)
def test_a_file_with_anything_anywhere_is_taken_or_refused(
    place: tuple[Any, ...], value: Any, name: str | None
) -> None:
    document: Any = {"root": deepcopy(GOOD)}
    steps = ("root", *place)
    node = document
    for step in steps[:-1]:
        node = node[step]
    if name is not None and isinstance(node[steps[-1]], dict):
        node[steps[-1]][name] = value
    else:
        node[steps[-1]] = value
    with suppress(MachineInvalid):
        load("m", json.dumps(document["root"]).encode(), RESOURCES)


def answered(run: Execution, answer: tuple[str, Any, str, int, int]) -> Outcome:
    """An outcome for the step under way, or for the one before or after it."""
    what, value, error, _, off = answer
    if what == "nothing":
        return Elapsed()
    return Returned(run.step + off, value) if what == "give" else Raised(run.step + off, error, "because")


@given(data=VALUES, answers=ANSWERS)
@settings(max_examples=60, deadline=None)
def test_an_execution_ends_whatever_comes_and_parking_it_changes_nothing(data: Any, answers: list[Any]) -> None:
    interpreter = Interpreter(MACHINE, lambda: 1.0)
    now = NOW
    run, action = interpreter.start("ex", data, now)
    for answer in answers:
        now += answer[3]
        outcome = answered(run, answer)
        parked = interpreter.advance(unpark(park(run)), outcome, now)
        run, action = interpreter.advance(run, outcome, now)
        assert parked == (run, action)
    for _ in range(20):
        if isinstance(action, Succeeded | Failed):
            break
        now = max(now, due(action))
        run, action = interpreter.advance(run, Elapsed(), now)
    assert isinstance(action, Succeeded | Failed)
    assert run.status != "RUNNING"
    assert [event.at for event in run.history] == sorted(event.at for event in run.history)
