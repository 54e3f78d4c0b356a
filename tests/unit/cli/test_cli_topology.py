"""`ordermill topology check`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ordermill.entrypoints.cli.topology import examine, summary
from ordermill.topology.loader import load
from tests.unit.cli.cli_fake import Ordermill


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A topology with a key named twice."""
    path = tmp_path / "broken.json"
    path.write_text('{"tables": {}, "tables": {}}')
    return path


def test_the_shipped_one_is_clean(ordermill: Ordermill) -> None:
    result = ordermill("topology", "check")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == f"ok: {summary(examine(None).counts)}\n"


def test_counts_are_those_of_the_file() -> None:
    topology = load()
    functions = {*topology.functions}.union(*(pipeline.functions for pipeline in topology.pipelines.values()))
    counts = examine(None).counts
    assert counts == {
        "functions": len(functions),
        "queues": len(topology.queues),
        "pipelines": len(topology.pipelines),
    }


def test_one_is_singular() -> None:
    assert summary({"functions": 9, "queues": 3, "pipelines": 1}) == "9 functions, 3 queues, 1 pipeline"


def test_each_finding_has_its_cure_below(ordermill: Ordermill, broken: Path) -> None:
    result = ordermill("topology", "check", "--file", str(broken))
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("/tables: "))
    assert lines[at + 1].startswith("    ")
    assert len(lines) == 2 * len(examine(broken).findings)


def test_json(ordermill: Ordermill, broken: Path) -> None:
    result = ordermill("topology", "check", "--json", "--file", str(broken))
    assert result.exit_code == 1
    document = json.loads(result.stdout)
    assert document["ok"] is False
    assert document["findings"][0].keys() == {"pointer", "problem", "cure"}
    assert json.loads(ordermill("topology", "check", "--json").stdout)["ok"] is True


def test_a_file_that_is_not_there_is_usage(ordermill: Ordermill) -> None:
    assert ordermill("topology", "check", "--file", "none.json").exit_code == 2
