"""Orders over HTTP: idempotency, who sees what of them, the catalogue they are priced from, and a burst of them."""

from __future__ import annotations

import json
import threading
from contextlib import ExitStack

import httpx2
import pytest

from tests.e2e.conftest import MakeServer
from tests.e2e.server import FIRST_ORDER, Json, Server, order_until
from tests.e2e.wire import Reply, connect, pointers, problem, receive, request

PUBLIC = {"orderId", "status", "items", "currency", "total", "timestamp", "updatedAt", "version"}
PRIVATE = {
    "customerName",
    "customerId",
    "email",
    "description",
    "note",
    "reason",
    "reasonDetail",
    "payment",
    "attempt",
    "compensation",
    "shipment",
    "image",
    "history",
}


def post(api: httpx2.Client, body: Json, key: str | None = None) -> httpx2.Response:
    return api.post("/orders", json=body, headers={} if key is None else {"Idempotency-Key": key})


class TestIdempotency:
    def test_a_replay_is_the_same_202_with_the_current_status(self, api: httpx2.Client, running: Server) -> None:
        first = post(api, FIRST_ORDER, "replay-1")
        order_until(api, first.json()["orderId"], running.staff, "PROCESSED")
        again = post(api, FIRST_ORDER, "replay-1")
        assert (first.status_code, again.status_code) == (202, 202)
        assert again.json() == first.json() | {"status": "PROCESSED"}
        assert again.headers["idempotent-replayed"] == "true"
        assert "idempotent-replayed" not in first.headers
        assert again.headers["location"] == first.headers["location"]

    def test_bare_quoted_and_in_the_body_are_one_key(self, api: httpx2.Client) -> None:
        answers = [
            post(api, FIRST_ORDER, "same-1"),
            post(api, FIRST_ORDER, '"same-1"'),
            post(api, FIRST_ORDER | {"idempotency_key": "same-1"}),
            post(api, FIRST_ORDER | {"idempotency_key": "same-1"}, "same-1"),
            api.post(
                "/orders",
                content=json.dumps(dict(reversed(FIRST_ORDER.items())), indent=3),
                headers={"Content-Type": "application/json", "Idempotency-Key": "same-1"},
            ),
        ]
        assert [answer.status_code for answer in answers] == [202] * 5
        assert len({answer.json()["orderId"] for answer in answers}) == 1

    def test_without_a_key_each_is_an_order(self, api: httpx2.Client) -> None:
        assert post(api, FIRST_ORDER).json()["orderId"] != post(api, FIRST_ORDER).json()["orderId"]

    def test_another_customer_has_keys_of_its_own(self, api: httpx2.Client) -> None:
        ids = [post(api, FIRST_ORDER | {"customerId": name}, "shared").json()["orderId"] for name in ("a", "b")]
        assert ids[0] != ids[1]

    @pytest.mark.parametrize("key", ["", " ", "a b", "x" * 256, '"unended', "ü", "\t"], ids=repr)
    def test_a_key_that_is_none_is_400(self, running: Server, key: str) -> None:
        sent = key.encode().decode("latin-1")
        with connect(running.port) as connection:
            connection.sendall(request(json.dumps(FIRST_ORDER).encode(), headers=[f"Idempotency-Key: {sent}"]))
            reply = receive(connection)
        assert (reply.status, json.loads(reply.body)["type"]) == (400, "/problems/idempotency-key-invalid")

    def test_a_member_that_is_none_is_400(self, api: httpx2.Client) -> None:
        for key in ("", "a b", "x" * 256):
            problem(api, post(api, FIRST_ORDER | {"idempotency_key": key}), 400, "idempotency-key-invalid")

    def test_the_longest_key_is_taken(self, api: httpx2.Client) -> None:
        assert post(api, FIRST_ORDER, "x" * 255).status_code == 202

    def test_header_and_member_that_differ_are_400(self, api: httpx2.Client) -> None:
        problem(api, post(api, FIRST_ORDER | {"idempotency_key": "a"}, "b"), 400, "idempotency-key-invalid")

    def test_two_headers_are_400(self, running: Server) -> None:
        with connect(running.port) as connection:
            connection.sendall(request(json.dumps(FIRST_ORDER).encode(), headers=["Idempotency-Key: a"] * 2))
            reply = receive(connection)
        assert (reply.status, json.loads(reply.body)["type"]) == (400, "/problems/idempotency-key-invalid")

    def test_another_body_under_a_key_is_422(self, api: httpx2.Client) -> None:
        assert post(api, FIRST_ORDER, "reused-1").status_code == 202
        body = problem(api, post(api, FIRST_ORDER | {"quantity": 2}, "reused-1"), 422, "idempotency-key-reused")
        assert body["errors"] == []

    def test_a_422_does_not_burn_the_key(self, api: httpx2.Client) -> None:
        problem(api, post(api, FIRST_ORDER | {"quantity": 0}, "fixed-1"), 422, "invalid-order")
        fixed = post(api, FIRST_ORDER, "fixed-1")
        assert (fixed.status_code, "idempotent-replayed" in fixed.headers) == (202, False)

    def test_many_at_once_under_one_key_make_one_order(self, running: Server) -> None:
        sent = request(json.dumps(FIRST_ORDER).encode(), headers=["Idempotency-Key: at-once"])
        with ExitStack() as stack:
            connections = [stack.enter_context(connect(running.port)) for _ in range(50)]
            for connection in connections:
                connection.sendall(sent)
            replies = [receive(connection) for connection in connections]
        assert {reply.status for reply in replies} == {202}
        assert len({json.loads(reply.body)["orderId"] for reply in replies}) == 1
        assert sum("idempotent-replayed" not in reply.headers for reply in replies) == 1


class TestReading:
    @pytest.fixture
    def placed(self, api: httpx2.Client, running: Server) -> Json:
        placed: Json = post(api, FIRST_ORDER | {"note": "secret"}).json()
        order_until(api, placed["orderId"], running.staff, "PROCESSED")
        return placed

    def test_anyone_sees_nothing_of_the_person(self, api: httpx2.Client, placed: Json) -> None:
        answer = api.get(f"/orders/{placed['orderId']}")
        assert answer.json().keys() == PUBLIC
        assert [word for word in ("John", "john@", "secret", "process_order") if word in answer.text] == []

    def test_holder_and_staff_see_all(self, api: httpx2.Client, running: Server, placed: Json) -> None:
        path = f"/orders/{placed['orderId']}"
        held = api.get(path, headers={"Order-Token": placed["orderToken"]})
        assert held.json().keys() == PUBLIC | PRIVATE
        assert held.json() == api.get(path, headers=running.staff).json()
        history = api.get(f"{path}/history", headers={"Order-Token": placed["orderToken"]}).json()
        assert history == {"orderId": placed["orderId"], "history": held.json()["history"]}

    def test_an_etag_saves_the_body(self, api: httpx2.Client, placed: Json) -> None:
        path, holder = f"/orders/{placed['orderId']}", {"Order-Token": placed["orderToken"]}
        answer = api.get(path, headers=holder)
        assert answer.headers["etag"] == '"4"'
        for same in ('"4"', 'W/"4"', '"1", "4"', "*"):
            unchanged = api.get(path, headers=holder | {"If-None-Match": same})
            assert (unchanged.status_code, unchanged.content, unchanged.headers["etag"]) == (304, b"", '"4"')
        for other in ('"3"', "4", '"1", "3"'):
            assert api.get(path, headers=holder | {"If-None-Match": other}).status_code == 200

    @pytest.mark.parametrize("token", ["", "x", "ü", "x" * 5000], ids=lambda token: token[:3])
    def test_a_wrong_order_token_is_401_though_the_route_is_public(
        self, api: httpx2.Client, placed: Json, token: str
    ) -> None:
        answer = api.get(f"/orders/{placed['orderId']}", headers={b"Order-Token": token.encode()})
        problem(api, answer, 401, "unauthorized")

    @pytest.mark.parametrize("query", ["x=1", "x", "limit=1&limit=2", "orderId=%ff", "%zz=1"])
    def test_an_unknown_parameter_is_400(self, api: httpx2.Client, running: Server, placed: Json, query: str) -> None:
        for path in ("/products", f"/orders/{placed['orderId']}"):
            problem(api, api.get(f"{path}?{query}"), 400, "invalid-query")
        problem(api, api.post(f"/orders?{query}", json=FIRST_ORDER), 400, "invalid-query")
        for found in (f"/payments?{query}", "/payments", f"/payments?orderId={placed['orderId']}&x=1"):
            problem(api, api.get(found, headers=running.staff), 400, "invalid-query")


@pytest.mark.parametrize(
    ("token", "status", "reason", "payment"),
    [
        ("tok_approve", "PROCESSED", None, "CAPTURED"),
        ("tok_decline", "REJECTED", "PAYMENT_DECLINED", "DECLINED"),
        ("tok_timeout_once", "PROCESSED", None, "CAPTURED"),
        ("tok_flaky", "PROCESSED", None, "CAPTURED"),
    ],
)
def test_what_the_gateway_answers_becomes_of_the_order(
    api: httpx2.Client, running: Server, token: str, status: str, reason: str | None, payment: str
) -> None:
    placed = post(api, FIRST_ORDER | {"paymentToken": token}).json()
    order = order_until(api, placed["orderId"], running.staff, "PROCESSED", "REJECTED")
    assert (order["status"], order["reason"], order["payment"]["status"]) == (status, reason, payment)
    ledger = api.get("/payments", params={"orderId": order["orderId"]}, headers=running.staff).json()["payments"]
    approved = [entry["amount"] for entry in ledger if entry["outcome"] == "approved"]
    assert approved == (["1199.00"] if status == "PROCESSED" else [])


class TestCatalogue:
    HEAD = "sku,name,price,currency,stock\n"

    def put(self, api: httpx2.Client, running: Server, rows: str, media: str = "text/csv") -> httpx2.Response:
        headers = running.staff | {"Content-Type": media}
        return api.put("/catalogue", content=(self.HEAD + rows).encode(), headers=headers)

    def stock(self, api: httpx2.Client, sku: str) -> int | None:
        (product,) = [product for product in api.get("/products").json()["products"] if product["sku"] == sku]
        stock: int | None = product["stock"]
        return stock

    def test_an_import_prices_orders_and_its_stock_runs_out(self, api: httpx2.Client, running: Server) -> None:
        imported = self.put(api, running, "TEST-1,Test Thing,12.50,USD,3\n")
        assert (imported.status_code, imported.json()) == (200, {"imported": 1})
        for quantity, status in ((2, "PROCESSED"), (2, "REJECTED"), (1, "PROCESSED"), (1, "REJECTED")):
            placed = post(api, {"product": "test thing", "quantity": quantity, "price": "0.01"}).json()
            assert placed["total"] == f"{quantity * 12.5:.2f}"
            order = order_until(api, placed["orderId"], running.staff, "PROCESSED", "REJECTED")
            assert (order["status"], order["items"][0]["sku"]) == (status, "TEST-1")
            if status == "REJECTED":
                assert (order["reason"], order["payment"]["status"]) == ("OUT_OF_STOCK", "NONE")
        assert self.stock(api, "TEST-1") == 0

    def test_a_declined_payment_gives_the_stock_back(self, api: httpx2.Client, running: Server) -> None:
        self.put(api, running, "TEST-2,Second Thing,1.00,USD,5\n")
        placed = post(api, {"product": "Second Thing", "quantity": 5, "paymentToken": "tok_decline"}).json()
        order_until(api, placed["orderId"], running.staff, "REJECTED")
        assert self.stock(api, "TEST-2") == 5

    def test_wrong_cells_are_named_and_nothing_is_imported(self, api: httpx2.Client, running: Server) -> None:
        before = api.get("/products").json()
        answer = self.put(api, running, "GOOD-1,Good,1.00,USD,\nBAD-1,,x,EUROS,-1\n")
        body = problem(api, answer, 422, "invalid-catalogue")
        assert pointers(body).keys() == {"/3/name", "/3/price", "/3/currency", "/3/stock"}
        assert api.get("/products").json() == before

    def test_an_import_is_csv(self, api: httpx2.Client, running: Server) -> None:
        problem(api, self.put(api, running, "", media="application/json"), 415, "unsupported-media-type")

    def test_the_shipped_products(self, api: httpx2.Client) -> None:
        products = {product["name"]: product for product in api.get("/products").json()["products"]}
        laptop = {"sku": "LAPTOP-14", "name": "Laptop", "price": "1199.00", "currency": "USD", "stock": None}
        assert products["Laptop"] == laptop
        assert products["Mug"]["stock"] is None
        assert any(product["stock"] for product in products.values())

    def test_strict_takes_what_the_catalogue_has_and_nothing_else(self, make_server: MakeServer) -> None:
        strict = make_server(env={"ORDERMILL_CATALOGUE": "strict"}).start()
        with strict.client() as api:
            assert post(api, FIRST_ORDER).status_code == 202
            unknown = {
                "items": [{"sku": "MUG-WHITE", "quantity": 1}, {"product": "Widget", "quantity": 1, "unitPrice": 1}]
            }
            body = problem(api, post(api, unknown), 422, "invalid-order")
            assert pointers(body) == {"/items/1/product": "unknown-product"}


def test_a_burst_is_taken_or_refused_for_a_while_and_what_is_taken_is_stored(running: Server) -> None:
    connections, each = 100, 10
    sent = request(json.dumps({"product": "Mug", "quantity": 1}).encode())
    replies: list[Reply] = []

    def client() -> None:
        with ExitStack() as stack:
            sockets = [stack.enter_context(connect(running.port)) for _ in range(connections // 2)]
            for connection in sockets:
                connection.sendall(sent * each)
            for connection in sockets:
                pending = bytearray()
                replies.extend(receive(connection, pending) for _ in range(each))

    threads = [threading.Thread(target=client) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(replies) == connections * each
    assert {reply.status for reply in replies} <= {202, 429, 503}
    assert all("retry-after" in reply.headers for reply in replies if reply.status != 202)
    taken = {json.loads(reply.body)["orderId"] for reply in replies if reply.status == 202}
    stored = {order_id for (order_id,) in running.rows("SELECT order_id FROM orders")}
    assert taken
    assert taken <= stored
