"""Functions: declared once, granted what exists, and granted exactly what their signatures ask for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from ordermill.topology.findings import Finding, pointer, suggestion
from ordermill.topology.model import Topology
from ordermill.topology.rules.parts import Declared, declared, kinds_of
from ordermill.topology.verbs import Role, verbs_of


class Signature(msgspec.Struct, frozen=True):
    """What a function's code asks for: `ports` by the names of resources, ambient parameters left out.

    `staged` says that it is prepare, call and settle, each an effect of its own. `task` is what it asks for as a Task
    of a workflow, where that is another callable.
    """

    ports: frozenset[str]
    staged: bool
    task: frozenset[str] | None = None


def declared_twice(topology: Topology) -> Iterator[Finding]:
    """Every function that a pipeline adds though it is common."""
    for function in declared(topology):
        if function.pipeline is not None and function.name in topology.functions:
            cure = "keep it in one of the two; where pipelines differ, each has its own"
            yield Finding(function.at, f"'{function.name}' is a common function already", cure)


def grants(topology: Topology) -> Iterator[Finding]:
    """Every grant of a resource that does not exist, or of a verb that it does not have."""
    kinds = kinds_of(topology)
    for function in declared(topology):
        for resource, verbs in function.spec.grants.items():
            at = function.at + pointer("grants", resource)
            if resource not in kinds:
                yield Finding(at, f"'{resource}' is not a resource", suggestion(resource, kinds))
                continue
            roles = roles_of(kinds, resource)
            for index, verb in enumerate(verbs):
                if roles and verb not in roles:
                    problem = f"'{verb}' is not a verb of {kinds[resource][0][:-1]} '{resource}'"
                    yield Finding(f"{at}/{index}", problem, suggestion(verb, roles))


def heirs(topology: Topology) -> Iterator[Finding]:
    """Every consumer of a queue that may do less than it may in another pipeline: what that one left comes to it."""
    consumers = [function for function in declared(topology) if function.spec.trigger.kind == "queue"]
    for function in consumers:
        for other in consumers:
            if (other.name, other.spec.trigger.source) != (function.name, function.spec.trigger.source):
                continue
            for resource, verbs in other.spec.grants.items():
                missing = set(verbs) - set(function.spec.grants.get(resource, verbs))
                if missing:
                    at = function.at + pointer("grants", resource)
                    problem = f"lacks what it may do in pipeline '{other.pipeline}': {', '.join(sorted(missing))}"
                    yield Finding(at, problem, "grant it too: messages which that pipeline left come here")


def roles_of(kinds: Mapping[str, list[str]], resource: str) -> dict[str, Role]:
    """The verbs of a resource with their roles; none if there is no such resource."""
    return {verb: role for kind in kinds.get(resource, ()) for verb, role in verbs_of(kind, resource).items()}


def ports(topology: Topology, signatures: Mapping[str, Signature]) -> Iterator[Finding]:
    """Every function without code, and every difference between its grants and its signature."""
    kinds = kinds_of(topology)
    for function in declared(topology):
        signature = signatures.get(function.name)
        if signature is None:
            yield Finding(function.at, "has no code", f"write functions/{function.name}.py, or remove it here")
        else:
            yield from _differences(function, signature, kinds)


def _differences(function: Declared, signature: Signature, kinds: Mapping[str, list[str]]) -> Iterator[Finding]:
    granted, asked = function.spec.grants.keys(), signature.ports
    if function.spec.trigger.kind == "workflow" and signature.task is not None:
        asked = signature.task
    for name in sorted(granted - asked):
        if name in kinds:
            cure = "take it as a keyword parameter, or remove the grant"
            yield Finding(function.at + pointer("grants", name), "is granted, but not in the signature", cure)
    # A grant of something unknown is reported as such; what is missing is most likely what it was meant to be.
    if granted <= kinds.keys():
        for name in sorted(asked - granted):
            cure = "grant the verbs that it uses, or remove the parameter"
            yield Finding(function.at + "/grants", f"'{name}' is in the signature, but not granted", cure)
