"""Bodies: of which type and size, what is no JSON, and what is JSON but no order. Nothing of it is ever a 500."""

from __future__ import annotations

import json
import socket
from typing import Any

import httpx2
import pytest

from tests.e2e.server import FIRST_ORDER, Server
from tests.e2e.wire import connect, pointers, problem, receive, request

KIB = 1024
JSON = {"Content-Type": "application/json"}
CHUNKED = request(b"").replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
CHUNK = b"10000\r\n" + b" " * 64 * KIB + b"\r\n"
LINE = {"product": "Widget", "quantity": 1, "unitPrice": "9.99"}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "multipart/form-data; boundary=x"},
        {"Content-Type": "application/json; charset=utf-16"},
        {"Content-Type": "application/jsonp"},
        JSON | {"Content-Encoding": "gzip"},
        JSON | {"Content-Encoding": "gzip, gzip"},
    ],
    ids=str,
)
def test_another_type_is_415(api: httpx2.Client, headers: dict[str, str]) -> None:
    problem(api, api.post("/orders", content=json.dumps(FIRST_ORDER), headers=headers), 415, "unsupported-media-type")


@pytest.mark.parametrize("media", ["application/json;charset=UTF-8", 'Application/JSON; charset="utf-8"'])
def test_json_may_be_said_in_other_words(api: httpx2.Client, media: str) -> None:
    answer = api.post("/orders", content=json.dumps(FIRST_ORDER), headers={"Content-Type": media})
    assert answer.status_code == 202


@pytest.mark.parametrize(
    ("content", "slug"),
    [
        (b"", "malformed-json"),
        (b"  \n", "malformed-json"),
        (b'{"amount": 1', "malformed-json"),
        (b'{"amount": 1} {}', "malformed-json"),
        (b'{"amount": 1,}', "malformed-json"),
        (b'{"amount": 1 /* one */}', "malformed-json"),
        (b"{'amount': 1}", "malformed-json"),
        (b'\xef\xbb\xbf{"amount": 1}', "malformed-json"),
        (b'{"note": "\xff", "amount": 1}', "malformed-json"),
        (b'{"note": "\xed\xa0\x80", "amount": 1}', "malformed-json"),
        (b'{"note": "a\x01b", "amount": 1}', "malformed-json"),
        (b'{"note": "a\nb", "amount": 1}', "malformed-json"),
        (b'{"amount": 1, "amount": 1000}', "duplicate-key"),
        (b'{"items": [{"product": "a", "quantity": 1, "quantity": 2}]}', "duplicate-key"),
        (b'{"amount": NaN}', "malformed-json"),
        (b'{"amount": Infinity}', "malformed-json"),
        (b'{"amount": -Infinity}', "malformed-json"),
        (b'{"amount": 01}', "malformed-json"),
        (b'{"amount": ' + b"9" * 5000 + b"}", "malformed-json"),
        (b"[" * 100_000, "too-deep"),
        (b'{"a":' * 40_000, "too-deep"),
        (b"[" * 33 + b"]" * 33, "too-deep"),
    ],
    ids=lambda value: repr(value[:24]),
)
def test_what_cannot_be_parsed_is_400(api: httpx2.Client, content: bytes, slug: str) -> None:
    body = problem(api, api.post("/orders", content=content, headers=JSON), 400, slug)
    assert body["errors"] == []


@pytest.mark.parametrize("content", ["null", "[]", '"x"', "1", "true"])
def test_json_that_is_no_object_is_422(api: httpx2.Client, content: str) -> None:
    body = problem(api, api.post("/orders", content=content, headers=JSON), 422, "invalid-order")
    assert pointers(body) == {"": "wrong-type"}


@pytest.mark.parametrize(
    ("text", "pointer", "code"),
    [
        *[(f'{{"product": "Mug", "quantity": {text}}}', "/quantity", "wrong-type") for text in ("1.0", "1.5", "true")],
        *[
            (f'{{"product": "Mug", "quantity": {text}}}', "/quantity", "wrong-type")
            for text in ("null", '"1"', "1e400")
        ],
        *[(f'{{"product": "Mug", "quantity": {n}}}', "/quantity", "out-of-range") for n in (0, -1, 1_000_001, 2**63)],
        ('{"product": "Mug"}', "/quantity", "required"),
        *[(f'{{"amount": {text}}}', "/amount", "invalid-price") for text in ("0", "-1", "1e2", "1e400", "9.999")],
        *[(f'{{"amount": "{text}"}}', "/amount", "invalid-price") for text in ("1e2", " 1", "-0.00", "+1", "1_0", "١")],
        ('{"amount": "' + "9" * 40 + '"}', "/amount", "invalid-price"),
        ('{"amount": "99999999999999.99"}', "/amount", "out-of-range"),
        ('{"amount": true}', "/amount", "wrong-type"),
        ('{"amount": 500.5, "currency": "JPY"}', "/amount", "invalid-price"),
        ('{"product": "Nobody knows it", "quantity": 1}', "/price", "price-required"),
        ('{"description": "a thing"}', "/price", "price-required"),
        *[
            (f'{{"amount": 1, "currency": "{text}"}}', "/currency", "unknown-currency")
            for text in ("usd", "XXX", "US$")
        ],
        *[(f'{{"amount": 1, "{name}": 1}}', f"/{name}", "unknown-field") for name in ("total", "status", "orderId")],
        ('{"amount": 1, "a/b~c": 1}', "/a~1b~0c", "unknown-field"),
        ('{"amount": 1, "product": "Mug", "quantity": 1}', "/amount", "unknown-field"),
        ("{}", "/items", "required"),
        *[(f'{{"items": {text}}}', "/items", "out-of-range") for text in ("[]", json.dumps([LINE] * 51))],
        ('{"items": {}}', "/items", "wrong-type"),
        ('{"items": [1]}', "/items/0", "wrong-type"),
        ('{"items": [{"quantity": 1, "unitPrice": "1"}]}', "/items/0/product", "required"),
        ('{"amount": 1, "customerName": "\\ud800"}', "/customerName", "invalid-text"),
        ('{"amount": 1, "note": "\\u0000"}', "/note", "invalid-text"),
        ('{"amount": 1, "note": "\\uffff"}', "/note", "invalid-text"),
        ('{"amount": 1, "customerName": "a\\nb"}', "/customerName", "invalid-text"),
        ('{"amount": 1, "customerName": "a\\u202eb"}', "/customerName", "invalid-text"),
        ('{"amount": 1, "customerName": " "}', "/customerName", "blank"),
        ('{"amount": 1, "customerName": "' + "x" * 201 + '"}', "/customerName", "too-long"),
        ('{"amount": 1, "note": "' + "x" * 2001 + '"}', "/note", "too-long"),
        ('{"amount": 1, "customerName": 7}', "/customerName", "wrong-type"),
        *[
            (json.dumps({"amount": 1, "email": text}), "/email", "invalid-email")
            for text in ("a@b", "a@b.c,x@y.z", "a@b.c\r\nBcc:x@y.z", "a@b.c>", '"x y"@b.c', "a@[127.0.0.1]", "x" * 255)
        ],
        ('{"amount": 1, "paymentToken": "tok_free"}', "/paymentToken", "unknown-payment-token"),
        ('{"amount": 1, "confirmMismatch": "yes"}', "/confirmMismatch", "wrong-type"),
        ('{"amount": 1, "idempotency_key": 7}', "/idempotency_key", "wrong-type"),
    ],
    ids=lambda value: value[:48],
)
def test_what_is_wrong_is_named(api: httpx2.Client, text: str, pointer: str, code: str) -> None:
    body = problem(api, api.post("/orders", content=text, headers=JSON), 422, "invalid-order")
    assert pointers(body) == {pointer: code}
    assert body["errors"][0]["detail"]


def test_every_wrong_member_is_named_at_once(api: httpx2.Client) -> None:
    wrong = {
        "customerName": " ",
        "email": "nobody",
        "currency": "usd",
        "note": 5,
        "items": [{"product": "Widget", "quantity": 0, "unitPrice": "x"}, LINE, {"quantity": True, "colour": "red"}],
        "paymentToken": "tok_free",
        "total": "1.00",
    }
    body = problem(api, api.post("/orders", json=wrong), 422, "invalid-order")
    assert pointers(body) == {
        "/customerName": "blank",
        "/email": "invalid-email",
        "/currency": "unknown-currency",
        "/note": "wrong-type",
        "/items/0/quantity": "out-of-range",
        "/items/0/unitPrice": "invalid-price",
        "/items/2/product": "required",
        "/items/2/quantity": "wrong-type",
        "/items/2/colour": "unknown-field",
        "/paymentToken": "unknown-payment-token",
        "/total": "unknown-field",
    }
    assert "nobody" not in json.dumps(body)


@pytest.mark.parametrize(
    ("sent", "product", "total"),
    [
        ({"items": [LINE | {"quantity": 2}, LINE]}, "Widget", "29.97"),
        ({"product": "Laptop", "quantity": 2}, "Laptop", "2398.00"),
        ({"productName": "Widget", "quantity": 3, "price": 0.1}, "Widget", "0.30"),
        ({"description": "A red car", "price": "150.00"}, "A red car", "150.00"),
        ({"customer_id": "c1", "amount": 42.5}, "Order", "42.50"),
        ({"amount": 500, "currency": "JPY"}, "Order", "500"),
        ({"amount": "0.125", "currency": "KWD"}, "Order", "0.125"),
        ({"items": [{"sku": "MUG-WHITE", "quantity": 1}]}, "Mug", "9.99"),
        ({"product": "lAPTOP", "quantity": 1, "price": "0.01"}, "lAPTOP", "1199.00"),
        ({"product": "Mug", "quantity": 1, "note": None, "items": None, "amount": None}, "Mug", "9.99"),
    ],
    ids=lambda value: json.dumps(value)[:48],
)
def test_the_shapes_of_an_order(
    api: httpx2.Client, running: Server, sent: dict[str, Any], product: str, total: str
) -> None:
    answer = api.post("/orders", json=sent)
    assert (answer.status_code, answer.json().get("total")) == (202, total), answer.text
    order = api.get(answer.headers["location"], headers=running.staff).json()
    assert (order["items"][0]["product"], order["total"]) == (product, total)
    assert order["customerId"] == sent.get("customer_id")


@pytest.mark.parametrize(
    "name",
    [
        "👩‍👩‍👧 Smith",
        "é vs e\u0301",
        "𠀋",
        "<script>alert(1)</script>",
        "=cmd()",
        "=?utf-8?q?a=0D=0ABcc=3A_x=40y.z?=",
        " a ",
    ],
)
def test_text_comes_back_as_it_was_sent(api: httpx2.Client, running: Server, name: str) -> None:
    answer = api.post("/orders", json=FIRST_ORDER | {"customerName": name, "note": f"{name}\n\t{name}"})
    order = api.get(answer.headers["location"], headers=running.staff).json()
    assert (order["customerName"], order["note"]) == (name, f"{name}\n\t{name}")


class TestTooLarge:
    def test_the_limit_itself_is_taken(self, api: httpx2.Client) -> None:
        body = json.dumps(FIRST_ORDER).encode().ljust(256 * KIB)
        assert api.post("/orders", content=body, headers=JSON).status_code == 202

    def test_one_byte_more_is_413(self, api: httpx2.Client) -> None:
        body = json.dumps(FIRST_ORDER).encode().ljust(256 * KIB + 1)
        problem(api, api.post("/orders", content=body, headers=JSON), 413, "payload-too-large")

    def test_a_declared_length_is_refused_before_any_body(self, running: Server) -> None:
        with connect(running.port) as connection:
            connection.sendall(request(b"").replace(b"Content-Length: 0", b"Content-Length: 262145"))
            assert receive(connection).status == 413

    def test_who_still_sends_a_declared_body_gets_the_413(self, running: Server) -> None:
        with connect(running.port) as connection:
            connection.sendall(request(b" " * 6 * KIB * KIB))
            self.check_refused(connection)
            assert connection.recv(1) == b""

    @pytest.mark.parametrize("chunks", [5, 60])
    def test_who_still_sends_chunks_gets_the_413(self, running: Server, chunks: int) -> None:
        with connect(running.port) as connection:
            connection.sendall(CHUNKED + CHUNK * chunks + b"0\r\n\r\n")
            self.check_refused(connection)

    def test_after_chunks_that_all_arrived_the_connection_is_not_left_hanging(self, running: Server) -> None:
        with connect(running.port) as connection:
            connection.sendall(CHUNKED + CHUNK * 4)
            # The byte too many and the end come together, so there is nothing left to discard.
            connection.sendall(b"1\r\n \r\n0\r\n\r\n" + request(json.dumps(FIRST_ORDER).encode()))
            self.check_refused(connection)
            assert receive(connection).status == 202

    def test_the_server_takes_orders_after_a_flood(self, api: httpx2.Client, running: Server) -> None:
        with connect(running.port) as connection, pytest.raises(OSError):
            connection.sendall(CHUNKED + CHUNK * 400)
        assert api.post("/orders", json=FIRST_ORDER).status_code == 202

    def check_refused(self, connection: socket.socket) -> None:
        reply = receive(connection)
        assert reply.status == 413
        assert json.loads(reply.body)["type"] == "/problems/payload-too-large"


def test_a_body_that_breaks_off_makes_no_order(running: Server) -> None:
    before = running.rows("SELECT count(*) FROM orders")
    with connect(running.port) as connection:
        connection.sendall(request(json.dumps(FIRST_ORDER).encode().ljust(1000))[:-500])
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(4096):
            pass
    # The server's answer to this comes after whatever it had to say to that.
    assert running.healthy()
    assert running.rows("SELECT count(*) FROM orders") == before
    assert "Traceback" not in running.log_text()
