"""The stack that all tests here share, deployed once and switched from pipeline to pipeline by Terraform.

PIPELINE names one pipeline, or several with commas between; without it, or with `all`, all are played.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Final

import pytest

from tests.aws_local.emulator import ACCOUNT
from tests.aws_local.leftovers import leftovers
from tests.aws_local.limits import told
from tests.aws_local.stack import Stack
from tests.aws_local.stand_ins import why_not
from tests.aws_local.world import DeployedWorld
from tests.scenarios.scene import PIPELINES, Scene
from tests.scenarios.table import SCENES

OpenWorld = Callable[[str], DeployedWorld]

_NAMED: Final = os.environ.get("PIPELINE") or "all"
CHOSEN: Final = list(PIPELINES) if _NAMED == "all" else _NAMED.split(",")


assert set(CHOSEN) <= set(PIPELINES), f"PIPELINE is {_NAMED}; it takes all, {', '.join(PIPELINES)}"


def left_out(scene: Scene) -> dict[str, str]:
    """Which faults of a scene nothing on AWS stands in for, and why."""
    told = {f"{name} {rule['mode']} {rule['at']}": why_not(name, rule) for name, rule in scene.breaks.items()}
    return {fault: why for fault, why in told.items() if why is not None}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One pipeline after the other: each is an apply."""

    def turn(item: pytest.Item) -> int:
        callspec = getattr(item, "callspec", None)
        pipeline = callspec.params.get("world") if callspec else None
        return CHOSEN.index(pipeline) if pipeline in CHOSEN else -1

    items.sort(key=turn)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says which rows of the table were not played, and why."""
    terminalreporter.section("rows of tests/scenarios that are not played on AWS")
    for scene in SCENES:
        for fault, why in left_out(scene).items():
            terminalreporter.line(f"{scene.name} ({fault}): {why}")
    missing = set(PIPELINES) - set(CHOSEN)
    if missing:
        terminalreporter.line(f"all rows in {', '.join(sorted(missing))}: PIPELINE is {_NAMED}, not all")
    terminalreporter.section("what an emulator does not prove")
    for line in told():
        terminalreporter.line(line)


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Packaged, in an emulator; nothing is deployed yet. In the end it is destroyed, and nothing may be left."""
    stack = Stack(tmp_path_factory.mktemp("stack"))
    try:
        stack.package()
        stack.start()
        yield stack
        stack.destroy()
        assert leftovers(stack.emulator.client, ACCOUNT) == []
    finally:
        stack.stop()


@pytest.fixture(scope="session")
def open_world(stack: Stack) -> Iterator[OpenWorld]:
    """The world in a pipeline, which is the deployed one from then on."""
    with ExitStack() as ended:

        def open_(pipeline: str) -> DeployedWorld:
            stack.apply(pipeline)
            return DeployedWorld(stack, ended.enter_context(stack.client()))

        yield open_


@pytest.fixture(scope="session")
def world(open_world: OpenWorld, request: pytest.FixtureRequest) -> DeployedWorld:
    """The world in the pipeline of the test's parameter."""
    return open_world(request.param)
