"""Lists of orders over HTTP, without a server: pages and their cursors, and the export piece by piece."""

from __future__ import annotations

import asyncio
import csv
import json
from collections.abc import Callable, MutableMapping
from io import StringIO
from typing import Any
from urllib.parse import parse_qsl

import pytest

from ordermill.adapters.cursors import HmacCursors
from ordermill.domain.commands import GetOrders
from ordermill.domain.errors import InvalidCursor
from ordermill.domain.order import Order, Status
from ordermill.domain.order_list import PAGE_MAX, OrderFilter, OrderPage
from ordermill.entrypoints.bindings import InvalidQuery
from ordermill.entrypoints.order_csv import COLUMNS
from ordermill.entrypoints.order_lists import OrderLists
from ordermill.entrypoints.sending import send_stream
from ordermill.entrypoints.web import Request, Response

MakeOrder = Callable[..., Order]
Message = MutableMapping[str, Any]
PENDING = OrderFilter(status=Status.PENDING)


class Shelf:
    """Orders, newest first, and what was asked for; fails at the page number `fails_at`."""

    def __init__(self, orders: list[Order], fails_at: int = 0) -> None:
        self.orders, self.asked = orders, list[GetOrders]()
        self._fails_at = fails_at

    def read(self, message: GetOrders) -> OrderPage:
        self.asked.append(message)
        if len(self.asked) == self._fails_at:
            raise OSError("the disk is gone")
        begin = int(message.after or 0)
        end = begin + message.limit
        return OrderPage(tuple(self.orders[begin:end]), str(end) if end < len(self.orders) else None)


class Http:
    """The binding of the lists over a shelf."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self.binding = OrderLists(HmacCursors(b"a key of the test"), shelf.read, self._offload).binding()

    async def _offload(self, callable_: Callable[[], Any]) -> Any:
        return callable_()

    def get(self, path: str, method: str = "GET", **query: str) -> Response:
        request = Request(method, f"GET {path}", {}, query, {}, b"", "staff")
        return self.binding.encode(request, self.shelf.read(self.binding.decode(request)))

    def page(self, **query: str) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(self.get("/orders", **query).body)
        return body


@pytest.fixture
def orders(make_order: MakeOrder) -> list[Order]:
    return [make_order(f"ord_{number}") for number in range(5)]


@pytest.fixture
def http(orders: list[Order]) -> Http:
    return Http(Shelf(orders))


def ids(page: dict[str, Any]) -> list[str]:
    return [order["orderId"] for order in page["orders"]]


async def read_all(response: Response) -> list[bytes]:
    assert response.chunks is not None
    return [chunk async for chunk in response.chunks]


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(data.decode(), newline="")))


class TestPages:
    def test_what_is_asked_reaches_the_function(self, http: Http) -> None:
        http.page(status="PENDING", limit="2")
        http.page(customer="c1", to="2026-11-01")
        assert http.shelf.asked == [
            GetOrders(PENDING, 2),
            GetOrders(OrderFilter(customer="c1", until=1_793_491_200_000), 50),
        ]

    def test_an_order_has_every_member_but_its_history(self, http: Http) -> None:
        answer = http.get("/orders")
        body = json.loads(answer.body)
        assert body.keys() == {"orders", "nextCursor"}
        assert body["nextCursor"] is None
        assert list(body["orders"][0]) == [
            *("orderId", "customerName", "customerId", "email", "description", "note", "items", "currency", "total"),
            *("status", "reason", "reasonDetail", "payment", "attempt", "compensation", "shipment", "image"),
            *("timestamp", "updatedAt", "version"),
        ]
        assert ("cache-control", "no-store") in answer.headers
        assert "link" not in dict(answer.headers)

    def test_cursors_and_links_lead_from_page_to_page(self, http: Http) -> None:
        query, found = {"limit": "2", "status": "PENDING", "from": "2025-01-01"}, []
        while True:
            answer = http.get("/orders", **query)
            page = json.loads(answer.body)
            found.append(ids(page))
            if page["nextCursor"] is None:
                break
            target, relation = dict(answer.headers)["link"].split("; ")
            assert relation == 'rel="next"'
            path, _, following = target.strip("<>").partition("?")
            assert path == "/orders"
            query = dict(parse_qsl(following, strict_parsing=True))
            assert query == {"limit": "2", "status": "PENDING", "from": "2025-01-01", "cursor": page["nextCursor"]}
        assert found == [["ord_0", "ord_1"], ["ord_2", "ord_3"], ["ord_4"]]

    def test_the_limit_may_change_between_pages(self, http: Http) -> None:
        cursor = http.page(limit="1")["nextCursor"]
        assert ids(http.page(limit="3", cursor=cursor)) == ["ord_1", "ord_2", "ord_3"]
        assert ids(http.page(cursor=cursor)) == ["ord_1", "ord_2", "ord_3", "ord_4"]

    def test_the_same_moment_written_otherwise_is_the_same_filter(self, http: Http) -> None:
        cursor = http.page(limit="1", **{"from": "2025-01-01"})["nextCursor"]
        assert ids(http.page(limit="1", cursor=cursor, **{"from": "2025-01-01T01:00:00+01:00"})) == ["ord_1"]

    @pytest.mark.parametrize(
        "other",
        [
            {},
            {"status": "PAID", "from": "2025-01-01"},
            {"status": "PENDING"},
            {"status": "PENDING", "from": "2025-01-02"},
            {"status": "PENDING", "from": "2025-01-01", "to": "2027-01-01"},
            {"status": "PENDING", "to": "2025-01-01"},
            {"customer": "PENDING", "from": "2025-01-01"},
        ],
    )
    def test_a_cursor_belongs_to_its_filters(self, http: Http, other: dict[str, str]) -> None:
        cursor = http.page(limit="1", status="PENDING", **{"from": "2025-01-01"})["nextCursor"]
        with pytest.raises(InvalidCursor):
            http.page(limit="1", cursor=cursor, **other)

    @pytest.mark.parametrize("cursor", ["", "1", "x" * 5000, "é"])
    def test_a_foreign_cursor_is_invalid(self, http: Http, cursor: str) -> None:
        with pytest.raises(InvalidCursor):
            http.page(cursor=cursor)


class TestExport:
    def test_it_has_everything_that_the_list_has(self, make_order: MakeOrder) -> None:
        http = Http(Shelf([make_order(f"ord_{number}") for number in range(2 * PAGE_MAX + 1)]))
        answer = http.get("/orders.csv", status="PENDING")
        body = b"".join(asyncio.run(read_all(answer)))
        assert [row["orderId"] for row in rows(body)] == [order.order_id for order in http.shelf.orders]
        assert body.startswith((",".join(COLUMNS) + "\r\n").encode())
        assert [message.filter for message in http.shelf.asked] == [PENDING] * 3
        assert answer.content_type == "text/csv; charset=utf-8; header=present"
        assert dict(answer.headers) == {
            "content-disposition": 'attachment; filename="orders.csv"',
            "cache-control": "no-store",
        }

    def test_without_orders_it_has_its_columns_alone(self) -> None:
        body = b"".join(asyncio.run(read_all(Http(Shelf([])).get("/orders.csv"))))
        assert body.decode() == ",".join(COLUMNS) + "\r\n"

    @pytest.mark.parametrize("unfit", [{"limit": "5"}, {"cursor": "x"}])
    def test_there_are_no_pages_to_ask_for(self, http: Http, unfit: dict[str, str]) -> None:
        with pytest.raises(InvalidQuery, match=f"takes no {next(iter(unfit))}"):
            http.get("/orders.csv", **unfit)

    def test_a_page_is_read_when_the_one_before_was_taken(self, make_order: MakeOrder) -> None:
        http = Http(Shelf([make_order(f"ord_{number}") for number in range(5 * PAGE_MAX)]))

        async def take_three() -> list[int]:
            chunks = http.get("/orders.csv").chunks
            assert chunks is not None
            reads = []
            for _ in range(3):
                await anext(chunks)
                reads.append(len(http.shelf.asked))
            await chunks.aclose()
            return reads

        assert asyncio.run(take_three()) == [1, 1, 2]
        assert len(http.shelf.asked) == 2

    def test_head_reads_next_to_nothing(self, make_order: MakeOrder) -> None:
        http = Http(Shelf([make_order(f"ord_{number}") for number in range(5 * PAGE_MAX)]))
        answer = http.get("/orders.csv", "HEAD")
        assert asyncio.run(read_all(answer)) == []
        assert [message.limit for message in http.shelf.asked] == [1]
        assert answer.content_type == "text/csv; charset=utf-8; header=present"


class Client:
    """Keeps what it is sent; goes away after so many messages, if any."""

    def __init__(self, leaves_after: int | None = None) -> None:
        self.got: list[Message] = []
        self._leaves_after = leaves_after
        self._left = asyncio.Event()

    async def receive(self) -> Message:
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        self.got.append(message)
        if len(self.got) == self._leaves_after:
            self._left.set()


def test_a_failure_on_the_way_leaves_the_answer_without_an_end(make_order: MakeOrder) -> None:
    http = Http(Shelf([make_order(f"ord_{number}") for number in range(5 * PAGE_MAX)], fails_at=3))

    async def stream() -> Client:
        client = Client()
        with pytest.raises(OSError, match="the disk is gone"):
            await send_stream(http.get("/orders.csv"), client.receive, client.send)
        return client

    got = asyncio.run(stream()).got
    assert got[0]["status"] == 200
    assert len(got) == 4
    assert all(message["more_body"] for message in got[1:])


def test_a_client_that_goes_away_ends_the_export(make_order: MakeOrder) -> None:
    http = Http(Shelf([make_order(f"ord_{number}") for number in range(50 * PAGE_MAX)]))

    async def stream() -> None:
        client = Client(leaves_after=5)
        await send_stream(http.get("/orders.csv"), client.receive, client.send)

    asyncio.run(stream())
    assert len(http.shelf.asked) < 10


def test_a_whole_export_ends_as_complete(http: Http) -> None:
    async def stream() -> Client:
        client = Client()
        await send_stream(http.get("/orders.csv"), client.receive, client.send)
        return client

    got = asyncio.run(stream()).got
    assert [message["more_body"] for message in got[1:]] == [True, True, False]
    assert len(rows(b"".join(message["body"] for message in got[1:]))) == len(http.shelf.orders)
