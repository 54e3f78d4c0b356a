"""Resources: names that are clear, services that exist, nothing that nobody uses."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from ordermill.topology.findings import Finding, pointer, suggestion
from ordermill.topology.model import Topology
from ordermill.topology.rules.parts import SOURCES, declared, kinds_of, resources
from ordermill.topology.verbs import SERVICE_VERBS


def ambiguous(topology: Topology) -> Iterator[Finding]:
    """Every name that two kinds of resource share: a grant could not say which it means."""
    for name, (first, *others) in kinds_of(topology).items():
        for kind in others:
            yield Finding(pointer(kind, name), f"is the name of a {first[:-1]} too", "rename one of the two")


def unknown_services(topology: Topology) -> Iterator[Finding]:
    """Every service without verbs."""
    for name in topology.services:
        if name not in SERVICE_VERBS:
            yield Finding(pointer("services", name), "is not a service", suggestion(name, SERVICE_VERBS))


def subscriptions(topology: Topology) -> Iterator[Finding]:
    """Every subscription to a topic that does not exist."""
    for name, queue in topology.queues.items():
        if queue.subscribes is not None and queue.subscribes.topic not in topology.topics:
            topic = queue.subscribes.topic
            at = pointer("queues", name, "subscribes", "topic")
            yield Finding(at, f"'{topic}' is not a topic", suggestion(topic, topology.topics))


def unused(topology: Topology, asked: Collection[str]) -> Iterator[Finding]:
    """Every resource that no function uses in any pipeline, and no workflow turns to; these turn to what is `asked`."""
    used = _used(topology)
    for kind, named in resources(topology).items():
        for name in named:
            misnamed = kind == "services" and name not in SERVICE_VERBS
            if (kind, name) not in used and name not in asked and not misnamed:
                problem = f"is a {kind[:-1]} that no function uses in any pipeline"
                yield Finding(pointer(kind, name), problem, "remove it, or grant it to a function")


def _used(topology: Topology) -> set[tuple[str, str]]:
    """Kind and name of what functions are granted or started by, and of the topics that fill their queues."""
    used: set[tuple[str, str]] = set()
    for function in declared(topology):
        trigger = function.spec.trigger
        if trigger.kind in SOURCES:
            used.add((SOURCES[trigger.kind], trigger.source))
        used.update((kind, name) for name in function.spec.grants for kind in resources(topology))
    for name, queue in topology.queues.items():
        if queue.subscribes is not None and ("queues", name) in used:
            used.add(("topics", queue.subscribes.topic))
    return used
