"""What holds of the local tables beyond what ports say: what is undone, what a batch does, what older files have."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from ordermill.adapters.local.alerts import AlertRows, LocalAlertLog
from ordermill.adapters.local.sql import queries
from ordermill.domain.mail import MailRecord
from ordermill.domain.order import Status
from ordermill.domain.order_list import OrderFilter
from ordermill.ports.stores import Claim
from tests.contract.lists_kit import Shelf, order, to, walk
from tests.contract.stores_kit import INK, PEN, MakeOrder, Ports, alert_record, letter, open_ids, put_alerts


def test_a_taking_that_is_undone_leaves_the_key_free(ports: Ports, make_order: MakeOrder) -> None:
    with suppress(ZeroDivisionError), ports.write():
        ports.claims.take(Claim("k", "print", "o1", 5000, make_order("o1")))
        raise ZeroDivisionError
    ports.fresh()
    assert ports.claims.read("k") is None


def test_an_import_that_is_undone_changes_nothing(ports: Ports) -> None:
    with ports.write():
        ports.products.put([PEN])
    with suppress(ZeroDivisionError), ports.write():
        ports.products.put([replace(PEN, name="Biro", stock=0), INK])
        raise ZeroDivisionError
    assert ports.products.list() == [PEN]
    assert (ports.products.find(None, "pen"), ports.products.find(None, "biro")) == (PEN, None)
    ports.fresh()
    assert ports.products.list() == [PEN]


def test_a_mail_record_of_an_earlier_version_is_read(ports: Ports) -> None:
    body = (
        '{"mailId":"m1","orderId":"o1","event":"OrderProcessed","to":null,"subject":"Hello","status":"NO_ADDRESS",'
        '"attempts":0,"at":5}'
    )
    sql = f"INSERT INTO mails (mail_id, order_id, status, body) VALUES ('m1', 'o1', 'NO_ADDRESS', '{body}')"
    ports.rows(sql)
    known = MailRecord("m1", "o1", "OrderProcessed", None, "Hello", "NO_ADDRESS", 0, 5)
    assert (known.text, known.content, known.resends, known.error) == (None, None, 0, None)
    assert ports.mails.read("m1") == known
    assert ports.mails.list(1).mails == (known,)


@pytest.mark.parametrize("restarted", [False, True])
def test_a_batch_with_an_order_that_exists_leaves_nothing_of_itself(
    ports: Ports, make_order: MakeOrder, restarted: bool
) -> None:
    with ports.write():
        ports.orders.create(make_order("o2"))
    if restarted:
        ports.fresh()
    ports.store.begin()
    for name in ("o1", "o2", "o3"):
        ports.store.tables.orders.insert(name, make_order(name, quantity=7))
    with pytest.raises(sqlite3.IntegrityError):
        ports.store.commit()
    with ports.write():
        ports.orders.create(make_order("o4"))
    if restarted:
        ports.fresh()
    assert ports.rows("SELECT order_id FROM orders ORDER BY num") == [("o2",), ("o4",)]
    assert ports.orders.read("o2") == make_order("o2")
    assert ports.orders.read("o1") is None


def test_a_write_that_is_undone_leaves_no_trace(ports: Ports, make_order: MakeOrder) -> None:
    with suppress(ZeroDivisionError), ports.write():
        ports.orders.create(make_order("o1"), Claim("k", "f", "o1", 5000))
        raise ZeroDivisionError
    ports.fresh()
    assert (ports.orders.read("o1"), ports.claims.read("k")) == (None, None)
    assert ports.changes() == []


def test_what_a_function_did_to_letters_before_it_raised_is_undone(ports: Ports) -> None:
    with ports.write():
        ports.letters.append(letter("kept"))
    with suppress(ZeroDivisionError), ports.write():
        ports.letters.append(letter("new"))
        ports.letters.close("kept")
        raise ZeroDivisionError
    for _ in range(2):
        assert (open_ids(ports), ports.letters.known("new")) == (["kept"], False)
        assert ports.letters.read("kept") is not None
        ports.fresh()


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("newest_letters", "dead_letters_open (num<?)"),
        ("oldest_letters", "dead_letters_open (num>?)"),
        ("newest_letters_of_queue", "dead_letters_open_by_queue (queue=? AND num<?)"),
        ("oldest_letters_of_queue", "dead_letters_open_by_queue (queue=? AND num>?)"),
        ("newest_letters_of_order", "dead_letters_by_order (order_id=? AND rowid<?)"),
        ("count_letters_of_queue", "dead_letters_open_by_queue (queue=?)"),
        ("open_letters_of_order", "dead_letters_by_order (order_id=?)"),
    ],
)
def test_each_statement_of_letters_reads_its_index_and_sorts_nothing(ports: Ports, name: str, index: str) -> None:
    named = {"queue": "q", "order_id": "o", "at": 5, "limit": 3}
    parameters: Any = ("o",) if name.startswith("open_") else named
    (step,) = ports.store.connection.execute("EXPLAIN QUERY PLAN " + queries()[name], parameters).fetchall()
    assert step[3].replace("COVERING ", "") == f"SEARCH dead_letters USING INDEX {index}"


def test_an_email_is_written_when_it_is_edited_and_at_no_other_step(ports: Ports) -> None:
    first, statements = order(1, email="ada@example.org"), list[str]()
    shelf = Shelf(ports)
    shelf.add(first)
    ports.store.connection.set_trace_callback(statements.append)
    edited = replace(first, email="eve@example.org", version=2)
    shelf.change(edited)
    assert sum("SET customer_id" in statement for statement in statements) == 1
    statements.clear()
    shelf.change(to(Status.CONFIRMED, edited), expect=2)
    assert [statement for statement in statements if "SET email_key" in statement] == []


def test_an_edit_that_is_undone_changes_nothing(ports: Ports) -> None:
    first = order(1, email="ada@example.org")
    Shelf(ports).add(first)
    with suppress(ZeroDivisionError), ports.write():
        ports.orders.update(replace(first, email="eve@example.org", version=2), expect=1)
        raise ZeroDivisionError
    assert walk(ports.orders.list, OrderFilter(customer="ada@example.org"), 5) == ["o001"]
    assert walk(ports.orders.list, OrderFilter(customer="eve@example.org"), 5) == []


def test_an_order_that_is_created_and_edited_in_one_batch(ports: Ports) -> None:
    first = order(1, email="ada@example.org")
    with ports.write():
        ports.orders.create(first)
        ports.orders.update(replace(first, email="Eve@example.org", version=2), expect=1)
    assert walk(ports.orders.list, OrderFilter(customer="eve@example.org"), 5) == ["o001"]


def test_a_function_that_raises_has_put_no_alert(ports: Ports) -> None:
    store, alerts = ports.store, ports.alerts
    store.begin()
    mark = store.mark()
    alerts.put(alert_record(1))
    store.rollback_to(mark)
    alerts.put(alert_record(2))
    store.commit()
    assert (alerts.read(alert_record(1).alert_id), alerts.read(alert_record(2).alert_id)) == (None, alert_record(2))
    store.begin()
    alerts.put(alert_record(3))
    store.abort()
    assert alerts.read(alert_record(3).alert_id) is None


def test_after_an_abort_alerts_are_read_anew(ports: Ports) -> None:
    store, alerts = ports.store, ports.alerts
    first = alert_record(1)
    put_alerts(ports, first)
    other = msgspec.json.encode(replace(first, count=7))
    store.begin()
    store.abort()
    store.connection.execute("UPDATE alert_log SET body = ?", (other,))
    assert alerts.read(first.alert_id) == replace(first, count=7)


def test_the_oldest_alerts_make_room(ports: Ports) -> None:
    store = ports.store
    store.alerts = AlertRows(store.undo, kept=10)
    alerts = LocalAlertLog(store.connection, store.alerts)
    largest = 0
    for start in range(0, 1000, 50):
        with ports.write():
            for number in range(start, start + 50):
                alerts.put(alert_record(number))
        count = store.connection.execute("SELECT count(*) FROM alert_log").fetchone()[0]
        largest = max(largest, count)
    newest = alerts.list(10).alerts
    assert [each.at // 60_000 for each in newest] == [*range(999, 989, -1)]
    # What comes between two trims is bounded too.
    assert 10 <= count <= largest <= 10 + 256 + 50
