"""Table `mails`: what was or is to be sent to whom."""

from __future__ import annotations

from typing import Final

import msgspec

from ordermill.adapters.aws.deployment import Deployment
from ordermill.adapters.aws.items import ALL, FEW_SHARDS, Item, creation_key, is_key, shard_key, text, updating
from ordermill.adapters.aws.pages import SORT, Listing, partitions, read_page
from ordermill.adapters.aws.patience import Patience
from ordermill.adapters.aws.tables import Tables
from ordermill.adapters.aws.writing import Part, write_alone
from ordermill.domain.mail import MailRecord
from ordermill.ports.ambient import Clock
from ordermill.ports.stores import MailPage

_TABLE: Final = "mails"
_KEY: Final = "mailId"

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(MailRecord).decode


def _record_of(item: Item) -> MailRecord:
    return _decode(item["body"]["S"])


class DynamoMails:
    """Port `mails`."""

    def __init__(self, deployment: Deployment, clock: Clock, *, patience: Patience | None = None) -> None:
        self._tables, self._clock = Tables(deployment, patience), clock

    def read(self, mail_id: str) -> MailRecord | None:
        """See `MailStore.read`."""
        item = self._tables.read(_TABLE, _KEY, mail_id)
        return None if item is None else _record_of(item)

    def list(self, limit: int, after: str | None = None, *, order_id: str | None = None) -> MailPage:
        """See `MailStore.list`."""
        page = read_page(self._tables, _listing(order_id), limit, after, _record_of)
        return MailPage(page.values, page.after)

    def put(self, record: MailRecord) -> None:
        """See `MailStore.put`."""
        id_ = record.mail_id
        values = {
            "creationShard": text(shard_key(ALL, id_, FEW_SHARDS)),
            "body": text(_encode(record).decode()),
        }
        if record.order_id:
            values["orderId"] = text(record.order_id)
        # A record stays where it is in the list, however often it is put.
        update = updating(values, once={SORT: text(creation_key(self._clock.now_ms(), id_))})
        write_alone(self._tables, Part("Update", _TABLE, {"Key": {_KEY: text(id_)}, **update}, "mail", id_))


def _listing(order_id: str | None) -> Listing:
    if order_id is None:
        return Listing(_TABLE, _KEY, partitions("by-creation", "creationShard", ALL, FEW_SHARDS))
    return Listing(_TABLE, _KEY, [("by-order", "orderId", order_id)] if is_key(order_id) else [])
