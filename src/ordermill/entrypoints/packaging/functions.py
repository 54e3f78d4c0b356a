"""A function's zip: our own code that it needs, and what that code reads."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from ordermill.entrypoints.packaging.archive import Member
from ordermill.entrypoints.packaging.closure import HANDLER, closure
from ordermill.entrypoints.packaging.errors import PackagingError
from ordermill.entrypoints.packaging.imports import Sources
from ordermill.entrypoints.packaging.layers import BASE, EXTRAS, Layer
from ordermill.topology.loader import shipped
from ordermill.topology.model import Topology

_READS: Final = {"ordermill.topology.loader": {"ordermill/topology/files/topology.json": "topology.json"}}
"""What a module reads as data: its name in the zip, to the name of a file that ships with the topology."""

_NEEDLESS: Final = {"jsonschema": "the topology was checked before it was packaged"}
"""Imported late by code that a zip has, for something that is not done there."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What a function's zip is made by: where code is, the handler's module, and which functions have which extras."""

    sources: Sources
    handler: str = HANDLER
    extras: Mapping[str, frozenset[str]] = field(default_factory=lambda: EXTRAS)


def deployed(topology: Topology) -> list[str]:
    """The functions of every pipeline that run on AWS, by name."""
    groups = [topology.functions, *(pipeline.functions for pipeline in topology.pipelines.values())]
    return sorted({name for group in groups for name, spec in group.items() if spec.trigger.where == "both"})


def layers_of(function: str, rules: Rules) -> list[str]:
    """The names of a function's layers, in the order in which Lambda unpacks them."""
    return [BASE, *(f"{BASE}-{name}" for name, users in sorted(rules.extras.items()) if function in users)]


def members_of(function: str, rules: Rules, layers: Mapping[str, Layer]) -> dict[str, Member]:
    """The files of a function's zip. Raises PackagingError, also where its layers lack what it imports."""
    found = closure(rules.sources, function, rules.handler)
    _check_outside(function, found.outside, [layers[name] for name in layers_of(function, rules)])
    members = {}
    for module in found.modules:
        path = rules.sources.path(module)
        if path is not None:
            name = path.relative_to(rules.sources.root.parent).as_posix()
            members[name] = Member(path.read_bytes())
        for name, file in _READS.get(module, {}).items():
            members[name] = Member(shipped(file).read_bytes())
    return members


def _check_outside(function: str, outside: Mapping[str, str], layers: Sequence[Layer]) -> None:
    there = {*sys.stdlib_module_names, *_NEEDLESS}.union(*(layer.packages for layer in layers))
    if lacking := sorted(outside.keys() - there):
        name = lacking[0]
        raise PackagingError(
            f"{function}: {outside[name]} imports {name}, which is in none of its layers "
            f"({', '.join(layer.name for layer in layers)}). Add it to requirements/lambda.in, or to an extra layer."
        )
