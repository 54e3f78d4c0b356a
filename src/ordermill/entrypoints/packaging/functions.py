"""A function's zip: our own code that it needs, and what that code reads. And the layers that go with it."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ordermill.entrypoints.packaging.archive import Member
from ordermill.entrypoints.packaging.closure import HANDLER, Closure, closure
from ordermill.entrypoints.packaging.errors import PackagingError
from ordermill.entrypoints.packaging.imports import Sources
from ordermill.entrypoints.packaging.layers import BASE, EXTRAS, Layer
from ordermill.topology.loader import shipped
from ordermill.topology.model import FunctionSpec, Topology

_READS: Final = {"ordermill.topology.loader": {"ordermill/topology/files/topology.json": "topology.json"}}
"""What a module reads as data: its name in the zip, to the name of a file that ships with the topology."""

_GRANTED: Final = {
    "ordermill.adapters.pictures": "pictures",
    "ordermill.adapters.reports.renderer": "pdf",
    "ordermill.adapters.webhooks": "webhooks",
}
"""Adapters that import what others do without, with the resource of which they are the port."""

_NEEDLESS: Final = {"jsonschema": "the topology was checked before it was packaged"}
"""Imported late by code that a zip has, for something that is not done there."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What a function's zip is made by: where our code is, the handler's module, and which extra layers there are."""

    sources: Sources
    handler: str = HANDLER
    extras: Sequence[str] = EXTRAS


@dataclass(frozen=True, slots=True)
class Code:
    """A function's files, by their names in its zip, and the names of its layers as Lambda unpacks them."""

    members: Mapping[str, Member]
    layers: Sequence[str]


def deployed(topology: Topology) -> dict[str, Sequence[FunctionSpec]]:
    """The functions that run on AWS, by name, each as the pipelines have it."""
    found: dict[str, list[FunctionSpec]] = {}
    for group in [topology.functions, *(pipeline.functions for pipeline in topology.pipelines.values())]:
        for name, spec in group.items():
            if spec.trigger.where == "both":
                found.setdefault(name, []).append(spec)
    return dict(sorted(found.items()))


def code_of(function: str, specs: Sequence[FunctionSpec], rules: Rules, layers: Sequence[Layer]) -> Code:
    """The code of a function, and which of `layers`, the base first, it needs.

    Raises PackagingError where it leads to what no zip may have, or imports what no layer has.
    """
    found = closure(rules.sources, function, rules.handler, _ungranted(specs))
    members = {}
    for module in found.modules:
        path = rules.sources.path(module)
        if path is not None:
            members[path.relative_to(rules.sources.root.parent).as_posix()] = Member(path.read_bytes())
        for name, file in _READS.get(module, {}).items():
            members[name] = Member(shipped(file).read_bytes())
    return Code(members, _layers(function, found, layers))


def _ungranted(specs: Sequence[FunctionSpec]) -> Collection[str]:
    granted = {resource for spec in specs for resource in spec.grants}
    return [module for module, resource in _GRANTED.items() if resource not in granted]


def _layers(function: str, found: Closure, layers: Sequence[Layer]) -> Sequence[str]:
    base, *extras = layers
    wanted = found.outside.keys() - sys.stdlib_module_names - _NEEDLESS.keys() - base.packages
    taken, lacking = list[Layer](), set(wanted)
    for layer in extras:
        # Two layers may have a package, and one of them is enough: the first, so they come smallest first.
        if layer.packages & lacking:
            taken.append(layer)
            lacking -= layer.packages
    if lacking:
        name = min(lacking)
        raise PackagingError(
            f"{function}: {found.outside[name]} imports {name}, which no layer has. "
            "Add it to requirements/lambda.in, or to what an extra layer is made of."
        )
    return [BASE, *(layer.name for layer in taken)]
