"""Reads the members of a JSON object by name and kind; everything wrong with them becomes a finding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from ordermill.runtime.workflow.paths import kind
from ordermill.topology.findings import Finding, nearest, pointer

MISSING: Final = object()
"""A member that is not there; `null` is None."""


class Members:
    """One object and its place. What `refuse_others` is reached without having been asked for is refused."""

    def __init__(self, node: object, at: str, findings: list[Finding], what: str) -> None:
        self.at, self._findings, self._what = at, findings, what
        self._known: set[str] = set()
        self._node: Mapping[str, Any] = node if isinstance(node, dict) else {}
        self._broken = not isinstance(node, dict)
        if self._broken:
            self.refuse(None, f"is {called(node)}, not an object", f"write {what} as an object")

    def __contains__(self, name: str) -> bool:
        return name in self._node

    def place(self, name: str | None) -> str:
        """The JSON Pointer of the member, or of the object itself."""
        return self.at if name is None else self.at + pointer(name)

    def refuse(self, name: str | None, problem: str, cure: str) -> None:
        """Notes a finding at the member, or at the object."""
        self._findings.append(Finding(self.place(name), problem, cure))

    def value(self, name: str) -> Any:
        """The member as it stands, MISSING if it is not there."""
        self._known.add(name)
        return self._node.get(name, MISSING)

    def required(self, name: str, cure: str) -> Any:
        """The member as it stands; its absence is a finding."""
        value = self.value(name)
        if value is MISSING and not self._broken:
            self.refuse(name, "is missing", cure)
        return value

    def text(self, name: str, cure: str, *, required: bool = False) -> str | None:
        """A string that says something."""
        value = self.required(name, cure) if required else self.value(name)
        if value is MISSING:
            return None
        if not isinstance(value, str) or not value.strip():
            self.refuse(name, f"is {called(value)}" if value != "" else "is empty", cure)
            return None
        return value

    def whole(self, name: str, default: int, least: int, most: int) -> int:
        """An integer from `least` to `most`."""
        value = self.value(name)
        if value is MISSING:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self.refuse(name, f"is {shown(value)}", f"write a whole number from {least} to {most}")
            return default
        return value

    def number(self, name: str, default: float, least: float) -> float:
        """A number from `least`."""
        value = self.value(name)
        if value is MISSING:
            return default
        if isinstance(value, bool) or not isinstance(value, (int, Decimal)) or not least <= value <= 1000:
            self.refuse(name, f"is {shown(value)}", f"write a number from {least:g} to 1000")
            return default
        return float(value)

    def array(self, name: str, cure: str) -> list[tuple[str, Any]]:
        """The elements of a non-empty array, each with its place; none where the member is missing or no array."""
        value = self.value(name)
        if value is MISSING:
            return []
        if not isinstance(value, list) or not value:
            self.refuse(name, "is empty" if value == [] else f"is {called(value)}, not an array", cure)
            return []
        return [(self.place(name) + pointer(index), element) for index, element in enumerate(value)]

    def refuse_others(self, hints: Mapping[str, str]) -> None:
        """Refuses every member that nobody asked for; `hints` has cures for those one might expect."""
        for name in self._node:
            if name in self._known:
                continue
            near = nearest(name, self._known)
            cure = hints.get(name) or (f"did you mean '{near}'?" if near else f"remove it; known: {self._names()}")
            self.refuse(name, f"is not known in {self._what}", cure)

    def _names(self) -> str:
        return ", ".join(sorted(self._known))


def called(value: object) -> str:
    """What sort of JSON value it is, in words."""
    return "a number" if isinstance(value, Decimal) else kind(value)


def shown(value: object) -> str:
    """The value if it is a number, else what sort it is."""
    return str(value) if isinstance(value, (int, Decimal)) and not isinstance(value, bool) else called(value)


def constant(value: Any) -> Any:
    """A JSON value of the file as data: with floats for the numbers with a point."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {name: constant(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [constant(inner) for inner in value]
    return value


def walk(value: Any, at: str) -> Iterator[tuple[str, str]]:
    """Every string in a JSON value, keys included, with its place."""
    if isinstance(value, str):
        yield at, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield at + pointer(name), name
            yield from walk(inner, at + pointer(name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from walk(inner, at + pointer(index))
