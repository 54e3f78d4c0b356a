"""Reads `topology.json`: text, JSON, shape. What it accepts has every member, once, and no other."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

import msgspec

from ordermill.topology.document import Unreadable, parse
from ordermill.topology.findings import Finding, listed
from ordermill.topology.model import Topology
from ordermill.topology.schema import violations


class TopologyInvalid(Exception):
    """The file cannot be used: `path` says which, `findings` every reason; str() is a list to read."""

    def __init__(self, path: str, findings: Sequence[Finding]) -> None:
        count = len(findings)
        problems = "1 problem" if count == 1 else f"{count} problems"
        super().__init__(f"{path}: {problems}\n{listed(findings)}")
        self.path, self.findings = path, tuple(findings)


def load(path: Path | None = None) -> Topology:
    """The topology in `path`, by default the shipped one.

    Raises TopologyInvalid with all findings at once, OSError if the file cannot be read.
    """
    source = shipped("topology.json") if path is None else path
    try:
        document, doubled = parse(source.read_bytes())
    except Unreadable as fault:
        raise TopologyInvalid(str(source), [fault.finding]) from None
    schema = json.loads(shipped("topology.schema.json").read_bytes())
    findings = sorted({*doubled, *violations(document, schema)})
    if findings:
        raise TopologyInvalid(str(source), findings)
    return msgspec.convert(document, Topology)


def read_checked() -> Topology:
    """The shipped topology, as `load` gives it, without looking for what is wrong: it was checked when it was packaged.

    Raises msgspec.MsgspecError where it has another shape all the same.
    """
    return msgspec.json.decode(shipped("topology.json").read_bytes(), type=Topology)


def shipped(name: str) -> Traversable:
    """A file that comes with Ordermill: inside the package where installed, in `topology/` of a checkout."""
    packaged = resources.files("ordermill.topology").joinpath("files", name)
    return packaged if packaged.is_file() else Path(__file__).resolve().parents[3] / "topology" / name
