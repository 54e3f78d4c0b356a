"""The read verbs outside the engine, each thread with its own connection that cannot write."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path

from ordermill.adapters.local.database import open_reader
from ordermill.adapters.local.order_pages import read_page
from ordermill.adapters.local.sql import queries
from ordermill.adapters.local.tables import decode_order, product_of
from ordermill.domain.catalogue import Product
from ordermill.domain.order import Order
from ordermill.domain.order_list import OrderFilter, OrderPage


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

    def close(self) -> None:
        """Close them all, once no thread reads any more."""
        while self._opened:
            self._opened.pop().close()


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


class ReadProducts:
    """Port `products`, its verb `list`."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers

    def list(self) -> Sequence[Product]:
        """See `ProductStore.list`."""
        return [product_of(row) for row in self._readers.connection().execute(queries()["all_products"])]
