"""Effects: what a function changes is declared, in order, and more than the declared it may not change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ordermill.topology.findings import Finding, pointer
from ordermill.topology.model import Topology
from ordermill.topology.rules.functions import Signature, roles_of
from ordermill.topology.rules.parts import Declared, declared, kinds_of


def undeclared(topology: Topology) -> Iterator[Finding]:
    """Every grant that changes something which `effects` does not name."""
    kinds = kinds_of(topology)
    for function in declared(topology):
        for resource, verb in _granted(function, kinds, "effect").items():
            if resource not in function.spec.effects:
                at = function.at + pointer("grants", resource)
                cure = f"add '{resource}' to effects, in the order of the effects, or remove the verb"
                yield Finding(at, f"'{verb}' changes it, but effects does not name it", cure)


def unbacked(topology: Topology) -> Iterator[Finding]:
    """Every effect that no grant allows, as far as the grants are clear."""
    kinds = kinds_of(topology)
    for function in declared(topology):
        granted, unclear = _granted(function, kinds, "effect"), _unclear(function, kinds)
        for index, resource in enumerate(function.spec.effects):
            perhaps = resource in unclear or (resource not in function.spec.grants and not unclear <= kinds.keys())
            if resource not in granted and not perhaps:
                cure = "grant a verb that changes it, or remove the effect"
                yield Finding(f"{function.at}/effects/{index}", f"no grant lets it change '{resource}'", cure)


def repeated(topology: Topology, signatures: Mapping[str, Signature]) -> Iterator[Finding]:
    """Every effect that a function has twice without being staged."""
    for function in declared(topology):
        signature = signatures.get(function.name)
        effects = function.spec.effects
        if signature is None or signature.staged:
            continue
        for index, resource in enumerate(effects):
            if resource in effects[:index]:
                cure = "remove it, or split the function into prepare, call and settle"
                problem = f"'{resource}' is changed twice, which only a staged function may"
                yield Finding(f"{function.at}/effects/{index}", problem, cure)


def stranded(topology: Topology) -> Iterator[Finding]:
    """Every part without a table's transaction to ride in, as far as the grants are clear."""
    kinds = kinds_of(topology)
    for function in declared(topology):
        writes = any("tables" in kinds[resource] for resource in _granted(function, kinds, "effect"))
        if writes or _unclear(function, kinds):
            continue
        for resource, verb in _granted(function, kinds, "part").items():
            at = function.at + pointer("grants", resource)
            problem = f"'{verb}' rides in a table's transaction, and the function has none"
            yield Finding(at, problem, "grant a verb that writes to a table, or remove this one")


def _granted(function: Declared, kinds: Mapping[str, list[str]], role: str) -> dict[str, str]:
    """The granted resources with a verb of that role, and the first such verb."""
    found: dict[str, str] = {}
    for resource, verbs in function.spec.grants.items():
        roles = roles_of(kinds, resource)
        for verb in verbs:
            if roles.get(verb) == role:
                found.setdefault(resource, verb)
    return found


def _unclear(function: Declared, kinds: Mapping[str, list[str]]) -> set[str]:
    """The grants of something that does not exist: reported as such, and perhaps what is missed elsewhere."""
    grants = function.spec.grants.items()
    return {resource for resource, verbs in grants if not roles_of(kinds, resource).keys() >= set(verbs)}
