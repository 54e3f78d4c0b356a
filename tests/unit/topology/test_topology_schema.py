"""The schema is strict, described, and says the same as the model; the verbs are known."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, get_args

import msgspec
import pytest
from jsonschema import Draft202012Validator

from ordermill.topology import model
from ordermill.topology.verbs import SERVICE_VERBS, VERBS, verbs_of
from tests.unit.topology.topology_cases import FILES, SHIPPED, functions

SCHEMA: dict[str, Any] = json.loads((FILES / "topology.schema.json").read_bytes())
STRUCTS: dict[str, type[msgspec.Struct]] = {
    "index": model.Index,
    "table": model.Table,
    "subscription": model.Subscription,
    "queue": model.Queue,
    "topic": model.Topic,
    "bucket": model.Bucket,
    "workflow": model.Workflow,
    "service": model.Service,
    "route": model.Route,
    "stream_pattern": model.StreamPattern,
    "trigger": model.Trigger,
    "function": model.FunctionSpec,
    "pipeline": model.Pipeline,
}
PAIRS: list[tuple[dict[str, Any], type[msgspec.Struct]]] = [
    (SCHEMA, model.Topology),
    *((SCHEMA["$defs"][name], struct) for name, struct in STRUCTS.items()),
]
OPTIONAL = {"stream_pattern"}
"""Whose members may be left out: absent is another thing than null there."""


def subschemas(node: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema within a schema, with its place."""
    yield place, node
    for keyword in ("properties", "$defs"):
        for name, inner in node.get(keyword, {}).items():
            yield from subschemas(inner, f"{place}/{keyword}/{name}")
    for keyword in ("items", "additionalProperties"):
        if isinstance(node.get(keyword), dict):
            yield from subschemas(node[keyword], f"{place}/{keyword}")


def is_nullable(schema: dict[str, Any]) -> bool:
    if "$ref" in schema:
        return is_nullable(SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]])
    return "null" in schema.get("type", ()) or None in schema.get("enum", ())


def test_the_schema_is_a_schema() -> None:
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(("place", "schema"), list(subschemas(SCHEMA)))
def test_every_object_is_closed_and_every_member_described(place: str, schema: dict[str, Any]) -> None:
    assert schema.get("description"), place
    if "properties" in schema:
        assert schema["additionalProperties"] is False
        if place.rpartition("/")[2] not in OPTIONAL:
            assert schema["required"] == list(schema["properties"])
    elif "object" in schema.get("type", ()):
        assert isinstance(schema["additionalProperties"], dict)


def test_every_definition_of_an_object_has_a_struct() -> None:
    assert {name for name, schema in SCHEMA["$defs"].items() if "properties" in schema} == STRUCTS.keys()


@pytest.mark.parametrize(("schema", "struct"), PAIRS)
def test_schema_and_model_agree(schema: dict[str, Any], struct: type[msgspec.Struct]) -> None:
    fields = {field.name: field for field in msgspec.structs.fields(struct)}
    assert list(schema["properties"]) == list(fields)
    for name, member in schema["properties"].items():
        optional = name not in schema.get("required", ())
        assert (type(None) in get_args(fields[name].type)) == (is_nullable(member) or optional), name
        assert fields[name].required != optional, name


@pytest.mark.parametrize(
    ("definition", "member", "literal"),
    [
        ("trigger", "kind", model.TriggerKind),
        ("trigger", "access", model.Access),
        ("trigger", "where", model.Where),
        ("route", "access", model.Access),
        ("route", "where", model.Where),
    ],
)
def test_schema_and_model_know_the_same_words(definition: str, member: str, literal: Any) -> None:
    words = SCHEMA["$defs"][definition]["properties"][member]["enum"]
    assert [word for word in words if word is not None] == list(get_args(literal))


def test_every_verb_in_the_shipped_file_is_known() -> None:
    kinds = {name: kind for kind in (*VERBS, "services") for name in SHIPPED[kind]}
    for function, spec in functions(SHIPPED).items():
        for resource, verbs in spec["grants"].items():
            assert set(verbs) <= verbs_of(kinds[resource], resource).keys(), (function, resource)


def test_every_kind_of_resource_has_verbs() -> None:
    assert {*VERBS, "services"} | {"routes", "functions", "pipelines"} == SCHEMA["properties"].keys()
    assert all(verbs for verbs in (*VERBS.values(), *SERVICE_VERBS.values()))


@pytest.mark.parametrize(
    ("kind", "name", "verb", "role"),
    [
        ("tables", "orders", "find", "read"),
        ("tables", "orders", "append", "effect"),
        ("tables", "products", "reserve", "part"),
        ("queues", "mail-queue", "send", "effect"),
        ("services", "mail", "send", "effect"),
        ("services", "payments", "read", "read"),
        ("services", "payments", "void", "effect"),
        ("services", "tokens", "sign", "read"),
        ("services", "labels", "detect", "read"),
        ("services", "webhooks", "post", "effect"),
        ("workflows", "order-intake", "start", "effect"),
        ("buckets", "archive", "delete", "effect"),
    ],
)
def test_a_verb_has_its_role(kind: str, name: str, verb: str, role: str) -> None:
    assert verbs_of(kind, name)[verb] == role


def test_a_service_that_is_not_known_has_no_verbs() -> None:
    assert verbs_of("services", "fax") == {}
