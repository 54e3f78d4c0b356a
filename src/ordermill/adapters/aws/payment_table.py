"""Table `payments`: one item per gateway key, of the gateway that was asked first, and of no other."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from botocore.exceptions import ClientError

from ordermill.adapters.aws.deployment import Deployment
from ordermill.adapters.aws.errors import code_of, storage
from ordermill.ports.services import PaymentError

TABLE: Final = "payments"
KEY: Final = "paymentKey"

Item = dict[str, Any]
"""As DynamoDB has it: each attribute with its type."""
Values = Mapping[str, str | int]
"""Attributes by name."""


class PaymentTable:
    """The items of one gateway. Each write is one conditional write.

    Every method raises StorageUnavailable, and PaymentError where the key is another gateway's: what that one moved,
    this one can neither find nor give back.
    """

    def __init__(self, deployment: Deployment, gateway: str) -> None:
        self._deployment, self._gateway = deployment, gateway

    def read(self, key: str) -> Item | None:
        """The item as of the last write, or None."""
        with storage():
            found = self._client.get_item(TableName=self._name, Key=_key(key), ConsistentRead=True)
        item: Item | None = found.get("Item")
        return None if item is None else self._own(item)

    def put(self, key: str, attributes: Values, *, version: int | None) -> bool:
        """Write the whole item in the place of the one with that attribute `version`, or of none.

        False if it is another by now.
        """
        item = {**_typed(attributes), **_key(key), "gateway": {"S": self._gateway}}
        if version is None:
            condition: Item = {"ConditionExpression": f"attribute_not_exists({KEY})"}
        else:
            condition = {
                "ConditionExpression": "#version = :version AND #gateway = :gateway",
                "ExpressionAttributeNames": {"#version": "version", "#gateway": "gateway"},
                "ExpressionAttributeValues": {":version": {"N": str(version)}, ":gateway": {"S": self._gateway}},
            }
        return self._written("put_item", {"Item": item, **condition}) is not None

    def update(
        self, key: str, changed: Values, *, kept: Values | None = None, unless: Collection[str] = (), gone: str = ""
    ) -> Item | None:
        """Set `changed`, and of `kept` what is not there yet; drop `gone`. The item as it is then, made if need be.

        None, and no change, if it has one of the attributes `unless`, or is another gateway's.
        """
        first = kept or {}
        sets = [f"#{name} = :{name}" for name in changed]
        sets += [f"#{name} = if_not_exists(#{name}, :{name})" for name in (*first, "gateway")]
        conditions = ["(attribute_not_exists(#gateway) OR #gateway = :gateway)"]
        conditions += [f"attribute_not_exists(#{name})" for name in unless]
        values = _typed({**first, **changed, "gateway": self._gateway})
        named = {*values, *unless, *([gone] if gone else [])}
        request = {
            "Key": _key(key),
            "UpdateExpression": f"SET {', '.join(sets)}" + (f" REMOVE #{gone}" if gone else ""),
            "ConditionExpression": " AND ".join(conditions),
            "ExpressionAttributeNames": {f"#{name}": name for name in sorted(named)},
            "ExpressionAttributeValues": {f":{name}": value for name, value in values.items()},
            "ReturnValues": "ALL_NEW",
        }
        answer = self._written("update_item", request)
        return None if answer is None else answer["Attributes"]

    @property
    def _client(self) -> Any:
        return self._deployment.client("dynamodb")

    @property
    def _name(self) -> str:
        return self._deployment.name(TABLE)

    def _written(self, operation: str, request: Item) -> Item | None:
        """The answer, or None where the condition does not hold."""
        with storage():
            try:
                answer: Item = getattr(self._client, operation)(TableName=self._name, **request)
            except ClientError as error:
                if code_of(error) != "ConditionalCheckFailedException":
                    raise
                return None
        return answer

    def _own(self, item: Item) -> Item:
        if text(item, "gateway") != self._gateway:
            raise PaymentError("the payment was begun with another payment gateway than the one that is set up now")
        return item


def text(item: Item, name: str) -> str | None:
    """A text attribute, or None."""
    value: str | None = item.get(name, {}).get("S")
    return value


def number(item: Item, name: str) -> int | None:
    """A whole number, or None."""
    value = item.get(name, {}).get("N")
    return None if value is None else int(value)


def _key(key: str) -> Item:
    return {KEY: {"S": key}}


def _typed(values: Values) -> Item:
    return {name: {"N": str(value)} if isinstance(value, int) else {"S": value} for name, value in values.items()}
