"""Plans, made once a session: by the real provider, which is told to ask nobody."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ordermill.topology.loader import load
from tests.infrastructure.expected import Expected
from tests.infrastructure.packages import write_packages
from tests.infrastructure.plans import EVERYTHING, Plan
from tests.infrastructure.workspace import OFFLINE, PLUGINS, TerraformFailed, init, plan, workspace

PIPELINES = tuple(load().pipelines)

Planned = Callable[[str], Plan]


def initialised(directory: Path, **arguments: Any) -> Path:
    """A workspace with the provider installed; the test is skipped where that cannot be."""
    if shutil.which("terraform") is None:
        pytest.skip("Terraform is not installed")
    root = workspace(directory, **arguments)
    try:
        init(root)
    except TerraformFailed as failed:
        if "query available provider packages" not in str(failed):
            raise
        pytest.skip(f"Terraform reaches no AWS provider; {PLUGINS} may name a directory with one")
    return root


def packaged(directory: Path, *more: str) -> Path:
    """What `make package` makes, for every function of the topology and `more`."""
    topology = load()
    names = {*topology.functions, *more, *(name for each in topology.pipelines.values() for name in each.functions)}
    return write_packages(directory / "dist", sorted(names), pipelines=PIPELINES)


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace to plan in."""
    directory = tmp_path_factory.mktemp("terraform")
    packaged(directory)
    return initialised(directory, override=OFFLINE)


@pytest.fixture(scope="session")
def planned(root: Path) -> Planned:
    """`planned(pipeline)`: the plan for a deployment of that pipeline with all there is."""
    made: dict[str, Plan] = {}

    def make(pipeline: str) -> Plan:
        if pipeline not in made:
            made[pipeline] = Plan(plan(root, pipeline=pipeline, **EVERYTHING), pipeline)
        return made[pipeline]

    return make


@pytest.fixture(params=PIPELINES)
def deployment(request: pytest.FixtureRequest, planned: Planned) -> Plan:
    """Each pipeline's plan."""
    return planned(request.param)


@pytest.fixture
def expected(deployment: Plan) -> Expected:
    """What that plan has to say."""
    return Expected(deployment.pipeline)
