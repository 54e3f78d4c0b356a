"""Table `alert-log`: what was alerted, for 90 days."""

from __future__ import annotations

from typing import Final

import msgspec

from ordermill.adapters.aws.deployment import Deployment
from ordermill.adapters.aws.items import ALL, FEW_SHARDS, Item, creation_key, is_key, number, shard_key, text, updating
from ordermill.adapters.aws.pages import SORT, Listing, partitions, read_page
from ordermill.adapters.aws.patience import Patience
from ordermill.adapters.aws.tables import Tables
from ordermill.adapters.aws.writing import Part, write_alone
from ordermill.domain.alert_log import AlertRecord
from ordermill.ports.ambient import Clock
from ordermill.ports.stores import AlertPage

KEPT_S: Final = 90 * 24 * 60 * 60
"""After a record was put last."""

_TABLE: Final = "alert-log"
_KEY: Final = "alertId"
_EXPIRES: Final = "expiresAt"

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(AlertRecord).decode


class DynamoAlerts:
    """Port `alert-log`."""

    def __init__(self, deployment: Deployment, clock: Clock, *, patience: Patience | None = None) -> None:
        self._tables, self._clock = Tables(deployment, patience), clock

    def read(self, alert_id: str) -> AlertRecord | None:
        """See `AlertLog.read`."""
        item = self._tables.read(_TABLE, _KEY, alert_id)
        return None if item is None else self._record_of(item)

    def put(self, record: AlertRecord) -> None:
        """See `AlertLog.put`."""
        id_, now = record.alert_id, self._clock.now_ms()
        values = {
            "creationShard": text(shard_key(ALL, id_, FEW_SHARDS)),
            _EXPIRES: number(now // 1000 + KEPT_S),
            "body": text(_encode(record).decode()),
        }
        if record.order_id:
            values["orderId"] = text(record.order_id)
        # A record stays where it is in the list, however often it is put.
        update = updating(values, once={SORT: text(creation_key(now, id_))})
        write_alone(self._tables, Part("Update", _TABLE, {"Key": {_KEY: text(id_)}, **update}, "alert", id_))

    def list(self, limit: int, after: str | None = None, *, order_id: str | None = None) -> AlertPage:
        """See `AlertLog.list`."""
        page = read_page(self._tables, _listing(order_id), limit, after, self._record_of)
        return AlertPage(page.values, page.after)

    def _record_of(self, item: Item) -> AlertRecord | None:
        """None where its time is over, whether or not the table's sweep has come by."""
        expired = int(item[_EXPIRES]["N"]) <= self._clock.now_ms() // 1000
        return None if expired else _decode(item["body"]["S"])


def _listing(order_id: str | None) -> Listing:
    if order_id is None:
        return Listing(_TABLE, _KEY, partitions("by-creation", "creationShard", ALL, FEW_SHARDS))
    return Listing(_TABLE, _KEY, [("by-order", "orderId", order_id)] if is_key(order_id) else [])
