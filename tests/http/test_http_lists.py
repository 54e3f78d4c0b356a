"""GET /orders and GET /orders.csv, as staff meet them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from tests.e2e.server import Json, Server, order_until
from tests.e2e.wire import problem

COLUMNS = "orderId,timestamp,customerName,email,product,sku,quantity,unitPrice,currency,total,status,reason"
NAMES = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{7*7}}",
    "${jndi:ldap://x}",
    "%s%n",
]
"""Rows 47 and 48 of the bad input that must do no harm: names that an order may have."""


@pytest.fixture(scope="module")
def staff(running: Server) -> Iterator[httpx2.Client]:
    """A client that is staff."""
    with httpx2.Client(base_url=running.url, headers=running.staff, timeout=15) as client:
        yield client


@pytest.fixture(scope="module")
def customer() -> str:
    """Whose orders these tests look at; others' are in the same file."""
    return f"list-{uuid4()}@Example.org"


@pytest.fixture(scope="module")
def placed(staff: httpx2.Client, customer: str) -> list[Json]:
    """Nine orders of that customer, by e-mail in either case, with an eye-catching name each; in the list's order."""
    orders = []
    for number, name in enumerate(NAMES):
        items = [{"product": name, "quantity": number + 1, "unitPrice": "0.10"}, {"sku": "MUG-WHITE", "quantity": 1}]
        body = {"customerName": name, "email": customer.lower() if number % 2 else customer, "items": items}
        orders.append(staff.post("/orders", json=body).raise_for_status().json())
    for order in orders:
        order_until(staff, order["orderId"], {}, "PROCESSED")
    return orders[::-1]


def pages(staff: httpx2.Client, query: dict[str, str]) -> Iterator[Json]:
    """Every page, by following the links."""
    answer = staff.get("/orders", params=query)
    while True:
        assert answer.status_code == 200, answer.text
        body: Json = answer.json()
        yield body
        if body["nextCursor"] is None:
            assert "next" not in answer.links
            return
        answer = staff.get(answer.links["next"]["url"])


def exported(staff: httpx2.Client, query: dict[str, str]) -> list[dict[str, str]]:
    """The rows of the export."""
    answer = staff.get("/orders.csv", params=query)
    assert answer.status_code == 200, answer.text
    reader = csv.DictReader(StringIO(answer.content.decode("utf-8"), newline=""), strict=True)
    rows = list(reader)
    assert ",".join(reader.fieldnames or ()) == COLUMNS
    return rows


def ids(page: Json) -> list[str]:
    return [order["orderId"] for order in page["orders"]]


@pytest.mark.parametrize("path", ["/orders", "/orders.csv"])
def test_lists_are_for_staff_alone(api: httpx2.Client, placed: list[Json], path: str) -> None:
    problem(api, api.get(path), 401, "unauthorized")
    problem(api, api.get(path, headers={"Authorization": "Bearer wrong"}), 401, "unauthorized")
    problem(api, api.get(path, headers={"Order-Token": placed[0]["orderToken"]}), 401, "unauthorized")


class TestList:
    def test_an_order_is_as_it_is_read_alone_but_for_its_history(
        self, staff: httpx2.Client, customer: str, placed: list[Json]
    ) -> None:
        answer = staff.get("/orders", params={"customer": customer, "limit": "1"})
        (order,) = answer.json()["orders"]
        alone = staff.get(f"/orders/{placed[0]['orderId']}").json()
        del alone["history"]
        assert order == alone
        assert (answer.headers["cache-control"], answer.headers["x-content-type-options"]) == ("no-store", "nosniff")

    @pytest.mark.parametrize("limit", ["1", "4", "9", "200"])
    def test_every_page_newest_first(self, staff: httpx2.Client, customer: str, placed: list[Json], limit: str) -> None:
        found = [ids(page) for page in pages(staff, {"customer": customer.upper(), "limit": limit})]
        assert [order_id for page in found for order_id in page] == [order["orderId"] for order in placed]
        assert all(len(page) == min(int(limit), len(placed)) for page in found[:-1])

    def test_a_period(self, staff: httpx2.Client, customer: str, placed: list[Json]) -> None:
        since, until = placed[6]["timestamp"], placed[2]["timestamp"]
        (page,) = pages(staff, {"customer": customer, "from": since, "to": until})
        assert ids(page) == [order["orderId"] for order in placed if since <= order["timestamp"] < until]
        assert len(ids(page)) >= 1

    def test_a_status(self, staff: httpx2.Client, placed: list[Json]) -> None:
        since = {"from": placed[-1]["timestamp"]}
        found = [order for page in pages(staff, {"status": "PROCESSED", **since}) for order in page["orders"]]
        assert {order["orderId"] for order in placed} <= {order["orderId"] for order in found}
        assert {order["status"] for order in found} == {"PROCESSED"}
        nobody = staff.get("/orders", params={"status": "DELIVERED"}).json()
        assert nobody == {"orders": [], "nextCursor": None}

    @pytest.mark.parametrize(
        "query",
        [
            "limit=0",
            "limit=-1",
            "limit=1e9",
            "limit=abc",
            "limit=%D9%A1%D9%A0",
            "limit=201",
            "limit=",
            "limit=5&limit=5",
            "status=PAID&status=PAID",
            "status=paid",
            "status[]=PAID",
            "status=PAID&customer=c1",
            "customer=",
            "customer=%FF",
            "sort=id;DROP",
            "sort=createdAt",
            "orderBy=total",
            "offset=5",
            "from=2026-02-30",
            "from=2026-11-01T00:00:00",
            "from=2026-11-01T00:00:00+01:00",
            "to=2026-11-01T24:00:00Z",
            "to=1763640000",
            "from=0000-01-01",
            "to=10000-01-01",
            "from=2026-11-02&to=2026-11-01",
            "limit",
            "&".join(f"a{number}=1" for number in range(40)),
        ],
    )
    def test_a_query_that_is_not_served(self, staff: httpx2.Client, query: str) -> None:
        for path in ("/orders", "/orders.csv"):
            body = problem(staff, staff.get(f"{path}?{query}"), 400, "invalid-query")
            assert body["errors"] == []

    def test_a_cursor_is_good_as_it_was_given_and_with_its_filters(
        self, staff: httpx2.Client, customer: str, placed: list[Json]
    ) -> None:
        query = {"customer": customer, "limit": "2"}
        cursor = staff.get("/orders", params=query).json()["nextCursor"]
        good = staff.get("/orders", params={**query, "cursor": cursor, "limit": "3"}).json()
        assert ids(good) == [order["orderId"] for order in placed[2:5]]
        changed = "A" if cursor[20] != "A" else "B"
        wrong: list[dict[str, Any]] = [
            {"customer": customer, "cursor": cursor[:20] + changed + cursor[21:]},
            {"customer": customer, "cursor": cursor[:-1]},
            {"customer": customer, "cursor": cursor + "="},
            {"customer": customer, "cursor": ""},
            {"customer": "c1", "cursor": cursor},
            {"customer": customer, "to": "2999-01-01", "cursor": cursor},
            {"cursor": cursor},
        ]
        for each in wrong:
            problem(staff, staff.get("/orders", params=each), 400, "invalid-cursor")

    def test_an_order_route_that_takes_no_query_says_so(self, staff: httpx2.Client, placed: list[Json]) -> None:
        problem(staff, staff.get(f"/orders/{placed[0]['orderId']}?limit=1"), 400, "invalid-query")
        problem(staff, staff.get("/products?limit=1"), 400, "invalid-query")


class TestExport:
    def test_it_is_the_list_with_a_row_for_each_line(
        self, staff: httpx2.Client, customer: str, placed: list[Json]
    ) -> None:
        (page,) = pages(staff, {"customer": customer})
        expected = [
            {
                "orderId": order["orderId"],
                "timestamp": order["timestamp"],
                "customerName": harmless(order["customerName"]),
                "email": order["email"],
                "product": harmless(line["product"] or ""),
                "sku": line["sku"] or "",
                "quantity": str(line["quantity"]),
                "unitPrice": line["unitPrice"],
                "currency": order["currency"],
                "total": order["total"],
                "status": order["status"],
                "reason": order["reason"] or "",
            }
            for order in page["orders"]
            for line in order["items"]
        ]
        assert len(expected) == 2 * len(placed)
        assert exported(staff, {"customer": customer}) == expected
        shown = {row["customerName"] for row in expected}
        assert {"'=1+1", "'+1", "'-1", "'@SUM(A1)", "<script>alert(1)</script>", "%s%n"} <= shown

    def test_the_answer_is_a_file_to_save_and_not_to_keep(self, staff: httpx2.Client, customer: str) -> None:
        answer = staff.get("/orders.csv", params={"customer": customer})
        assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
        assert answer.headers["content-disposition"] == 'attachment; filename="orders.csv"'
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["transfer-encoding"] == "chunked"

    def test_nobody_is_only_the_columns(self, staff: httpx2.Client) -> None:
        assert exported(staff, {"customer": "nobody"}) == []
        assert exported(staff, {"status": "DELIVERED", "from": "2026-01-01", "to": "2026-01-02"}) == []

    @pytest.mark.parametrize("query", ["limit=5", "cursor=abc"])
    def test_it_has_no_pages(self, staff: httpx2.Client, query: str) -> None:
        problem(staff, staff.get(f"/orders.csv?{query}"), 400, "invalid-query")

    def test_a_connection_is_good_for_more_than_one(self, staff: httpx2.Client, customer: str) -> None:
        first, second = (exported(staff, {"customer": customer}) for _ in range(2))
        assert first == second
        head = staff.head("/orders.csv")
        assert (head.status_code, head.content) == (200, b"")
        assert staff.get("/health").status_code == 200


def harmless(text: str) -> str:
    """The text as the export shows it."""
    return "'" + text if text.startswith(("=", "+", "-", "@")) else text
