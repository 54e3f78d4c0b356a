"""Orders as items: how one is stored, which of its lists it is in, and whether an item is what was to be written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from ordermill.adapters.aws.items import (
    ALL,
    FEW_SHARDS,
    Item,
    creation_key,
    is_key,
    number,
    shard_key,
    text,
    updating,
)
from ordermill.adapters.aws.pages import SORT, Listing, partitions
from ordermill.domain.deletion import stub
from ordermill.domain.order import Order
from ordermill.domain.order_list import OrderFilter, email_key

TABLE: Final = "orders"
KEY: Final = "orderId"
LETTERS: Final = "letters"
"""The ids of dead letters that were kept with the order's failure: no index lags behind them."""
SHARDS: Final = 32
"""Of the lists that every order is in: a partition takes 1,000 writes a second, and each order makes several."""

_EXPIRES: Final = "expiresAt"
"""In seconds, for the table's sweep: only stubs have it."""
_CREATION: Final = "creationShard"
_STATUS: Final = "statusShard"
_CUSTOMER: Final = "customerShard"
_EMAIL: Final = "emailShard"

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Order).decode


def order_of(item: Item) -> Order:
    """The order that an item holds."""
    return _decode(item["body"]["S"])


def attributes(order: Order, shards: int) -> Item:
    """All of the item but its key. A deleted order is in no list but its customer's, until it is a stub."""
    id_, email = order.order_id, email_key(order.email)
    item = {
        "version": number(order.version),
        "status": text(order.status.value),
        "body": text(_encode(order).decode()),
        SORT: text(creation_key(order.created_at, id_)),
    }
    if order.deletion is None:
        item[_CREATION] = text(shard_key(ALL, id_, shards))
        item[_STATUS] = text(shard_key(order.status.value, id_, shards))
    if order.customer_id is not None:
        item[_CUSTOMER] = text(shard_key(order.customer_id, id_, FEW_SHARDS))
    if email is not None:
        item[_EMAIL] = text(shard_key(email, id_, FEW_SHARDS))
    return item


def creation(order: Order, shards: int, kept: str | None) -> dict[str, Any]:
    """The put of a new order, with the id of a letter that is kept with it."""
    item = {KEY: text(order.order_id), **attributes(order, shards)}
    if kept is not None:
        item[LETTERS] = {"SS": [kept]}
    return {"Item": item, "ConditionExpression": f"attribute_not_exists({KEY})"}


def replacement(
    order: Order, shards: int, expect: int, *, kept: str | None, closed: bool, beside: Item | None = None
) -> dict[str, Any]:
    """The update of an order that is at version `expect`; `closed` forgets the letters kept with it before.

    `beside` are attributes that are not the order's own.
    """
    values = attributes(order, shards) | (beside or {})
    without = [name for name in (_CREATION, _STATUS, _CUSTOMER, _EMAIL) if name not in values]
    letters = None if kept is None else {LETTERS: {"SS": [kept]}}
    if closed and letters is None:
        without.append(LETTERS)
    update = updating(
        {**values, **(letters or {})} if closed else values, without=without, added=None if closed else letters
    )
    update["ConditionExpression"] = "#version = :expect"
    update["ExpressionAttributeValues"][":expect"] = number(expect)
    return {"Key": {KEY: text(order.order_id)}, **update}


def forgetting(order: Order, shards: int, expires_at: int) -> dict[str, Any]:
    """The update that leaves the stub of a tombstone, until the time `expires_at` (epoch ms) or somewhat longer."""
    expiry = {_EXPIRES: number(-(-expires_at // 1000))}
    return replacement(stub(order), shards, order.version, kept=None, closed=True, beside=expiry)


def is_written(item: Item | None, order: Order) -> bool:
    """Whether the item is that version of the order, or a later one that came of it."""
    if item is None:
        return False
    there = order_of(item)
    if there.version == order.version:
        return there == order
    return there.version > order.version and there.history[: len(order.history)] == order.history


def listing_of(filter_: OrderFilter, shards: int, *, oldest: bool = False) -> Listing:
    """The list of the filter's orders. Raises ValueError for the `oldest` of more than one status."""
    if oldest and filter_.status is None:
        raise ValueError("the oldest orders are listed by status alone")
    if filter_.status is not None:
        places = partitions("by-status", _STATUS, filter_.status.value, shards)
    elif filter_.customer is None:
        places = partitions("by-creation", _CREATION, ALL, shards)
    else:
        places = partitions("by-customer", _CUSTOMER, filter_.customer, FEW_SHARDS)
        email = _email_asked(filter_.customer)
        if email is not None:
            places += partitions("by-email", _EMAIL, email, FEW_SHARDS)
        places = [place for place in places if is_key(place[2])]
    return Listing(TABLE, KEY, places, filter_.since, filter_.until, oldest)


def reader_of(filter_: OrderFilter) -> Callable[[Item], Order | None]:
    """The order of an item, None where it is none of the filter's any more."""

    def read(item: Item) -> Order | None:
        order = order_of(item)
        return order if _belongs(order, filter_) else None

    return read


def _belongs(order: Order, filter_: OrderFilter) -> bool:
    if order.deletion is not None and not filter_.deleted:
        return False
    if filter_.status is not None:
        return order.status is filter_.status
    if filter_.customer is None or filter_.customer == order.customer_id:
        return True
    email = _email_asked(filter_.customer)
    return email is not None and email == email_key(order.email)


def _email_asked(customer: str) -> str | None:
    return email_key(customer) if "@" in customer else None
