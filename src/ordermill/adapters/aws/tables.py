"""The tables of a deployment: how items and indexes are read."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final, TypeVar

import msgspec

from ordermill.adapters.aws.deployment import Deployment
from ordermill.adapters.aws.errors import storage
from ordermill.adapters.aws.items import Item, is_key, text
from ordermill.adapters.aws.patience import Patience
from ordermill.domain.errors import StorageUnavailable

_THREADS: Final = 16
_AT_ONCE: Final = 100
"""Items that one call reads at most."""

T = TypeVar("T")


class Range(msgspec.Struct, frozen=True):
    """A stretch of one partition of an index: keys of `sort` from `low` to `high`, both included, or all of them.

    The partition is that where attribute `by` is `partition`.
    """

    table: str
    index: str
    by: str
    partition: str
    sort: str = ""
    low: str = ""
    high: str = ""
    descending: bool = False


class Tables:
    """Reads of tables by their names in the topology. No client and no thread is made before something is asked for."""

    def __init__(self, deployment: Deployment, patience: Patience | None = None) -> None:
        self._deployment, self.patience = deployment, patience or Patience()
        self._lock = threading.Lock()
        self._threads: ThreadPoolExecutor | None = None

    @property
    def client(self) -> Any:
        """The SDK's client."""
        return self._deployment.client("dynamodb")

    def name(self, table: str) -> str:
        """What a table of the topology is called there."""
        return self._deployment.name(table)

    def read(self, table: str, key: str, id_: str, only: str | None = None) -> Item | None:
        """The item whose `key` is that id, as of the last write; `only` one attribute of it. None if there is none."""
        if not is_key(id_):
            return None
        request: dict[str, Any] = {"TableName": self.name(table), "Key": {key: text(id_)}, "ConsistentRead": True}
        if only is not None:
            request |= {"ProjectionExpression": "#only", "ExpressionAttributeNames": {"#only": only}}
        with storage():
            item: Item | None = self.client.get_item(**request).get("Item")
        return item

    def read_all(self, table: str, key: str, ids: Iterable[str]) -> dict[str, Item]:
        """Those of the items that are there, by id, as of the last write."""
        wanted, found = [id_ for id_ in dict.fromkeys(ids) if is_key(id_)], dict[str, Item]()
        for start in range(0, len(wanted), _AT_ONCE):
            keys = [{key: text(id_)} for id_ in wanted[start : start + _AT_ONCE]]
            found |= {item[key]["S"]: item for item in self._read_some(self.name(table), keys)}
        return found

    def _read_some(self, table: str, keys: list[Item]) -> Iterator[Item]:
        """Items beyond 16 MiB, and those that are throttled, are left out of an answer, which says so."""
        waiting: Any = {table: {"Keys": keys, "ConsistentRead": True}}
        for _ in self.patience.tries():
            came = True
            # While anything comes, asking for the rest at once ends; when nothing does, it has to wait.
            while waiting and came:
                with storage():
                    answer = self.client.batch_get_item(RequestItems=waiting)
                came = answer["Responses"].get(table, [])
                yield from came
                waiting = answer.get("UnprocessedKeys")
            if not waiting:
                return
        raise StorageUnavailable(f"{table} is throttled: it gave no more items")

    def query(self, range_: Range, limit: int | None = None, start: Item | None = None, *, count: bool = False) -> Any:
        """One answer of the index: up to `limit` items from after `start`, with `LastEvaluatedKey` where there may be
        more; with `count` how many there are instead.

        An index lags behind its table, mostly by milliseconds.
        """
        names, values = {"#by": range_.by}, {":by": text(range_.partition)}
        condition = "#by = :by"
        if range_.sort:
            condition += " AND #sort BETWEEN :low AND :high"
            names["#sort"] = range_.sort
            values |= {":low": text(range_.low), ":high": text(range_.high)}
        request: dict[str, Any] = {
            "TableName": self.name(range_.table),
            "IndexName": range_.index,
            "KeyConditionExpression": condition,
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
            "ScanIndexForward": not range_.descending,
        }
        if limit is not None:
            request["Limit"] = limit
        if start is not None:
            request["ExclusiveStartKey"] = start
        if count:
            request["Select"] = "COUNT"
        with storage():
            return self.client.query(**request)

    def of_key(self, table: str, key: str, id_: str, start: Item | None) -> Any:
        """One answer with the items of a table whose partition key is that id, in order, as of the last write."""
        request: dict[str, Any] = {
            "TableName": self.name(table),
            "KeyConditionExpression": "#key = :key",
            "ExpressionAttributeNames": {"#key": key},
            "ExpressionAttributeValues": {":key": text(id_)},
            "ConsistentRead": True,
        }
        if start is not None:
            request["ExclusiveStartKey"] = start
        with storage():
            return self.client.query(**request)

    def entries(self, range_: Range) -> list[Item]:
        """Everything in the range, as the index has it."""
        return [item for answer in self._answers(range_) for item in answer["Items"]]

    def count(self, ranges: Sequence[Range]) -> int:
        """How many items are in the ranges together."""
        return sum(self.each(lambda range_: sum(a["Count"] for a in self._answers(range_, count=True)), ranges))

    def _answers(self, range_: Range, *, count: bool = False) -> Iterator[Any]:
        start = None
        while True:
            answer = self.query(range_, start=start, count=count)
            yield answer
            start = answer.get("LastEvaluatedKey")
            if start is None:
                return

    def each(self, call: Callable[[Any], T], things: Iterable[Any]) -> list[T]:
        """What `call` gives for each thing, some of them at the same time. Raises what one of them raised."""
        return list(self._pool().map(call, things))

    def submit(self, call: Callable[..., T], *arguments: Any) -> Future[T]:
        """A call in another thread."""
        return self._pool().submit(call, *arguments)

    def _pool(self) -> ThreadPoolExecutor:
        with self._lock:
            if self._threads is None:
                self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="tables")
            return self._threads
