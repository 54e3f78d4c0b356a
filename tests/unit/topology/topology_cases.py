"""The shipped topology, ways to spoil a copy of it, and what is then found."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

from ordermill.topology.checks import Finding, Signature, check
from ordermill.topology.loader import TopologyInvalid, load

FILES = Path(__file__).parents[3] / "topology"
SHIPPED: dict[str, Any] = json.loads((FILES / "topology.json").read_bytes())
GONE = object()


def functions(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Name to function over all pipelines."""
    found = dict(document["functions"])
    for pipeline in document["pipelines"].values():
        found.update(pipeline["functions"])
    return found


def _signature(name: str) -> Signature:
    """What the function's grants say: where a workflow triggers it, and elsewhere."""
    pipelines = [SHIPPED, *SHIPPED["pipelines"].values()]
    specs = [each["functions"][name] for each in pipelines if name in each["functions"]]
    asked = {spec["trigger"]["kind"] == "workflow": frozenset[str](spec["grants"]) for spec in specs}
    staged = any(len(set(spec["effects"])) < len(spec["effects"]) for spec in specs)
    return Signature(asked.get(False, frozenset()), staged, asked.get(True))


SIGNATURES = {name: _signature(name) for name in functions(SHIPPED)}
ASKED = {"validate_order", "create_order", "order-queue", "alerts"}
"""What the shipped workflow turns to."""


def spoilt(changes: dict[str, Any]) -> dict[str, Any]:
    """A copy of the shipped file with the value at each JSON Pointer set, or removed where GONE."""
    document = deepcopy(SHIPPED)
    for place, value in changes.items():
        *steps, last = [step.replace("~1", "/").replace("~0", "~") for step in place.split("/")[1:]]
        node: Any = document
        for step in steps:
            node = node[int(step) if isinstance(node, list) else step]
        if value is GONE:
            del node[last]
        else:
            node[int(last) if isinstance(node, list) else last] = deepcopy(value)
    return document


def found(document: object, directory: Path, signatures: dict[str, Signature] | None = None) -> list[Finding]:
    """What loading finds, else what checking does."""
    path = directory / "topology.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    try:
        topology = load(path)
    except TopologyInvalid as invalid:
        return list(invalid.findings)
    return check(topology, SIGNATURES if signatures is None else signatures, ASKED)


def trigger(kind: str, source: str, **members: Any) -> dict[str, Any]:
    """A trigger as JSON, with nulls for what is not given."""
    return {"kind": kind, "source": source, "access": None, "where": "both", "filter": None, "batch": None, **members}
