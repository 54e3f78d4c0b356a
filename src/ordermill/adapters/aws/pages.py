"""Lists page by page: the shards of a list merged by their sort keys, of which each is a place in the list."""

from __future__ import annotations

import heapq
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from itertools import islice
from typing import Any, Final, Generic, TypeVar

import msgspec

from ordermill.adapters.aws.items import Item, moment, shard_keys
from ordermill.adapters.aws.tables import Range, Tables
from ordermill.domain.errors import InvalidCursor

SORT: Final = "creationKey"
"""The sort key of every list."""

_BEFORE_ALL: Final = "0"
_AFTER_ALL: Final = ":"
_BATCH: Final = 50
"""Items that are read together: as many as a page usually has."""
_SPARE: Final = 8
"""Keys that each shard is asked for beyond its share. They are read in the same unit, and save asking again."""
_PAGE_BYTES: Final = 4_000_000
"""What the items of a page have together, unless there is only one: an answer of the API has 6 MB at most."""
_POSITION: Final = re.compile("[0-9]{13}#[^\x00-\x1f]{1,1000}")

T = TypeVar("T")


class Listing(msgspec.Struct, frozen=True):
    """A list: the table with its key, and the partitions (index, attribute, partition key) that it is spread over.

    It has what was made from `since` on and before `until` (epoch ms), the newest first, or the `oldest`.
    """

    table: str
    key: str
    partitions: Sequence[tuple[str, str, str]]
    since: int | None = None
    until: int | None = None
    oldest: bool = False

    def ranges(self, after: str | None) -> list[Range]:
        """What of each partition is beyond the position `after`, and that place itself."""
        low = _BEFORE_ALL if self.since is None else _bound(self.since)
        high = _AFTER_ALL if self.until is None else _bound(self.until)
        if after is not None:
            low, high = (max(low, after), high) if self.oldest else (low, min(high, after))
        if low > high:
            return []
        return [
            Range(self.table, index, by, partition, SORT, low, high, descending=not self.oldest)
            for index, by, partition in self.partitions
        ]


class Page(msgspec.Struct, Generic[T], frozen=True):
    """Values in the list's order, and where the next page begins; None on the last."""

    values: tuple[T, ...]
    after: str | None


def partitions(index: str, by: str, listed: str, shards: int) -> list[tuple[str, str, str]]:
    """The shards of one list."""
    return [(index, by, key) for key in shard_keys(listed, shards)]


def read_page(
    tables: Tables, listing: Listing, limit: int, after: str | None, value_of: Callable[[Item], T | None]
) -> Page[T]:
    """At most `limit` values, from the position `after` on.

    `value_of` gives None for an item that is none of the list's any more: an index lags behind its table, so each item
    is read as of the last write. Raises InvalidCursor where `after` is no position.
    """
    if after is not None and not _POSITION.fullmatch(after):
        raise InvalidCursor("this cursor was made by another version; start again without one")
    places = _places(tables, listing, limit, after)
    found, size = list[tuple[str, T]](), 0
    # One more than asked for tells whether there is a next page.
    while len(found) <= limit and (batch := list(islice(places, min(_BATCH, limit + 1 - len(found))))):
        items = tables.read_all(listing.table, listing.key, (id_ for _, id_ in batch))
        for place, id_ in batch:
            item = items.get(id_)
            value = None if item is None else value_of(item)
            if item is None or value is None:
                continue
            size += len(item["body"]["S"].encode())
            if size > _PAGE_BYTES and found:
                return _page(found)
            found.append((place, value))
    return _page(found[:limit]) if len(found) > limit else Page(tuple(value for _, value in found), None)


def _page(found: Sequence[tuple[str, T]]) -> Page[T]:
    return Page(tuple(value for _, value in found), found[-1][0])


def _bound(at: int) -> str:
    """What sorts before everything made at that time, and after everything before it."""
    return _AFTER_ALL if at >= 10**13 else moment(at)


def _places(tables: Tables, listing: Listing, limit: int, after: str | None) -> Iterator[tuple[str, str]]:
    """Each place of the list beyond `after`, once and in its order, with the id of what is there."""
    ranges = listing.ranges(after)
    share = limit // max(1, len(ranges)) + _SPARE
    # All shards are asked at once, and each goes on by itself only if it turns out to have more than its share.
    first = [tables.submit(tables.query, range_, share) for range_ in ranges]
    shards = [_shard(tables, *each, listing.key, share) for each in zip(ranges, first, strict=True)]
    last = after
    for place, id_ in heapq.merge(*shards, reverse=not listing.oldest):
        # One order may be found by its customer and by its e-mail.
        if place != last:
            last = place
            yield place, id_


def _shard(tables: Tables, range_: Range, first: Future[Any], key: str, share: int) -> Iterator[tuple[str, str]]:
    answer = first.result()
    while True:
        yield from _entries(answer["Items"], key)
        following = answer.get("LastEvaluatedKey")
        if following is None:
            return
        answer = tables.query(range_, share, following)


def _entries(items: Iterable[Item], key: str) -> Iterator[tuple[str, str]]:
    return ((item[SORT]["S"], item[key]["S"]) for item in items)
