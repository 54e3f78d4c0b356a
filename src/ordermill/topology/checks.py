"""Whether a topology that is well formed also makes sense, and fits the code."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ordermill.topology.findings import Finding
from ordermill.topology.model import Topology
from ordermill.topology.rules import effects, functions, limits, resources, routes, triggers
from ordermill.topology.rules.functions import Signature

__all__ = ["Finding", "Signature", "check"]

_RULES = (
    resources.ambiguous,
    resources.unknown_services,
    resources.subscriptions,
    limits.limits,
    limits.visibility,
    triggers.sources,
    triggers.members,
    triggers.filters,
    triggers.crowds,
    triggers.unconsumed,
    routes.route_keys,
    routes.route_functions,
    routes.routes_twice,
    functions.declared_twice,
    functions.grants,
    functions.heirs,
    effects.undeclared,
    effects.unbacked,
    effects.stranded,
)
_RULES_WITH_CODE = (functions.ports, effects.repeated)


def check(
    topology: Topology, signatures: Mapping[str, Signature], asked: Collection[str] = frozenset()
) -> list[Finding]:
    """Everything that is wrong with the topology, by pointer; `signatures` is name of a function to what it asks for.

    `asked` is what the state machines of its workflows turn to: functions, queues and topics. Each mistake
    is one finding, however many pipelines it is in. An empty list is a topology that can run.
    """
    found = {finding for rule in _RULES for finding in rule(topology)}
    found |= {finding for rule in _RULES_WITH_CODE for finding in rule(topology, signatures)}
    return sorted({*found, *resources.unused(topology, asked)})
