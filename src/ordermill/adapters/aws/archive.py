"""Table `archived-orders`: which orders were deleted when."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from ordermill.adapters.aws.deployment import Deployment
from ordermill.adapters.aws.items import ALL, FEW_SHARDS, Item, creation_key, is_key, shard_key, text, updating
from ordermill.adapters.aws.pages import SORT, Listing, partitions, read_page
from ordermill.adapters.aws.patience import Patience
from ordermill.adapters.aws.tables import Tables
from ordermill.adapters.aws.writing import Part, write_alone
from ordermill.domain.archive import ArchivedOrder, ArchiveFilter, ArchivePage
from ordermill.domain.order_list import email_key

_TABLE: Final = "archived-orders"
_KEY: Final = "orderId"
_DELETION: Final = "deletionShard"
_CUSTOMER: Final = "customerShard"
_EMAIL: Final = "emailShard"

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(ArchivedOrder).decode


class DynamoArchive:
    """Port `archived-orders`."""

    def __init__(self, deployment: Deployment, *, patience: Patience | None = None) -> None:
        self._tables = Tables(deployment, patience)

    def put(self, row: ArchivedOrder) -> None:
        """See `ArchiveIndex.put`."""
        id_ = row.order_id
        values = {
            "body": text(_encode(row).decode()),
            _DELETION: text(shard_key(ALL, id_, FEW_SHARDS)),
            SORT: text(creation_key(row.deleted_at, id_)),
        }
        people = {_CUSTOMER: row.customer_id, _EMAIL: row.email}
        values |= {name: text(shard_key(key, id_, FEW_SHARDS)) for name, key in people.items() if key is not None}
        update = updating(values, without=[name for name, key in people.items() if key is None])
        write_alone(self._tables, Part("Update", _TABLE, {"Key": {_KEY: text(id_)}, **update}, "archived", id_))

    def read(self, order_id: str) -> ArchivedOrder | None:
        """See `ArchiveIndex.read`."""
        item = self._tables.read(_TABLE, _KEY, order_id)
        return None if item is None else _row_of(item)

    def within(self, since: int, until: int, limit: int, after: str | None = None) -> ArchivePage:
        """See `ArchiveIndex.within`."""
        return self.list(ArchiveFilter(since=since, until=until), limit, after)

    def list(self, filter_: ArchiveFilter, limit: int, after: str | None = None) -> ArchivePage:
        """See `ArchiveIndex.list`."""
        page = read_page(self._tables, _listing(filter_), limit, after, _reader_of(filter_))
        return ArchivePage(page.values, page.after)

    def of_customer(self, customer: str, limit: int, after: str | None = None) -> ArchivePage:
        """See `ArchiveIndex.of_customer`."""
        return self.list(ArchiveFilter(customer), limit, after)


def _row_of(item: Item) -> ArchivedOrder:
    return _decode(item["body"]["S"])


def _listing(filter_: ArchiveFilter) -> Listing:
    customer = filter_.customer
    if customer is None:
        places = partitions("by-deletion", _DELETION, ALL, FEW_SHARDS)
    else:
        places = partitions("by-customer", _CUSTOMER, customer, FEW_SHARDS)
        if "@" in customer:
            places += partitions("by-email", _EMAIL, customer.lower(), FEW_SHARDS)
        places = [place for place in places if is_key(place[2])]
    return Listing(_TABLE, _KEY, places, filter_.since, filter_.until)


def _reader_of(filter_: ArchiveFilter) -> Callable[[Item], ArchivedOrder | None]:
    """The row of an item, None where it is none of the filter's any more."""
    customer = filter_.customer

    def read(item: Item) -> ArchivedOrder | None:
        row = _row_of(item)
        theirs = customer in (None, row.customer_id) or ("@" in str(customer) and email_key(customer) == row.email)
        return row if theirs else None

    return read
