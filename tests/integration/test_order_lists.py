"""Lists of orders while the system works: what a walk meets, what an export holds up, and how one breaks off."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from functools import partial
from itertools import count
from typing import Any

import pytest
import uvicorn

from ordermill.bootstrap.local import LocalSystem
from ordermill.domain.commands import GetOrders
from ordermill.domain.errors import InvalidCursor
from ordermill.domain.order import Order, Status
from ordermill.domain.order_list import PAGE_MAX, OrderFilter, OrderPage
from ordermill.entrypoints.admission import Admission
from ordermill.entrypoints.hosts import Hosts
from ordermill.entrypoints.http import App
from ordermill.entrypoints.order_csv import csv_header
from ordermill.entrypoints.order_lists import OrderLists
from ordermill.entrypoints.rate_limits import OFF, RateLimits
from ordermill.entrypoints.serve import uvicorn_config
from ordermill.entrypoints.web import Request
from tests.integration.system_kit import Mill, StartMill, widgets

MakeOrder = Callable[..., Order]
URL = "http://localhost"
EVERYTHING = OrderFilter()


def page_of(mill: Mill, filter_: OrderFilter, limit: int, after: str | None) -> OrderPage:
    page: OrderPage = mill.system.readers["get_orders"](GetOrders(filter_, limit, after))
    return page


def fill(mill: Mill, make_order: MakeOrder, orders: int) -> None:
    """So many orders in the file that nothing is to be done about."""
    store = mill.system.store
    store.begin()
    for number in range(orders):
        order = make_order(f"o{number}")
        store.tables.orders.insert(order.order_id, order)
    store.commit()


def test_a_walk_meets_every_order_of_its_beginning_once_while_orders_arrive_and_are_processed(mill: Mill) -> None:
    before = {mill.place(widgets(customerId="c1")).order.order_id for _ in range(60)}
    for filter_ in (EVERYTHING, OrderFilter(customer="c1"), OrderFilter(customer="ada@example.org")):
        arriving, found, after = [], [], None
        for round_ in count():
            assert round_ < 200, "the walk does not come to its end"
            arriving += [mill.submit(widgets(customerId="c1")) for _ in range(5)]
            page = page_of(mill, filter_, 7, after)
            found += [order.order_id for order in page.orders]
            arriving.pop(0).result(10)
            if (after := page.next) is None:
                break
        before_all = [order_id for order_id in found if order_id in before]
        assert len(found) == len(set(found))
        assert set(before_all) == before
        before |= {future.result(10).order.order_id for future in arriving} | set(found)


def test_a_status_is_listed_by_what_is_committed(mill: Mill) -> None:
    ids = [mill.place(widgets()).order.order_id for _ in range(20)]
    for order_id in ids:
        mill.finished(order_id)
    processed = page_of(mill, OrderFilter(status=Status.PROCESSED), 50, None)
    assert {order.order_id for order in processed.orders} == set(ids)
    assert processed.orders == tuple(mill.order(order.order_id) for order in processed.orders)
    assert page_of(mill, OrderFilter(status=Status.PENDING), 50, None) == OrderPage((), None)


def test_cursors_outlive_the_process_and_are_good_for_its_file_alone(start_mill: StartMill, tmp_path: Any) -> None:
    first = start_mill()
    cursor = first.system.cursors.sign(b"orders", "1.2")
    first.close()
    assert start_mill().system.cursors.open(b"orders", cursor) == "1.2"
    with pytest.raises(InvalidCursor):
        start_mill(tmp_path / "other.db").system.cursors.open(b"orders", cursor)


def test_an_export_that_waits_for_its_client_holds_up_no_checkpoint(
    start_mill: StartMill, make_order: MakeOrder
) -> None:
    mill = start_mill(start=False)
    fill(mill, make_order, 3 * PAGE_MAX)

    async def export() -> None:
        read = mill.system.readers["get_orders"]
        offload = partial(asyncio.get_running_loop().run_in_executor, mill.system.reading)
        binding = OrderLists(mill.system.cursors, read, offload).binding()
        request = Request("GET", "GET /orders.csv", {}, {}, {}, b"", "staff")
        chunks = binding.encode(request, read(binding.decode(request))).chunks
        assert chunks is not None
        await anext(chunks)
        await anext(chunks)
        fill_more = make_order("late")
        mill.system.store.begin()
        mill.system.store.tables.orders.insert("late", fill_more)
        mill.system.store.commit()
        with closing(sqlite3.connect(mill.data, timeout=0)) as outside:
            busy, frames, _ = outside.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            assert (busy, frames) == (0, 0)
        await chunks.aclose()

    asyncio.run(export())


@asynccontextmanager
async def served(system: LocalSystem) -> AsyncIterator[tuple[int, uvicorn.Server]]:
    """A server in this loop, and its port. Its buffers are small, so that it soon waits for its client."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    server = uvicorn.Server(uvicorn_config(App(system, "staff", URL, Admission(Hosts((), URL), RateLimits(OFF)))))
    serving = asyncio.create_task(server.serve([listener]))
    yield listener.getsockname()[1], server
    server.should_exit = True
    await serving


async def ask(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """GET /orders.csv as staff, on a connection of its own."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.setblocking(False)
    await asyncio.get_running_loop().sock_connect(connection, ("127.0.0.1", port))
    reader, writer = await asyncio.open_connection(sock=connection, limit=4096)
    writer.write(b"GET /orders.csv HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer staff\r\n\r\n")
    return reader, writer


class Endless:
    """A list without end, of the same page again and again; from the page number `fails_at` on it fails."""

    def __init__(self, order: Order, fails_at: int = 0) -> None:
        self.pages, self._order, self._fails_at = 0, order, fails_at

    def __call__(self, message: GetOrders) -> OrderPage:
        self.pages += 1
        if self.pages == self._fails_at:
            raise sqlite3.OperationalError("disk I/O error")
        return OrderPage((self._order,) * message.limit, str(self.pages))


def with_list(mill: Mill, read: Endless) -> LocalSystem:
    return replace(mill.system, readers={**mill.system.readers, "get_orders": read})


async def stands_still(number: Callable[[], int]) -> int:
    """The number once it did not change for a while; fails after 10 s."""
    seen = number()
    for round_ in count():
        assert round_ < 50, f"{seen} and still going on"
        await asyncio.sleep(0.2)
        if number() == seen:
            return seen
        seen = number()
    raise AssertionError


def test_an_export_whose_storage_fails_is_cut_off(start_mill: StartMill, make_order: MakeOrder) -> None:
    mill = start_mill(start=False)
    system = with_list(mill, Endless(make_order(), fails_at=4))

    async def export() -> bytes:
        async with served(system) as (port, _):
            reader, writer = await ask(port)
            received = await asyncio.wait_for(reader.read(), 10)
            writer.close()
            return received

    received = asyncio.run(export())
    assert received.startswith(b"HTTP/1.1 200")
    assert b"transfer-encoding: chunked" in received.lower()
    assert csv_header().strip() in received
    assert received.count(b"\r\no") + received.count(b"\r\nord_") >= PAGE_MAX
    assert not received.endswith(b"0\r\n\r\n")


def test_an_export_goes_no_faster_than_its_client_and_ends_with_it(
    start_mill: StartMill, make_order: MakeOrder
) -> None:
    mill = start_mill(start=False)
    endless = Endless(make_order())
    system = with_list(mill, endless)

    async def export() -> None:
        async with served(system) as (port, server):
            reader, writer = await ask(port)
            await reader.readuntil(b"\r\n\r\n")
            waiting = await stands_still(lambda: endless.pages)
            assert len(server.server_state.tasks) == 1
            writer.transport.abort()
            assert await stands_still(lambda: len(server.server_state.tasks)) == 0
            assert endless.pages <= waiting + 1

    asyncio.run(export())
