"""What GitHub runs: pinned, bounded, with no more rights than each job needs. zizmor looks for the rest."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
ROLE = "aws-actions/configure-aws-credentials"


def read(path: Path) -> dict[Any, Any]:
    """The workflow; YAML takes the key `on` for true."""
    document: dict[Any, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return document


def jobs() -> list[tuple[str, dict[str, Any]]]:
    """Every job, with where it is."""
    return [(f"{path.stem}.{name}", job) for path in WORKFLOWS for name, job in read(path)["jobs"].items()]


def uses(job: dict[str, Any], action: str) -> bool:
    """Whether one of its steps is that action."""
    return any(step.get("uses", "").startswith(f"{action}@") for step in job["steps"])


def test_there_is_something_to_look_at() -> None:
    assert {name for name, _ in jobs()} >= {"ci.test", "deploy.package", "deploy.plan", "deploy.apply"}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_every_action_is_a_commit_whose_version_is_told(path: Path) -> None:
    lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if "uses:" in line]
    assert lines
    assert [line for line in lines if not re.search(r"uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line)] == []


def test_an_action_is_the_same_everywhere() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in WORKFLOWS)
    pins: dict[str, set[str]] = {}
    for action, pin in re.findall(r"uses: ([\w/-]+)@(.*)", text):
        pins.setdefault(action, set()).add(pin)
    assert {action: found for action, found in pins.items() if len(found) > 1} == {}


@pytest.mark.parametrize(("name", "job"), jobs(), ids=lambda each: each if isinstance(each, str) else "")
def test_every_job_ends_and_only_who_takes_a_role_may_ask_for_a_token(name: str, job: dict[str, Any]) -> None:
    assert 0 < job["timeout-minutes"] <= 60
    takes_role = uses(job, ROLE)
    assert (job.get("permissions", {}).get("id-token") == "write") == takes_role
    # The role trusts the environment's name, and the environment has the reviewers.
    assert ("environment" in job) == takes_role
    for step in job["steps"]:
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_nothing_is_granted_to_all_jobs_but_to_read(path: Path) -> None:
    assert read(path)["permissions"] in ({}, {"contents": "read"})


def test_what_is_applied_is_the_plan_that_was_approved() -> None:
    steps = read(ROOT / ".github/workflows/deploy.yml")["jobs"]["apply"]["steps"]
    runs = [step["run"] for step in steps if "run" in step]
    assert "terraform apply -input=false plan" in runs
    assert not any("terraform plan" in run or "-auto-approve" in run for run in runs)


def test_what_a_workflow_is_told_is_in_the_documentation() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in WORKFLOWS)
    named = set(re.findall(r"\b(?:vars|secrets)\.(\w+)", text))
    documented = set(re.findall(r"`([A-Z_]+)`", (ROOT / "docs/deploying.md").read_text(encoding="utf-8")))
    assert named == documented
