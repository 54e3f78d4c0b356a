"""Table `images`: what was uploaded, and which orders have it.

`due` and `orderIds` are attributes of their own, so that what several orders do at once meets in one item. Index
`by-due` has only what is due.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
from botocore.exceptions import ClientError
from msgspec.structs import replace

from ordermill.adapters.aws.deployment import Deployment
from ordermill.adapters.aws.errors import code_of, storage
from ordermill.adapters.aws.items import (
    ALL,
    FEW_SHARDS,
    Item,
    creation_key,
    is_key,
    moment,
    number,
    shard_key,
    shard_keys,
    text,
)
from ordermill.adapters.aws.patience import Patience
from ordermill.adapters.aws.tables import Range, Tables
from ordermill.adapters.aws.writing import Part, Unmet, write_alone
from ordermill.domain.images import ORDERS_MAX, UNUSED_MS, ImageRecord
from ordermill.ports.ambient import Clock

_TABLE: Final = "images"
_KEY: Final = "imageId"

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(ImageRecord).decode


def _record_of(item: Item) -> ImageRecord:
    due = int(item["due"]["N"]) if "due" in item else None
    return replace(_decode(item["body"]["S"]), due=due, orders=tuple(sorted(item.get("orderIds", {}).get("SS", ()))))


class DynamoImages:
    """Port `images`."""

    def __init__(self, deployment: Deployment, clock: Clock, *, patience: Patience | None = None) -> None:
        self._tables, self._clock = Tables(deployment, patience), clock

    def read(self, image_id: str) -> ImageRecord | None:
        """See `FoundImages.read`."""
        item = self._tables.read(_TABLE, _KEY, image_id)
        record = None if item is None else _record_of(item)
        return record if record is not None and record.live(self._clock.now_ms()) else None

    def known(self, image_id: str) -> bool:
        """See `ImageStore.known`."""
        return self._tables.read(_TABLE, _KEY, image_id, only=_KEY) is not None

    def put(self, record: ImageRecord) -> None:
        """See `ImageStore.put`."""
        values = {"body": text(_encode(replace(record, due=None, orders=())).decode())}
        without = list[str]()
        if record.orders:
            values["orderIds"] = {"SS": list(record.orders)}
        else:
            without = ["orderIds"]
        if record.due is None:
            without += ["due", "dueShard", "dueKey"]
        else:
            values |= _due(record.image_id, record.due)
        sets = ", ".join(f"#{name} = :{name}" for name in values)
        removed = f" REMOVE {', '.join(f'#{name}' for name in without)}" if without else ""
        names = {f"#{name}": name for name in (*values, *without)}
        given = {f":{name}": value for name, value in values.items()}
        self._write(record.image_id, f"SET {sets}{removed}", names, given)

    def use(self, image_id: str, order_id: str) -> bool:
        """See `ImageStore.use`."""
        now = self._clock.now_ms()
        values = _due(image_id, now + UNUSED_MS)
        given = {f":{name}": value for name, value in values.items()}
        given |= {":order": {"SS": [order_id]}, ":id": text(order_id), ":now": number(now), ":most": number(ORDERS_MAX)}
        sets = ", ".join(f"#{name} = :{name}" for name in values)
        return self._write(
            image_id,
            f"SET {sets} ADD #orderIds :order",
            {"#key": _KEY, "#orderIds": "orderIds", **{f"#{name}": name for name in values}},
            given,
            "attribute_exists(#key) AND (attribute_not_exists(#due) OR #due > :now OR attribute_exists(#orderIds))"
            " AND (attribute_not_exists(#orderIds) OR contains(#orderIds, :id) OR size(#orderIds) < :most)",
        )

    def release(self, image_id: str, order_id: str) -> None:
        """See `ImageStore.release`."""
        values = _due(image_id, self._clock.now_ms())
        given = {f":{name}": value for name, value in values.items()}
        given |= {":order": {"SS": [order_id]}, ":id": text(order_id)}
        sets = ", ".join(f"#{name} = :{name}" for name in values)
        self._write(
            image_id,
            f"SET {sets} DELETE #orderIds :order",
            {"#orderIds": "orderIds", **{f"#{name}": name for name in values}},
            given,
            "contains(#orderIds, :id)",
        )

    def list(self, limit: int) -> tuple[ImageRecord, ...]:
        """See `ImageStore.list`."""
        now = self._clock.now_ms()
        places: list[tuple[str, str]] = []
        for shard in shard_keys(ALL, FEW_SHARDS):
            range_ = Range(_TABLE, "by-due", "dueShard", shard, "dueKey", "0", moment(now + 1))
            places += [(item["dueKey"]["S"], item[_KEY]["S"]) for item in self._tables.query(range_, limit)["Items"]]
        ids = [id_ for _, id_ in sorted(places)[:limit]]
        items = self._tables.read_all(_TABLE, _KEY, ids)
        found = [_record_of(items[id_]) for id_ in ids if id_ in items]
        return tuple(record for record in found if record.due is not None and record.due <= now)

    def check(self, record: ImageRecord) -> None:
        """See `ImageStore.check`."""
        if record.due is None:
            return
        self._write(
            record.image_id,
            "REMOVE #due, #dueShard, #dueKey",
            {f"#{name}": name for name in ("due", "dueShard", "dueKey")},
            {":due": number(record.due)},
            "#due = :due",
        )

    def delete(self, image_id: str) -> None:
        """See `ImageStore.delete`."""
        request = {
            "TableName": self._tables.name(_TABLE),
            "Key": {_KEY: text(image_id)},
            "ConditionExpression": "attribute_not_exists(orderIds) AND #due <= :now",
            "ExpressionAttributeNames": {"#due": "due"},
            "ExpressionAttributeValues": {":now": number(self._clock.now_ms())},
        }
        with storage():
            try:
                self._tables.client.delete_item(**request)
            except ClientError as error:
                if code_of(error) != "ConditionalCheckFailedException":
                    raise

    def _write(
        self, image_id: str, update: str, names: dict[str, str], given: dict[str, Item], condition: str | None = None
    ) -> bool:
        """Whether the condition was met. A repeat of what went well before does no harm."""
        if not is_key(image_id):
            return False
        request: dict[str, Any] = {
            "Key": {_KEY: text(image_id)},
            "UpdateExpression": update,
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": given,
        }
        if condition is not None:
            request["ConditionExpression"] = condition
        try:
            write_alone(self._tables, Part("Update", _TABLE, request, "image", image_id))
        except Unmet:
            return False
        return True


def _due(image_id: str, at: int) -> dict[str, Item]:
    shard = shard_key(ALL, image_id, FEW_SHARDS)
    return {"due": number(at), "dueShard": text(shard), "dueKey": text(creation_key(at, image_id))}
