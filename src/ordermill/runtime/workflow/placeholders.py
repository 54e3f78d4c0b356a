"""Placeholders: `${name}` where the file names a resource, filled in by whoever deploys it, and here by the loader."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final

from ordermill.runtime.workflow.members import walk
from ordermill.runtime.workflow.model import Kind, Resource
from ordermill.topology.findings import Finding, suggestion
from ordermill.topology.model import Topology

PLACEHOLDER: Final = re.compile(r"\$\{([A-Za-z][A-Za-z0-9_-]*)\}")


def misplaced(document: Any, named: Collection[str], resources: Mapping[str, Resource]) -> Iterator[Finding]:
    """Every placeholder that stands for nothing, or elsewhere than at `named`, the places that name a resource.

    Whatever else looks like one is found too: deploying would change it.
    """
    for at, text in walk(document, ""):
        if "${" not in text and "%{" not in text:
            continue
        found = PLACEHOLDER.fullmatch(text)
        if found is None or at not in named:
            cure = "keep ${name} to what names a function, queue or topic"
            yield Finding(at, f"has a placeholder where none may be: {text}", cure)
        elif found[1] not in resources:
            yield Finding(at, f"names nothing that is there: {text}", suggestion(found[1], resources))


def standing_for(topology: Topology) -> dict[str, Resource]:
    """What placeholders stand for in the local runtime: functions, queues and topics, by the name they have there."""
    pipelines = [topology.functions, *(pipeline.functions for pipeline in topology.pipelines.values())]
    named: dict[Kind, Iterable[str]] = {
        "function": (name for functions in pipelines for name in functions),
        "queue": topology.queues,
        "topic": topology.topics,
    }
    return {name: Resource(kind, name) for kind, names in named.items() for name in names}
