"""A file of an older schema becomes what a new one is, with everything that was in it, or stays as it was."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from ordermill.adapters.clock import SystemClock
from ordermill.adapters.local.database import MIGRATIONS, SCHEMA_VERSION, UnusableDatabase, open_writer
from ordermill.adapters.local.store import LocalStore
from ordermill.adapters.local.stores import LocalOrders
from ordermill.domain.order import Order
from ordermill.domain.order_list import OrderFilter, email_key

MakeOrder = Callable[..., Order]
SCHEMAS = Path(__file__).parent / "schemas"
"""The schema of each former version, as its new files began."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ordermill.db"


@pytest.fixture
def orders(make_order: MakeOrder) -> list[Order]:
    """As they may be in a file: with and without a customer and an e-mail, one deleted between them."""
    return [
        make_order("o1", email="Ada@Example.org"),
        replace(make_order("o2", email=None), customer_id=None, created_at=5, note='"\\ \u2028 {}'),
        replace(make_order("o3", email="JÖRG@Müller.example"), customer_id="ℵ'"),
    ]


def old_file(path: Path, version: int, orders: list[Order]) -> None:
    """A file of that version with these orders; the second row number is skipped."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript((SCHEMAS / f"{version}.sql").read_text(encoding="utf-8"))
        connection.execute(f"PRAGMA user_version = {version}")
        for num, order in zip((1, 3, 4), orders, strict=True):
            row: dict[str, object] = {"num": num, "order_id": order.order_id, "version": order.version}
            row |= {"status": order.status.value, "body": msgspec.json.encode(order)}
            if version > 1:
                row |= {"created_at": order.created_at, "customer_id": order.customer_id}
                row["email_key"] = email_key(order.email)
            columns, values = ", ".join(row), ", ".join("?" * len(row))
            connection.execute(f"INSERT INTO orders ({columns}) VALUES ({values})", tuple(row.values()))
        connection.execute("INSERT INTO meta (key, value) VALUES ('order-token-key', x'01')")
        connection.execute("INSERT INTO stream_positions (consumer, checkpoint, claimed_to) VALUES ('reader', 3, 7)")


def rows(path: Path, sql: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


def structure(path: Path) -> list[Any]:
    """Everything in the file that is no row, and the version. How it is set out is no part of it."""
    found = rows(path, "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name")
    found = [(*row[:3], row[3] and re.sub(r"\s*([(),])\s*", r"\1", " ".join(row[3].split()))) for row in found]
    return [*found, *rows(path, "PRAGMA user_version"), *rows(path, "PRAGMA journal_mode")]


@pytest.mark.parametrize("version", range(1, SCHEMA_VERSION))
def test_a_migrated_file_is_like_a_new_one(path: Path, tmp_path: Path, version: int, orders: list[Order]) -> None:
    old_file(path, version, orders)
    open_writer(path).close()
    open_writer(tmp_path / "new.db").close()
    assert structure(path) == structure(tmp_path / "new.db")
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]


@pytest.mark.parametrize("version", range(1, SCHEMA_VERSION))
def test_everything_is_still_there_and_is_found(path: Path, version: int, orders: list[Order]) -> None:
    old_file(path, version, orders)
    store = LocalStore(path)
    try:
        port = LocalOrders(store, SystemClock())
        assert [port.read(order.order_id) for order in orders] == orders
        assert port.list(OrderFilter(), 9).orders == (orders[2], orders[0], orders[1])
        assert port.list(OrderFilter(customer="jörg@müller.EXAMPLE"), 9).orders == (orders[2],)
        assert port.list(OrderFilter(customer="c1"), 9).orders == (orders[0],)
    finally:
        store.close()
    assert rows(path, "SELECT num, created_at, customer_id, email_key FROM orders ORDER BY num") == [
        (1, orders[0].created_at, "c1", "ada@example.org"),
        (3, 5, None, None),
        (4, orders[2].created_at, "ℵ'", "jörg@müller.example"),
    ]
    assert rows(path, "SELECT * FROM meta") == [("order-token-key", b"\x01")]
    assert rows(path, "SELECT * FROM stream_positions") == [("reader", 3, 7, None)]


def test_what_a_migration_writes_is_what_the_store_writes(path: Path, tmp_path: Path, orders: list[Order]) -> None:
    old_file(path, 1, orders)
    open_writer(path).close()
    store = LocalStore(tmp_path / "new.db")
    store.begin()
    for order in orders:
        LocalOrders(store, SystemClock()).create(order)
    store.commit()
    store.close()
    columns = "SELECT order_id, version, status, created_at, customer_id, email_key, body FROM orders ORDER BY num"
    assert rows(path, columns) == rows(tmp_path / "new.db", columns)


def test_a_migration_that_fails_leaves_the_file_as_it_was(path: Path, orders: list[Order]) -> None:
    old_file(path, 1, orders)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("UPDATE orders SET body = ? WHERE num = 4", (b'{"createdAt": null}',))
    before = structure(path), rows(path, "SELECT * FROM orders")
    with pytest.raises(UnusableDatabase, match="created_at"):
        open_writer(path)
    assert (structure(path), rows(path, "SELECT * FROM orders")) == before


def test_a_migrated_file_is_not_migrated_again(path: Path, orders: list[Order]) -> None:
    old_file(path, 1, orders)
    open_writer(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("UPDATE orders SET body = ?", (json.dumps({}).encode(),))
    open_writer(path).close()
    assert rows(path, "SELECT count(*) FROM orders") == [(3,)]


def test_there_is_a_migration_to_every_version_and_a_schema_of_every_former_one() -> None:
    assert sorted(MIGRATIONS) == list(range(2, SCHEMA_VERSION + 1))
    assert {path.stem for path in SCHEMAS.glob("*.sql")} == {str(number) for number in range(1, SCHEMA_VERSION)}
    for number, name in MIGRATIONS.items():
        assert re.fullmatch(rf"migrations/{number:04d}_\w+\.sql", name)
