"""Holds a document against the JSON Schema and says in plain words, all at once, where it differs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ordermill.topology.findings import Finding, nearest, pointer, suggestion

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

_JSON_TYPES = {bool: "boolean", int: "integer", Decimal: "number", str: "string", list: "array", dict: "object"}


def violations(document: object, schema: Mapping[str, Any]) -> list[Finding]:
    """Every place where `document` breaks `schema`, by pointer; the cure comes from the member's description."""
    from jsonschema import Draft202012Validator  # slow to import

    validator = Draft202012Validator(schema)
    return sorted({finding for error in validator.iter_errors(document) for finding in _explained(error)})


def _explained(error: ValidationError) -> Iterator[Finding]:
    at = pointer(*error.absolute_path)
    if error.validator == "additionalProperties":
        yield from _unknown(error, at)
    elif error.validator == "required":
        yield from _missing(error, at)
    elif "propertyNames" in error.absolute_schema_path:
        yield Finding(at + pointer(str(error.instance)), "is not a valid name", _description(error))
    elif error.validator == "enum":
        known = [value for value in _schema(error)["enum"] if isinstance(value, str)]
        value = json.dumps(error.instance, default=str)
        yield Finding(at, f"is {value}, which it cannot be", suggestion(str(error.instance), known))
    else:
        yield Finding(at, _problem(error), _description(error))


def _unknown(error: ValidationError, at: str) -> Iterator[Finding]:
    instance, known = _object(error)
    for key in instance:
        if key in known:
            continue
        near = _meant(key, instance, known)
        if near is None:
            cure = "remove it; known here: " + (", ".join(sorted(known)) or "nothing")
        else:
            cure = f"did you mean '{near}'?" + (" That one is there too: remove this" if near in instance else "")
        yield Finding(at + pointer(key), "is an unknown key", cure)


def _missing(error: ValidationError, at: str) -> Iterator[Finding]:
    instance, known = _object(error)
    # A misspelt key is one mistake, not an unknown key and a missing one.
    misspelt = {_meant(key, instance, known) for key in instance if key not in known}
    for key in _schema(error)["required"]:
        if key not in instance and key not in misspelt:
            description = known[key].get("description", "")
            yield Finding(at + pointer(key), "is missing", f"add it (null where empty): {description}")


def _object(error: ValidationError) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """The object at fault and the members that its schema knows."""
    assert isinstance(error.instance, dict)
    return error.instance, _schema(error)["properties"]


def _schema(error: ValidationError) -> Mapping[str, Any]:
    """The part of the schema that was broken; never `true` or `false`, which break nothing here."""
    assert isinstance(error.schema, Mapping)
    return error.schema


def _meant(key: str, instance: dict[str, Any], known: Mapping[str, Any]) -> str | None:
    return nearest(key, [name for name in known if name not in instance]) or nearest(key, known)


def _problem(error: ValidationError) -> str:
    if error.validator == "type":
        wanted = _schema(error)["type"]
        kinds = wanted if isinstance(wanted, str) else " or ".join(wanted)
        return f"is of type {_JSON_TYPES.get(type(error.instance), 'null')}, not {kinds}"
    if error.validator in {"minItems", "minProperties", "minLength"}:
        return "is empty"
    if error.validator == "uniqueItems":
        return "names something twice"
    return error.message


def _description(error: ValidationError) -> str:
    return str(_schema(error).get("description", "see topology.schema.json"))
