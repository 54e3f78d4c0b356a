"""Every list is read from its index alone: nothing is scanned, nothing is sorted, however many orders there are."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import product
from pathlib import Path

import pytest
from msgspec.structs import replace

from ordermill.adapters.local.archive import statement_of as archive_statement
from ordermill.adapters.local.database import open_writer
from ordermill.adapters.local.order_pages import bounds_of, parameters_of, person_of, statement_of
from ordermill.adapters.local.sql import queries
from ordermill.domain.archive import ArchiveFilter
from ordermill.domain.order import Status
from ordermill.domain.order_list import OrderFilter

SHAPES = {
    "all": (OrderFilter(), ["orders_by_creation"]),
    "status": (OrderFilter(status=Status.PENDING), ["orders_by_status"]),
    "customer": (OrderFilter(customer="c1"), ["orders_by_customer"]),
    "email": (OrderFilter(customer="a@b.c"), ["orders_by_customer", "orders_by_email"]),
}
PERIODS = list(product([None, 1], [None, 5]))
POSITIONS = [None, "3.7"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("plans")


@pytest.fixture(scope="module", params=["fresh", "analysed"])
def connection(request: pytest.FixtureRequest, folder: Path) -> Iterator[sqlite3.Connection]:
    """An empty file; and one with orders of which SQLite keeps statistics, as an operator may have it."""
    with closing(open_writer(folder / request.param)) as opened:
        if request.param == "analysed":
            rows = [(f"o{n}", 1, "PROCESSED", n, f"c{n % 3}", "a@b.c", b"{}") for n in range(500)]
            opened.executemany(
                "INSERT INTO orders (order_id, version, status, created_at, customer_id, email_key, body)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                rows,
            )
            opened.execute("ANALYZE")
        yield opened


@pytest.mark.parametrize("after", POSITIONS)
@pytest.mark.parametrize("period", PERIODS, ids=str)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_list_is_a_range_of_its_index(
    connection: sqlite3.Connection, shape: str, period: tuple[int | None, int | None], after: str | None
) -> None:
    filter_, indexes = SHAPES[shape]
    filter_ = replace(filter_, since=period[0], until=period[1])
    parameters = parameters_of(filter_, 50, after)
    plan = [row[3] for row in connection.execute("EXPLAIN QUERY PLAN " + statement_of(filter_), parameters)]
    steps = [step for step in plan if step not in ("MERGE (UNION ALL)", "LEFT", "RIGHT")]
    assert len(steps) == len(indexes)
    for step, index in zip(steps, indexes, strict=True):
        # Both ends of the range are the index's: what lies outside is not even looked at.
        search = rf"SEARCH orders USING INDEX {index} \(([a-z_]+=\? AND )?created_at>\? AND created_at<\?\)"
        assert re.fullmatch(search, step), plan


@pytest.mark.parametrize("after", POSITIONS)
@pytest.mark.parametrize("period", PERIODS, ids=str)
def test_the_oldest_of_a_status_are_a_range_of_its_index(
    connection: sqlite3.Connection, period: tuple[int | None, int | None], after: str | None
) -> None:
    filter_ = OrderFilter(status=Status.PENDING, since=period[0], until=period[1])
    parameters = parameters_of(filter_, 50, after, oldest=True)
    statement = "EXPLAIN QUERY PLAN " + statement_of(filter_, oldest=True)
    (plan,) = connection.execute(statement, parameters).fetchall()
    assert re.fullmatch(
        r"SEARCH orders USING INDEX orders_by_status \(status=\? AND created_at>\? AND created_at<\?\)", plan[3]
    )


@pytest.mark.parametrize(
    ("name", "plan"),
    [
        ("alerts", "SEARCH alert_log USING INTEGER PRIMARY KEY (rowid<?)"),
        ("alerts_of_order", "SEARCH alert_log USING INDEX alert_log_by_order (order_id=? AND rowid<?)"),
    ],
)
def test_alerts_are_a_range_too(connection: sqlite3.Connection, name: str, plan: str) -> None:
    parameters = {"at": 7, "order_id": "o1", "limit": 50}
    steps = connection.execute("EXPLAIN QUERY PLAN " + queries()[name], parameters).fetchall()
    assert [step[3] for step in steps] == [plan]


def test_fresh_messages_are_a_range_of_their_index(connection: sqlite3.Connection) -> None:
    plan = connection.execute("EXPLAIN QUERY PLAN " + queries()["fresh_messages"], ("q", 1, 50)).fetchall()
    assert [row[3] for row in plan] == ["SEARCH messages USING INDEX messages_fresh (queue=? AND id>?)"]


def test_what_an_order_is_found_by_is_written_by_its_id(connection: sqlite3.Connection) -> None:
    plan = connection.execute("EXPLAIN QUERY PLAN " + queries()["set_found_by"], ("c", "a", "o1")).fetchall()
    assert [row[3] for row in plan] == ["SEARCH orders USING INDEX sqlite_autoindex_orders_1 (order_id=?)"]


@pytest.mark.parametrize(
    ("name", "search"),
    [
        ("mails_by_creation", "SEARCH mails USING INTEGER PRIMARY KEY (rowid<?)"),
        ("mails_by_order", "SEARCH mails USING INDEX mails_by_order (order_id=? AND rowid<?)"),
    ],
)
def test_a_list_of_mails_is_a_range_too(connection: sqlite3.Connection, name: str, search: str) -> None:
    statements = {"mails_by_creation": queries()["mails_by_creation"], "mails_by_order": queries()["mails_by_order"]}
    parameters = {"order_id": "o1", "at": 9, "limit": 50}
    plan = connection.execute("EXPLAIN QUERY PLAN " + statements[name], parameters).fetchall()
    assert [row[3] for row in plan] == [search]


ARCHIVE = {
    "all": (ArchiveFilter(), ["archived_orders_by_deletion"]),
    "customer": (ArchiveFilter("c1"), ["archived_orders_by_customer"]),
    "email": (ArchiveFilter("a@b.c"), ["archived_orders_by_customer", "archived_orders_by_email"]),
}


@pytest.mark.parametrize("shape", ARCHIVE)
def test_a_list_of_the_archive_is_a_range_too(connection: sqlite3.Connection, shape: str) -> None:
    filter_, indexes = ARCHIVE[shape]
    parameters = {**person_of(filter_.customer), **bounds_of(1, 5, "3.7"), "limit": 50}
    rows = connection.execute("EXPLAIN QUERY PLAN " + archive_statement(filter_), parameters).fetchall()
    steps = [row[3] for row in rows if row[3] not in ("MERGE (UNION ALL)", "LEFT", "RIGHT")]
    assert len(steps) == len(indexes)
    for step, index in zip(steps, indexes, strict=True):
        search = rf"SEARCH archived_orders USING INDEX {index} \(([a-z_]+=\? AND )?deleted_at>\? AND deleted_at<\?\)"
        assert re.fullmatch(search, step), rows


def test_expired_stubs_are_found_without_looking_at_orders(connection: sqlite3.Connection) -> None:
    plan = connection.execute("EXPLAIN QUERY PLAN " + queries()["expire_stubs"], (1, 50)).fetchall()
    assert "SEARCH orders USING COVERING INDEX orders_expiring (expires_at<?)" in [row[3] for row in plan]
