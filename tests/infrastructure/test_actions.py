"""The table that says what triggers and verbs mean to IAM: whole, and of nothing that is not there."""

from __future__ import annotations

from typing import Any, get_args

from ordermill.bootstrap.binding import signatures
from ordermill.topology.loader import load
from ordermill.topology.model import TriggerKind
from ordermill.topology.verbs import SERVICE_VERBS, VERBS
from tests.infrastructure.expected import table


def statements(node: Any) -> list[dict[str, Any]]:
    """Every statement in the table."""
    if isinstance(node, dict):
        if "actions" in node:
            return [node]
        return [found for each in node.values() for found in statements(each)]
    return [found for each in node for found in statements(each)] if isinstance(node, list) else []


def test_it_has_every_verb_and_every_trigger_and_no_other() -> None:
    actions = table()
    assert {kind: set(verbs) for kind, verbs in actions["verbs"].items()} == {k: set(v) for k, v in VERBS.items()}
    assert {name: set(verbs) for name, verbs in actions["services"].items()} == {
        name: set(verbs) for name, verbs in SERVICE_VERBS.items()
    }
    # A route with an order's id in it may come with the token of the order's holder.
    assert set(actions["triggers"]) == {*get_args(TriggerKind), "http_order"}


def test_what_it_says_of_single_resources_is_of_some_that_there_are() -> None:
    topology, actions = load(), table()
    for name, verbs in actions["resources"].items():
        (kind,) = (kind for kind in VERBS if name in getattr(topology, kind))
        assert verbs.keys() <= VERBS[kind].keys()


def test_no_action_has_a_star_and_every_condition_is_a_fact_that_can_be() -> None:
    actions = table()
    found = statements(actions)
    assert len(found) > 30
    for statement in found:
        assert statement.keys() == {"actions", "resources", "when"}
        assert not any("*" in action for action in statement["actions"])
        assert statement["when"] is None or statement["when"] in actions["facts"]


def test_the_services_that_are_waited_for_are_those_for_which_functions_are_staged() -> None:
    topology, asked = load(), signatures()
    waited_for = {*table()["outside"], *topology.workflows}
    specs = [*topology.functions.items(), *(each for p in topology.pipelines.values() for each in p.functions.items())]
    for name, spec in specs:
        stores = topology.buckets.keys() & set(spec.effects)
        assert asked[name].staged == bool(spec.grants.keys() & waited_for or stores), name
