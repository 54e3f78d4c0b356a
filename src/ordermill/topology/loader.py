"""Reads `topology.json`: text, JSON, shape. What it accepts has every member, once, and no other."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, NoReturn

import msgspec

from ordermill.topology.findings import Finding, listed, pointer
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
    document, doubled = _parsed(source.read_bytes(), str(source))
    schema = json.loads(shipped("topology.schema.json").read_bytes())
    findings = sorted({*doubled, *violations(document, schema)})
    if findings:
        raise TopologyInvalid(str(source), findings)
    return msgspec.convert(document, Topology)


def shipped(name: str) -> Traversable:
    """A file that comes with Ordermill: inside the package where installed, in `topology/` of a checkout."""
    packaged = resources.files("ordermill.topology").joinpath("files", name)
    return packaged if packaged.is_file() else Path(__file__).resolve().parents[3] / "topology" / name


class _Members(list[tuple[str, Any]]):
    """An object as it was written: its members in order, doubled ones included."""


def _parsed(data: bytes, path: str) -> tuple[Any, list[Finding]]:
    """The document and its doubled keys. Raises TopologyInvalid where it is no JSON."""
    doubled: list[Finding] = []
    try:
        return _plain(_written(data.decode("utf-8")), "", doubled), doubled
    except UnicodeDecodeError as error:
        fault = Finding("", f"is not UTF-8: {error.reason} at byte {error.start}", "save the file as UTF-8")
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        fault = Finding("", f"is not JSON: {error.msg} at {place}", f"correct the text at {place}")
    except RecursionError:
        fault = Finding("", "is nested too deeply", "a topology has few levels: look for unclosed brackets")
    except ValueError as error:
        fault = Finding("", f"is not JSON: {error}", "write numbers as JSON has them")
    raise TopologyInvalid(path, [fault])


def _written(text: str) -> Any:
    # Decimal, because a float such as 5.0 would pass for an integer.
    return json.loads(text, object_pairs_hook=_Members, parse_float=Decimal, parse_constant=_no_constant)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _plain(node: Any, at: str, findings: list[Finding]) -> Any:
    """`node` with dicts for `_Members`; adds a finding for each key that an object has twice."""
    if isinstance(node, _Members):
        plain: dict[str, Any] = {}
        for key, value in node:
            here = at + pointer(key)
            if key in plain:
                findings.append(Finding(here, "is there twice", "keep one of the two, or rename the other"))
            plain[key] = _plain(value, here, findings)
        return plain
    if isinstance(node, list):
        return [_plain(value, at + pointer(index), findings) for index, value in enumerate(node)]
    return node
