"""`ordermill order`."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.cli_fake import Answer, Fake, FastPace, Ordermill, placed, problem, seen

ALL = ("PENDING", "CONFIRMED", "PAID", "PROCESSED")


def test_the_request_carries_what_was_given_and_nothing_else(ordermill: Ordermill, fake: Fake) -> None:
    fake.on("POST /orders", placed())
    ordermill("order", "--no-wait")
    assert fake.asked[0].json() == {"paymentToken": "tok_approve", "items": [{"product": "Laptop", "quantity": 1}]}
    assert "idempotency-key" not in fake.asked[0].headers
    assert fake.asked[0].headers["content-type"] == "application/json"
    flags = "--product Wid --quantity 3 --price 9.99 --name Ada --email a@b.c --currency EUR --note hi --key k1"
    ordermill("order", "--no-wait", *flags.split(), "--payment-token", "tok_decline")
    assert fake.asked[1].json() == {
        "customerName": "Ada",
        "email": "a@b.c",
        "currency": "EUR",
        "note": "hi",
        "paymentToken": "tok_decline",
        "items": [{"product": "Wid", "quantity": 3, "unitPrice": "9.99"}],
    }
    assert fake.asked[1].headers["idempotency-key"] == "k1"


def test_each_step_is_shown_once_with_its_time(ordermill: Ordermill, fake: Fake, pace: FastPace) -> None:
    fake.on("POST /orders", placed())
    fake.on("GET /orders/ord_1", seen(*ALL[:1]), seen(*ALL[:2]), seen(*ALL[:2]), seen(*ALL))
    result = ordermill("order")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "ord_1  19.98 USD",
        "  12:00:00.000Z    +0.000 s  PENDING    create_order",
        "  12:00:00.005Z    +0.005 s  CONFIRMED  process_order",
        "  12:00:00.010Z    +0.010 s  PAID       process_order",
        "  12:00:00.015Z    +0.015 s  PROCESSED  process_order",
        "PROCESSED: 19.98 USD, 0.015 s after it came in",
    ]
    assert {asked.headers.get("order-token") for asked in fake.asked[1:]} == {"token-of-ord_1"}
    assert len(pace.waited) == 3
    assert pace.waited == sorted(set(pace.waited)), "the waits grow"


def test_an_entry_that_took_no_status_says_what_it_changed(ordermill: Ordermill, fake: Fake) -> None:
    body: Any = seen("PENDING", "CANCELLED", "CANCELLED", reason="Ordered\x1btwice").body
    body["history"][2] |= {"by": "compensate_order", "changed": ["compensation", "payment"], "reason": None}
    fake.on("POST /orders", placed())
    fake.on("GET /orders/ord_1", Answer(200, body))
    result = ordermill("order")
    assert result.exit_code == 1
    assert [line[40:] for line in result.stdout.splitlines()[2:4]] == [
        "process_order  Ordered\ufffdtwice",
        "compensate_order  changed compensation, payment",
    ]


def test_json_is_the_final_order_whole_and_alone(ordermill: Ordermill, fake: Fake) -> None:
    fake.on("POST /orders", placed())
    fake.on("GET /orders/ord_1", seen(*ALL[:1]), seen(*ALL))
    result = ordermill("order", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == seen(*ALL).body
    assert result.stderr == ""


def test_no_wait_does_not_look_at_the_order(ordermill: Ordermill, fake: Fake) -> None:
    fake.on("POST /orders", placed())
    result = ordermill("order", "--no-wait", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == placed().body
    assert len(fake.asked) == 1


def test_a_replay_is_told_on_stderr(ordermill: Ordermill, fake: Fake) -> None:
    fake.on("POST /orders", placed(Idempotent_Replayed="true"))
    result = ordermill("order", "--key", "again", "--no-wait")
    assert result.exit_code == 0
    assert "same order" in result.stderr


@pytest.mark.parametrize("status", ["SHIPPED", "DELIVERED"])
def test_a_replayed_order_may_be_further(ordermill: Ordermill, fake: Fake, status: str) -> None:
    fake.on("POST /orders", placed())
    fake.on("GET /orders/ord_1", seen(*ALL, status))
    assert ordermill("order").exit_code == 0


@pytest.mark.parametrize("status", ["REJECTED", "FAILED", "CANCELLED"])
@pytest.mark.parametrize("flags", [[], ["--json"]])
def test_another_end_is_1(ordermill: Ordermill, fake: Fake, status: str, flags: list[str]) -> None:
    fake.on("POST /orders", placed())
    fake.on("GET /orders/ord_1", seen("PENDING", status, reason="OUT_OF_STOCK"))
    result = ordermill("order", *flags)
    assert result.exit_code == 1
    assert "OUT_OF_STOCK" in result.stdout
    assert status in result.stdout


def test_not_done_in_time_is_1(ordermill: Ordermill, fake: Fake, pace: FastPace) -> None:
    fake.on("POST /orders", placed())
    fake.on("GET /orders/ord_1", seen("PENDING"))
    result = ordermill("order", "--timeout", "3")
    assert result.exit_code == 1
    assert "ord_1 is still PENDING after 3 s" in result.stderr
    assert sum(pace.waited) == pytest.approx(3)
    assert max(pace.waited) <= 0.5


def test_an_order_that_is_still_on_its_way_is_waited_for(ordermill: Ordermill, fake: Fake) -> None:
    fake.on("POST /orders", placed())
    fake.on("GET /orders/ord_1", problem(404, "There is nothing here"), problem(503, "Overloaded"), seen(*ALL))
    assert ordermill("order").exit_code == 0


@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [
        (problem(404, "Nothing"), 1, "nothing to see of it within 2 s"),
        (problem(503, "Overloaded"), 4, "Overloaded (503)"),
        (problem(401, "A valid token is needed"), 4, "A valid token is needed (401)"),
        (Answer(200, b"<html>"), 3, "does not seem to be Ordermill"),
    ],
)
def test_an_order_that_cannot_be_read(ordermill: Ordermill, fake: Fake, answer: Answer, code: int, said: str) -> None:
    fake.on("POST /orders", placed())
    fake.on("GET /orders/ord_1", answer)
    result = ordermill("order", "--timeout", "2")
    assert result.exit_code == code
    assert said in result.stderr


def test_a_refusal_shows_every_error_on_its_line(ordermill: Ordermill, fake: Fake) -> None:
    errors = [
        {"pointer": "/items/0/quantity", "code": "out-of-range", "detail": "a whole number from 1 to 1,000,000"},
        {"pointer": "", "code": "unknown-field", "detail": "odd\x1b[31m"},
    ]
    fake.on("POST /orders", problem(422, "The order is invalid", "2 members need attention", errors=errors))
    result = ordermill("order", "--quantity", "0")
    assert (result.exit_code, result.stdout) == (4, "")
    assert result.stderr.splitlines() == [
        "Error: The order is invalid (422): 2 members need attention",
        "  /items/0/quantity: a whole number from 1 to 1,000,000",
        "  (the body): odd\ufffd[31m",
    ]


def test_when_to_try_again_is_said(ordermill: Ordermill, fake: Fake) -> None:
    answer = Answer(503, {"title": "Too much is waiting", "status": 503}, {"Retry-After": "2"})
    fake.on("POST /orders", answer)
    result = ordermill("order")
    assert result.exit_code == 4
    assert result.stderr == "Error: Too much is waiting (503)\nTry again in 2 s.\n"


@pytest.mark.parametrize("body", [b"", b"\xff", b"[]", b"oops"])
def test_a_refusal_that_is_no_problem_document(ordermill: Ordermill, fake: Fake, body: bytes) -> None:
    fake.on("POST /orders", Answer(500, body))
    result = ordermill("order")
    assert result.exit_code == 4
    assert "answered 500" in result.stderr


@pytest.mark.parametrize("body", [b"<html>hello</html>", b"{}", b"\xff"])
def test_something_else_than_ordermill_is_3(ordermill: Ordermill, fake: Fake, body: bytes) -> None:
    fake.on("POST /orders", Answer(200, body))
    result = ordermill("order")
    assert result.exit_code == 3
    assert "does not seem to be Ordermill" in result.stderr


def test_no_server_is_3_and_says_how_to_start_one(ordermill: Ordermill) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        result = ordermill("order", "--url", f"http://127.0.0.1:{held.getsockname()[1]}")
    assert result.exit_code == 3
    assert "ordermill up" in result.stderr
    assert "Traceback" not in result.output


def test_a_proxy_is_not_asked_for_loopback(ordermill: Ordermill, fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    fake.on("POST /orders", placed())
    assert ordermill("order", "--no-wait").exit_code == 0


@pytest.mark.parametrize("key", ["", "with space", "käse", "x" * 256])
def test_a_key_that_no_header_carries_is_usage(ordermill: Ordermill, fake: Fake, key: str) -> None:
    assert ordermill("order", "--key", key).exit_code == 2
    assert fake.asked == []


def test_a_picture_is_uploaded_first_and_named_in_the_order(ordermill: Ordermill, fake: Fake, tmp_path: Path) -> None:
    file = tmp_path / "mug.jpg"
    file.write_bytes(b"a picture")
    fake.on("POST /images", Answer(201, {"imageId": "img_1", "verdict": "MISMATCH", "warning": "but Dog\x1b"}))
    fake.on("POST /orders", placed())
    flags = ["--no-wait", "--product", "Mug", "--image", str(file)]
    result = ordermill("order", *flags, "--description", "a mug", "--confirm-mismatch")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0] == "img_1  MISMATCH"
    assert "but Dog" in result.stderr
    assert "\x1b" not in result.stderr
    assert fake.asked[0].json() == {"image": "YSBwaWN0dXJl", "description": "a mug"}
    sent = fake.asked[1].json()
    assert (sent["imageId"], sent["confirmMismatch"], sent["description"]) == ("img_1", True, "a mug")
    ordermill("order", *flags)
    assert fake.asked[2].json()["description"] == "Mug"
    assert fake.asked[3].json().keys() == {"imageId", "paymentToken", "items"}


def test_a_picture_that_is_not_there_orders_nothing(ordermill: Ordermill, fake: Fake, tmp_path: Path) -> None:
    result = ordermill("order", "--image", str(tmp_path / "none.png"))
    assert (result.exit_code, fake.asked) == (2, [])
    assert "none.png cannot be read: No such file or directory" in result.stderr
