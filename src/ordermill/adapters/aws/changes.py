"""Records of the orders table's stream as Lambda brings them. Imports no SDK."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from ordermill.domain.events import OrderChange
from ordermill.domain.order import Order, Status

_EVENTS: Final = ("INSERT", "MODIFY", "REMOVE")

_decode = msgspec.json.Decoder(Order).decode


class NotAChange(ValueError):
    """The record is none of an order's change. The message says what is missing, and quotes nothing of it."""


def change_of(record: Mapping[str, Any]) -> OrderChange:
    """The change that a record of the stream stands for: `eventName`, and in `dynamodb` the images.

    An image has `version`, `status` and, as JSON text, `body`. Raises NotAChange.
    """
    event: Any = record.get("eventName")
    if event not in _EVENTS:
        raise NotAChange("eventName is none of " + ", ".join(_EVENTS))
    order = _order(record, "OldImage" if event == "REMOVE" else "NewImage")
    if event == "INSERT":
        return OrderChange(event, 0, None, order)
    version, status = _attribute(record, "OldImage", "version", "N"), _attribute(record, "OldImage", "status", "S")
    try:
        return OrderChange(event, int(version), Status(status), order)
    except ValueError:
        raise NotAChange("OldImage has no version and status of an order") from None


def _order(record: Mapping[str, Any], image: str) -> Order:
    try:
        return _decode(_attribute(record, image, "body", "S"))
    except msgspec.MsgspecError:
        raise NotAChange(f"the body of {image} is no order") from None


def _attribute(record: Mapping[str, Any], image: str, name: str, kind: str) -> str:
    try:
        value = record["dynamodb"][image][name][kind]
    except (KeyError, TypeError):
        raise NotAChange(f"{image} has no {name}: the table's stream must have new and old images") from None
    if not isinstance(value, str):
        raise NotAChange(f"{name} of {image} is no attribute value")
    return value
