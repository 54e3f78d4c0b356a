"""Whole on arrival, which takes the direct way, or in pieces, which does not: a request has the same answer."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import pairwise

import httpx2
import pytest

from tests.e2e.server import FIRST_ORDER, Server, wait_for
from tests.e2e.wire import Reply, connect, receive, request

ORDER = json.dumps(FIRST_ORDER).encode()
HEALTH = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
FRESH = ("date", "content-length", "location", "traceparent")
"""Headers whose values differ from one answer to the next."""


@pytest.fixture
def wire(running: Server) -> Iterator[socket.socket]:
    with closing(connect(running.port)) as connection:
        yield connection


def pieces(sent: bytes, at: Sequence[int]) -> list[bytes]:
    """`sent`, cut at these places."""
    cuts = [0, *at, len(sent)]
    return [sent[start:end] for start, end in pairwise(cuts)]


def answer(port: int, parts: Sequence[bytes]) -> Reply:
    """The answer to a request that arrives in `parts`."""
    with closing(connect(port)) as connection:
        for number, part in enumerate(parts):
            if number:
                # Long enough for the server to have read what came before.
                time.sleep(0.03)
            connection.sendall(part)
        return receive(connection)


def shape(reply: Reply) -> tuple[int, dict[str, str], set[str]]:
    """What must not depend on how the request arrived: status, headers, and the members of the body."""
    headers = {name: "" if name in FRESH else text for name, text in reply.headers.items()}
    return reply.status, headers, set(json.loads(reply.body))


REQUESTS = {
    "accepted": request(ORDER),
    "invalid": request(b'{"items": []}'),
    "malformed": request(b'{"items": '),
    "empty": request(b""),
    "another type": request(ORDER).replace(b"application/json", b"text/plain"),
    "encoded": request(ORDER, headers=["Content-Encoding: gzip"]),
    "wrong token": request(ORDER, headers=["Authorization: Bearer nobody"]),
    "two tokens": request(ORDER, headers=["Authorization: Bearer a", "Authorization: Bearer b"]),
    "wrong key": request(ORDER, headers=["Idempotency-Key: " + "k" * 256]),
    "chunked": request(b"").replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
    + b"%x\r\n%s\r\n0\r\n\r\n" % (len(ORDER), ORDER),
    "last on its connection": request(ORDER, headers=["Connection: close"]),
    "HTTP/1.0": request(ORDER).replace(b"HTTP/1.1", b"HTTP/1.0"),
    "HTTP/1.0, to be kept alive": request(ORDER, headers=["Connection: keep-alive"]).replace(b"HTTP/1.1", b"HTTP/1.0"),
    "with a query": request(ORDER, path="/orders?x=1"),
    "expecting": request(ORDER, headers=["Expect: something"]),
    "another method": request(ORDER, method="PUT"),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_whole_or_in_pieces(running: Server, name: str) -> None:
    sent = REQUESTS[name]
    body_at = sent.index(b"\r\n\r\n") + 4
    whole = answer(running.port, [sent])
    for at in ([10], [body_at], [body_at - 2, len(sent) - 1] if body_at < len(sent) else [body_at - 2]):
        assert shape(answer(running.port, pieces(sent, at))) == shape(whole)


def test_a_replay_says_so_on_both_ways(running: Server) -> None:
    sent = request(ORDER, headers=["Idempotency-Key: direct-way-1"])
    first = answer(running.port, [sent])
    replays = [answer(running.port, [sent]), answer(running.port, [sent[:50], sent[50:]])]
    assert [reply.headers.get("idempotent-replayed") for reply in (first, *replays)] == [None, "true", "true"]
    assert len({json.loads(reply.body)["orderId"] for reply in (first, *replays)}) == 1


def test_a_pipeline_is_answered_in_its_order(wire: socket.socket) -> None:
    invalid = request(b'{"items": []}')
    wire.sendall(request(ORDER) + invalid + HEALTH + request(ORDER) + request(ORDER) + HEALTH + invalid)
    pending = bytearray()
    assert [receive(wire, pending).status for _ in range(7)] == [202, 422, 200, 202, 202, 200, 422]
    assert not pending


def test_a_long_pipeline_in_odd_pieces(wire: socket.socket) -> None:
    sent = (request(ORDER) + HEALTH) * 40
    for start in range(0, len(sent), 997):
        wire.sendall(sent[start : start + 997])
    pending = bytearray()
    assert [receive(wire, pending).status for _ in range(80)] == [202, 200] * 40


def test_a_connection_that_is_to_close_closes_after_its_answer(wire: socket.socket) -> None:
    wire.sendall(request(ORDER, headers=["Connection: close"]) + request(ORDER))
    reply = receive(wire)
    assert (reply.status, reply.headers["connection"]) == (202, "close")
    assert wire.recv(1) == b""


def test_a_client_that_is_gone_has_its_order_all_the_same(running: Server, api: httpx2.Client) -> None:
    body = json.dumps(FIRST_ORDER | {"customerName": "Gone At Once"}).encode()
    for _ in range(20):
        with closing(connect(running.port)) as connection:
            connection.sendall(request(body))
    count = "SELECT count(*) FROM orders WHERE CAST(body AS TEXT) LIKE '%Gone At Once%'"
    wait_for(lambda: running.rows(count)[0][0] == 20, "every order is stored")
    assert api.get("/health").status_code == 200
    assert "Traceback" not in running.log_text()
