"""Reads a JSON file that people write: strictly, and with every key that stands there twice."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, NoReturn

from ordermill.topology.findings import Finding, pointer


class Unreadable(Exception):
    """The file is no JSON: `finding` says where and why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.problem)
        self.finding = finding


def parse(data: bytes) -> tuple[Any, list[Finding]]:
    """The document, numbers with a point as Decimal, and a finding for each key that an object has twice.

    Raises Unreadable where `data` is not UTF-8, not JSON (RFC 8259), or nested too deeply.
    """
    doubled: list[Finding] = []
    try:
        return _plain(_written(data.decode("utf-8")), "", doubled), doubled
    except UnicodeDecodeError as error:
        fault = Finding("", f"is not UTF-8: {error.reason} at byte {error.start}", "save the file as UTF-8")
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        fault = Finding("", f"is not JSON: {error.msg} at {place}", f"correct the text at {place}")
    except RecursionError:
        fault = Finding("", "is nested too deeply", "such a file has few levels: look for unclosed brackets")
    except ValueError as error:
        fault = Finding("", f"is not JSON: {error}", "write numbers as JSON has them")
    raise Unreadable(fault)


class _Members(list[tuple[str, Any]]):
    """An object as it was written: its members in order, doubled ones included."""


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
