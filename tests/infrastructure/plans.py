"""What a plan says will be there, by kind and by the name in the topology."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

ACCOUNT: Final = "123456789012"
REGION: Final = "us-east-1"
PREFIX: Final = "ordermill"
PUBLIC_URL: Final = "https://orders.example.org"
EVERYTHING: Final[dict[str, Any]] = {
    "account_id": ACCOUNT,
    "region": REGION,
    "name": PREFIX,
    "public_url": PUBLIC_URL,
    "staff_emails": ["ada@example.org"],
    "operator_emails": ["operators@example.org"],
    "budget_usd": 10,
}
"""A deployment with all there is."""

Values = dict[str, Any]
Pair = tuple[str, str]
"""An action and a resource."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource of a plan: `key` is its own index or its module's, else its name. What is not known yet is missing."""

    type: str
    name: str
    key: str
    values: Values


class Plan:
    """A plan for a deployment that is not there yet."""

    def __init__(self, shown: Mapping[str, Any], pipeline: str) -> None:
        self.pipeline = pipeline
        self.resources = list(_resources(shown["planned_values"]["root_module"]))

    def every(self, type_: str) -> list[Values]:
        """The values of all resources of a type."""
        return [each.values for each in self.resources if each.type == type_]

    def of(self, type_: str, name: str = "this") -> dict[str, Values]:
        """Key to values of the resources of that type and name."""
        found = [each for each in self.resources if (each.type, each.name) == (type_, name)]
        keyed = {each.key: each.values for each in found}
        assert len(keyed) == len(found), f"two {type_}.{name} have one key"
        return keyed

    def one(self, type_: str, name: str) -> Values:
        """The values of the one resource of that type and name."""
        (values,) = self.of(type_, name).values()
        return values

    @property
    def functions(self) -> dict[str, Values]:
        """Function to its Lambda."""
        return self.of("aws_lambda_function")

    @property
    def policies(self) -> dict[str, list[Values]]:
        """Name of a role to its statements."""
        found = {}
        for each in self.resources:
            if each.type == "aws_iam_role_policy":
                assert each.values["role"] not in found, "a role has two policies"
                found[each.values["role"]] = json.loads(each.values["policy"])["Statement"]
        return found


def _resources(module: Mapping[str, Any], index: str | None = None) -> Iterator[Resource]:
    for each in module.get("resources", ()):
        if each["mode"] == "managed":
            own = each.get("index")
            key = own if isinstance(own, str) else index or each["name"]
            yield Resource(each["type"], each["name"], key, each.get("values", {}))
    for child in module.get("child_modules", ()):
        _, quote, inside = child["address"].partition('["')
        yield from _resources(child, inside.removesuffix('"]') if quote else None)


def pairs_of(statements: list[Values]) -> set[Pair]:
    """What statements allow. Every one is checked to allow, and to say of what without conditions."""
    for statement in statements:
        assert statement.keys() == {"Effect", "Action", "Resource"}
        assert statement["Effect"] == "Allow"
    return {(action, resource) for each in statements for action in each["Action"] for resource in each["Resource"]}
