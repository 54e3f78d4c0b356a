"""The interpreter does what the specification says, case by case, whether its executions are parked or not."""

from __future__ import annotations

import pytest

from tests.unit.workflow.cases import CASES, OURS
from tests.unit.workflow.workflow_kit import Case, Played, play

ALL = [*CASES, *OURS]


def judged(case: Case, played: Played) -> None:
    run = played.run
    if case.error is None:
        assert (run.status, run.error, run.cause) == ("SUCCEEDED", None, None)
        assert run.output == case.output
        assert type(run.output) is type(case.output)
    else:
        assert (run.status, run.error, run.output) == ("FAILED", case.error, None)
        assert case.cause is None or run.cause == case.cause
    assert case.trace is None or played.trace == case.trace


@pytest.mark.parametrize("parked", [False, True], ids=["straight", "parked"])
@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)
def test_it_does_what_the_specification_says(case: Case, parked: bool) -> None:
    judged(case, play(case, parked=parked))


def test_no_two_cases_have_the_same_name() -> None:
    assert len({case.name for case in ALL}) == len(ALL)
    assert len(ALL) >= 120
