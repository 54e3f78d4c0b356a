"""Conditional writes of one item, or of several together, and what came of them when a condition was not met."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal
from uuid import uuid4

import msgspec
from botocore.exceptions import ClientError

from ordermill.adapters.aws.errors import Rejected, code_of, storage
from ordermill.adapters.aws.items import Item
from ordermill.adapters.aws.tables import Tables
from ordermill.domain.errors import StorageUnavailable

MOST_PARTS: Final = 100
"""Items that one transaction writes at most."""

_CONFLICTS: Final = frozenset({"TransactionConflict", "TransactionConflictException"})
_THROTTLED: Final = frozenset({"ThrottlingError", "ProvisionedThroughputExceeded"})

What = Literal[
    "order", "claim", "stock", "letter", "event", "product", "mail", "alert", "subscription", "archived", "image"
]


class Part(msgspec.Struct, frozen=True):
    """The write of one item: a put, an update or its deletion, as the SDK takes it but for the name of the table; of
    what it is, and of which one."""

    kind: Literal["Put", "Update", "Delete"]
    table: str
    request: dict[str, Any]
    what: What
    id: str = ""


class Unmet(Exception):
    """Nothing was written, as these parts' conditions were not met; with each the item that is there, if any.

    `asked_before`: the SDK had asked before, and no answer came that it took for one. So it may be this very write that
    is there.
    """

    def __init__(self, found: Sequence[tuple[Part, Item | None]], *, asked_before: bool) -> None:
        super().__init__(", ".join(f"{part.what} {part.id}" for part, _ in found))
        self.found, self.asked_before = tuple(found), asked_before

    def of(self, what: What) -> list[tuple[Part, Item | None]]:
        """The parts of one kind."""
        return [each for each in self.found if each[0].what == what]


class Busy(Exception):
    """Nothing was written, as others were writing the same items, or the table is throttled. It may be tried again."""


def write(tables: Tables, parts: Sequence[Part]) -> None:
    """Write all parts or none. Raises Unmet, Busy, Rejected; StorageUnavailable where nobody knows what came of it."""
    with storage():
        if len(parts) == 1:
            _write_one(tables, parts[0])
        else:
            _write_all(tables, parts)


def write_alone(tables: Tables, part: Part) -> None:
    """Write one part, again while others are writing the same item. Raises Unmet, Rejected, StorageUnavailable."""
    for _ in tables.patience.tries():
        try:
            write(tables, [part])
        except Busy:
            continue
        return
    raise StorageUnavailable(f"{part.what} {part.id} is being written by others")


def _write_one(tables: Tables, part: Part) -> None:
    client = tables.client
    send = {"Put": client.put_item, "Update": client.update_item, "Delete": client.delete_item}
    try:
        send[part.kind](**_request(tables, part))
    except ClientError as error:
        if code_of(error) in _CONFLICTS:
            raise Busy(code_of(error)) from error
        if code_of(error) == "ConditionalCheckFailedException":
            raise Unmet([(part, error.response.get("Item"))], asked_before=_asked_before(error)) from error
        raise


def _write_all(tables: Tables, parts: Sequence[Part]) -> None:
    items = [{part.kind: _request(tables, part)} for part in parts]
    try:
        # Under one token the SDK's own repeats are one transaction, whatever became of the first answer.
        tables.client.transact_write_items(TransactItems=items, ClientRequestToken=str(uuid4()))
    except ClientError as error:
        reasons = error.response.get("CancellationReasons", [])
        codes = [reason.get("Code") for reason in reasons]
        failed = [
            (part, reason.get("Item"))
            for part, reason in zip(parts, reasons, strict=False)
            if reason.get("Code") == "ConditionalCheckFailed"
        ]
        if failed:
            raise Unmet(failed, asked_before=_asked_before(error)) from error
        if "ValidationError" in codes:
            said = "; ".join(reason.get("Message", "") for reason in reasons if reason.get("Code") == "ValidationError")
            raise Rejected(f"{error.operation_name}: {said}") from error
        if not (_CONFLICTS | _THROTTLED).isdisjoint(codes):
            raise Busy(", ".join(sorted({code for code in codes if code not in (None, "None")}))) from error
        raise


def _request(tables: Tables, part: Part) -> dict[str, Any]:
    request = {"TableName": tables.name(part.table), **part.request}
    if "ConditionExpression" in request:
        request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    return request


def _asked_before(error: ClientError) -> bool:
    return bool(error.response.get("ResponseMetadata", {}).get("RetryAttempts"))
