"""The read verbs outside the engine, each thread with its own connection that cannot write."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import ParamSpec, TypeVar

from ordermill.adapters.local.database import open_reader, translated
from ordermill.adapters.local.order_pages import read_page
from ordermill.adapters.local.sql import queries
from ordermill.adapters.local.tables import decode_event, decode_order, product_of
from ordermill.domain.catalogue import Product
from ordermill.domain.errors import StorageUnavailable
from ordermill.domain.events import OrderEvent
from ordermill.domain.order import Order, Status
from ordermill.domain.order_list import OrderFilter, OrderPage
from ordermill.ports.journal import StorageBroken, StorageFull

P = ParamSpec("P")
T = TypeVar("T")


class Readers:
    """The connections of the reading threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._opened: list[sqlite3.Connection] = []

    def connection(self) -> sqlite3.Connection:
        """This thread's connection."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = open_reader(self._path)
            self._opened.append(connection)
        return connection

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """This thread's connection; all that is read within is of one moment."""
        connection = self.connection()
        connection.execute("BEGIN")
        try:
            yield connection
        finally:
            connection.execute("ROLLBACK")

    def close(self) -> None:
        """Close them all, once no thread reads any more."""
        while self._opened:
            self._opened.pop().close()


class ReadingThreads(ThreadPoolExecutor):
    """Threads to read in. Storage that fails there is told as what it is: StorageUnavailable."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """See `Executor.submit`."""
        return super().submit(_told, fn, *args, **kwargs)


def _told(read: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    try:
        return read(*args, **kwargs)
    except sqlite3.Error as error:
        # A defect of ours stays one.
        if isinstance(translated(error), StorageFull | StorageBroken):
            raise StorageUnavailable from error
        raise


class ReadOrders:
    """Port `orders`, its verbs `read` and `list`."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers

    def read(self, order_id: str) -> Order | None:
        """See `OrderStore.read`."""
        row = self._readers.connection().execute(queries()["order_by_id"], (order_id,)).fetchone()
        return None if row is None else decode_order(row[0])

    def list(self, filter_: OrderFilter, limit: int, after: str | None = None) -> OrderPage:
        """See `OrderStore.list`."""
        return read_page(self._readers.connection(), filter_, limit, after)

    def count(self) -> dict[Status, int]:
        """How many have each status."""
        counts = dict(self._readers.connection().execute(queries()["count_orders"]))
        return {status: counts.get(status.value, 0) for status in Status}


class ReadProducts:
    """Port `products`, its verb `list`."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers

    def list(self) -> Sequence[Product]:
        """See `ProductStore.list`."""
        return [product_of(row) for row in self._readers.connection().execute(queries()["all_products"])]


class ReadEvents:
    """The permanent log of order events; places in it (`num`) are positive and grow."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers

    def last(self) -> int:
        """The place of the newest event; 0 while there is none."""
        num: int = self._readers.connection().execute(queries()["last_event"]).fetchone()[0]
        return num

    def after(self, num: int, up_to: int, limit: int) -> list[tuple[int, OrderEvent]]:
        """Events with their places, beyond `num` and up to `up_to`, in order."""
        rows = self._readers.connection().execute(queries()["events_after"], (num, up_to, limit))
        return [(place, decode_event(body)) for place, body in rows]

    def of_order(self, order_id: str, num: int, up_to: int) -> list[tuple[int, OrderEvent]]:
        """The same of one order alone."""
        rows = self._readers.connection().execute(queries()["events_of_order"], (order_id, num, up_to))
        return [(place, decode_event(body)) for place, body in rows]
