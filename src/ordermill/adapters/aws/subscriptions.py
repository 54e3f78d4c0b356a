"""Table `subscriptions`: by address, and found by id."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final

import msgspec

from ordermill.adapters.aws.deployment import Deployment
from ordermill.adapters.aws.items import ALL, FEW_SHARDS, Item, creation_key, is_key, number, shard_key, text, updating
from ordermill.adapters.aws.pages import SORT, Listing, partitions, read_page
from ordermill.adapters.aws.patience import Patience
from ordermill.adapters.aws.tables import Range, Tables
from ordermill.adapters.aws.writing import Part, Unmet, write_alone
from ordermill.domain.errors import Conflict
from ordermill.domain.order_list import email_key
from ordermill.domain.subscriptions import Subscription, SubscriptionStatus
from ordermill.ports.ambient import Clock
from ordermill.ports.subscriptions import SubscriptionPage

_TABLE: Final = "subscriptions"
_KEY: Final = "emailKey"
_ID: Final = "subscriptionId"
_EXPIRES: Final = "expiresAt"

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Subscription).decode


def _record_of(item: Item) -> Subscription:
    return _decode(item["body"]["S"])


def _key(email: str) -> str:
    return email_key(email) or ""


class DynamoSubscriptions:
    """Port `subscriptions`."""

    def __init__(self, deployment: Deployment, clock: Clock, *, patience: Patience | None = None) -> None:
        self._tables, self._clock = Tables(deployment, patience), clock

    def read(self, email: str) -> Subscription | None:
        """See `SubscriptionStore.read`."""
        item = self._tables.read(_TABLE, _KEY, _key(email))
        return None if item is None else _record_of(item)

    def find(self, subscription_id: str) -> Subscription | None:
        """See `SubscriptionStore.find`."""
        if not is_key(subscription_id):
            return None
        for entry in self._tables.entries(Range(_TABLE, "of-id", _ID, subscription_id)):
            # The index lags behind: the address may be another subscription's by now.
            record = self.read(entry[_KEY]["S"])
            if record is not None and record.subscription_id == subscription_id:
                return record
        return None

    def list(
        self, limit: int, after: str | None = None, *, status: SubscriptionStatus | None = None
    ) -> SubscriptionPage:
        """See `SubscriptionStore.list`."""

        def listed(item: Item) -> Subscription | None:
            record = _record_of(item)
            return record if status in (None, record.status) else None

        page = read_page(self._tables, _listing(status), limit, after, listed)
        return SubscriptionPage(page.values, page.after)

    def confirmed(self, limit: int, after: str | None = None) -> SubscriptionPage:
        """See `SubscriptionStore.confirmed`."""
        return self.list(limit, after, status="CONFIRMED")

    def put(self, record: Subscription, *, expect: int) -> None:
        """See `SubscriptionStore.put`."""
        try:
            write_alone(self._tables, self._putting(record, expect))
        except Unmet as unmet:
            # The answer to an earlier try may have been lost: then it is this very record that is there.
            found = next((item for _, item in unmet.found if item is not None), None)
            if not (unmet.asked_before and found is not None and _record_of(found) == record):
                raise Conflict(f"{record.subscription_id} is not at version {expect}") from unmet

    def delete(self, record: Subscription) -> None:
        """See `SubscriptionStore.delete`."""
        request = {
            "Key": {_KEY: text(_key(record.email))},
            "ConditionExpression": f"{_ID} = :id",
            "ExpressionAttributeValues": {":id": text(record.subscription_id)},
        }
        with suppress(Unmet):
            write_alone(self._tables, Part("Delete", _TABLE, request, "subscription", record.subscription_id))

    def _putting(self, record: Subscription, expect: int) -> Part:
        id_, expires_at = record.subscription_id, record.expires_at
        values = {
            _ID: text(id_),
            "version": number(record.version),
            "creationShard": text(shard_key(ALL, id_, FEW_SHARDS)),
            "statusShard": text(shard_key(record.status, id_, FEW_SHARDS)),
            "body": text(_encode(record).decode()),
        }
        if expires_at is not None:
            values[_EXPIRES] = number(-(-expires_at // 1000))
        # A record stays where it is in the list, however often it is put.
        update = updating(
            values,
            once={SORT: text(creation_key(self._clock.now_ms(), id_))},
            without=() if expires_at is not None else (_EXPIRES,),
        )
        request: dict[str, Any] = {"Key": {_KEY: text(_key(record.email))}, **update}
        if expect:
            request["ConditionExpression"] = "#version = :expect"
            request["ExpressionAttributeValues"][":expect"] = number(expect)
        else:
            request["ConditionExpression"] = f"attribute_not_exists({_KEY})"
        return Part("Update", _TABLE, request, "subscription", id_)


def _listing(status: SubscriptionStatus | None) -> Listing:
    if status is None:
        return Listing(_TABLE, _KEY, partitions("by-creation", "creationShard", ALL, FEW_SHARDS))
    return Listing(_TABLE, _KEY, partitions("by-status", "statusShard", status, FEW_SHARDS))
