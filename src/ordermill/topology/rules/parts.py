"""The topology's parts with their places, for the rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

import msgspec

from ordermill.topology.findings import pointer
from ordermill.topology.model import FunctionSpec, Topology

SOURCES: Mapping[str, str] = {"queue": "queues", "stream": "tables", "workflow": "workflows"}
"""Kind of trigger to the kind of resource that its source names."""

_T = TypeVar("_T")


class Declared(msgspec.Struct, frozen=True):
    """A function where it is declared: at `at`, in `pipeline` or in common (None)."""

    name: str
    spec: FunctionSpec
    at: str
    pipeline: str | None


def declared(topology: Topology) -> Iterator[Declared]:
    """Every function wherever it is declared, the common ones first."""
    for name, spec in topology.functions.items():
        yield Declared(name, spec, pointer("functions", name), None)
    for pipeline, added in topology.pipelines.items():
        for name, spec in added.functions.items():
            yield Declared(name, spec, pointer("pipelines", pipeline, "functions", name), pipeline)


def by_pipeline(topology: Topology) -> dict[str, list[Declared]]:
    """The functions that each pipeline enables, each name once: the pipeline's own stands for a common one."""
    functions = list(declared(topology))
    enabled: dict[str, list[Declared]] = {}
    for pipeline in topology.pipelines:
        named = {function.name: function for function in functions if function.pipeline in {None, pipeline}}
        enabled[pipeline] = list(named.values())
    return enabled


def grouped(functions: list[Declared], kind: str, known: Mapping[str, _T]) -> dict[str, list[Declared]]:
    """The functions that triggers of `kind` start, by source, for the sources that are known."""
    groups: dict[str, list[Declared]] = {}
    for function in functions:
        trigger = function.spec.trigger
        if trigger.kind == kind and trigger.source in known:
            groups.setdefault(trigger.source, []).append(function)
    return groups


def resources(topology: Topology) -> dict[str, Mapping[str, object]]:
    """Kind of resource to the resources of that kind."""
    return {
        "tables": topology.tables,
        "queues": topology.queues,
        "topics": topology.topics,
        "buckets": topology.buckets,
        "workflows": topology.workflows,
        "services": topology.services,
    }


def kinds_of(topology: Topology) -> dict[str, list[str]]:
    """Name of a resource to its kind; to several only where the name is ambiguous."""
    kinds: dict[str, list[str]] = {}
    for kind, named in resources(topology).items():
        for name in named:
            kinds.setdefault(name, []).append(kind)
    return kinds
