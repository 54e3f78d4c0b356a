"""What a connection may do: take its time within limits, ask to continue or for another protocol, send on too early."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator

import pytest

from tests.e2e.bad_input_kit import GOOD, HEALTH, JSON_TYPE, get, post, raw
from tests.e2e.server import Server
from tests.e2e.wire import connect, receive

LIMIT_S = 0.5
SLACK_S = 3.0


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that waits half a second for headers and bodies, and one for another request."""
    limits = {
        "ORDERMILL_HEAD_TIMEOUT_S": str(LIMIT_S),
        "ORDERMILL_BODY_TIMEOUT_S": str(LIMIT_S),
        "ORDERMILL_IDLE_TIMEOUT_S": "1",
    }
    server = Server(tmp_path_factory.mktemp("hasty") / "data", env=limits)
    try:
        yield server.start()
    finally:
        server.kill()


def drip(connection: socket.socket, sent: bytes, size: int, pause_s: float) -> bool:
    """Send so many bytes at a time until all is sent or the other side says something: whether all was sent."""
    connection.settimeout(pause_s)
    for start in range(0, len(sent), size):
        connection.sendall(sent[start : start + size])
        if start + size >= len(sent):
            break
        try:
            connection.recv(1, socket.MSG_PEEK)
        except TimeoutError:
            continue
        connection.settimeout(15)
        return False
    connection.settimeout(15)
    return True


def test_a_body_that_comes_fast_enough_may_take_longer_than_the_limit(hasty: Server) -> None:
    began = time.monotonic()
    with connect(hasty.port) as connection:
        assert drip(connection, post(GOOD.ljust(40_000)), 5000, 0.15)
        assert receive(connection).status == 202
    assert time.monotonic() - began > 2 * LIMIT_S


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"\r\n" * 100, None),
        (HEALTH, 408),
        (post(GOOD), 408),
        (get("/health", "A: " + "b" * 100), 408),
    ],
    ids=["blank lines", "GET", "POST", "header"],
)
def test_dripping_ends_at_the_limit(hasty: Server, sent: bytes, status: int | None) -> None:
    began = time.monotonic()
    with connect(hasty.port) as connection:
        assert not drip(connection, sent, 2, 0.1)
        if status is not None:
            reply = receive(connection)
            assert (reply.status, json.loads(reply.body)["type"]) == (status, "/problems/request-timeout")
        assert connection.recv(1) == b""
    # Timers of the loop count whole milliseconds.
    assert LIMIT_S - 0.05 < time.monotonic() - began < LIMIT_S + SLACK_S


def test_who_was_answered_early_and_dawdles_is_left_without_another_answer(hasty: Server) -> None:
    head = raw("POST /orders HTTP/1.1", "Content-Length: 1000")
    with connect(hasty.port) as connection:
        connection.sendall(head)
        assert receive(connection).status == 415
        assert not drip(connection, b" " * 999, 1, 0.1)
        assert connection.recv(1) == b""


def test_who_goes_on_asking_is_not_left(hasty: Server) -> None:
    with connect(hasty.port) as connection:
        for _ in range(9):
            connection.sendall(HEALTH)
            assert receive(connection).status == 200
            time.sleep(0.3)


def test_who_is_being_answered_is_not_left(hasty: Server) -> None:
    token = hasty.staff["Authorization"]
    with connect(hasty.port) as connection:
        connection.sendall(HEALTH)
        assert receive(connection).status == 200
        connection.sendall(get("/live", f"Authorization: {token}"))
        time.sleep(2.5)
        connection.setblocking(False)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
        with pytest.raises(BlockingIOError):
            connection.recv(1)


def test_who_says_nothing_more_is_left(hasty: Server) -> None:
    with connect(hasty.port) as connection:
        connection.sendall(HEALTH)
        assert receive(connection).status == 200
        began = time.monotonic()
        assert connection.recv(1) == b""
    assert 0.9 <= time.monotonic() - began < 1 + SLACK_S


def test_who_asks_to_continue_is_told_to(hasty: Server) -> None:
    with connect(hasty.port) as connection:
        connection.sendall(raw("POST /orders HTTP/1.1", JSON_TYPE, "Expect: 100-Continue", "Content-Length: 30"))
        assert connection.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(GOOD)
        assert receive(connection).status == 202


@pytest.mark.parametrize("upgrade", ["h2c", "websocket"])
def test_a_wish_for_another_protocol_is_passed_over_but_not_its_body(hasty: Server, upgrade: str) -> None:
    asked = ("Connection: Upgrade, HTTP2-Settings", f"Upgrade: {upgrade}", "HTTP2-Settings: AAEAAEAA")
    pending = bytearray()
    with connect(hasty.port) as connection:
        connection.sendall(post(GOOD, *asked) + get("/health", *asked) + post(GOOD, *asked)[:-10])
        assert [receive(connection, pending).status for _ in range(2)] == [202, 200]
        connection.sendall(GOOD[-10:] + HEALTH)
        assert [receive(connection, pending).status for _ in range(2)] == [202, 200]


def test_requests_sent_ahead_are_answered_in_their_order(hasty: Server) -> None:
    pending = bytearray()
    with connect(hasty.port) as connection:
        connection.sendall(post(GOOD) + HEALTH + get("/nothing") + post(b"{}") + get("/products"))
        statuses = [receive(connection, pending).status for _ in range(5)]
    assert statuses == [202, 200, 404, 422, 200]


def test_an_answer_goes_out_although_its_client_sends_garbage_next(hasty: Server) -> None:
    pending = bytearray()
    with connect(hasty.port) as connection:
        connection.sendall(post(GOOD) * 3)
        connection.sendall(b"\x00" * 100_000)
        assert [receive(connection, pending).status for _ in range(4)] == [202, 202, 202, 400]
        assert connection.recv(1) == b""
    assert "Traceback" not in hasty.log_text()
