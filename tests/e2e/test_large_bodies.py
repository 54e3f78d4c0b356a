"""Bodies that are large and wrong in every member: all of it is named, others wait little, memory is given back."""

from __future__ import annotations

import json
import time
from contextlib import ExitStack
from threading import Thread

import pytest

from tests.e2e.bad_input_kit import HEALTH, post
from tests.e2e.conftest import MakeServer
from tests.e2e.server import FIRST_ORDER, Server
from tests.e2e.test_slow_clients import resident_kib
from tests.e2e.wire import Reply, connect, receive

MEMBERS = 22_000
ALL_WRONG = post(json.dumps({f"{number:x}": 0 for number in range(MEMBERS)}, separators=(",", ":")))
AT_ONCE = 25


@pytest.fixture
def server(make_server: MakeServer) -> Server:
    return make_server().start()


def at_once(server: Server, sent: bytes, count: int) -> list[Reply]:
    """Send the same on so many connections, then read the answers."""
    with ExitStack() as stack:
        connections = [stack.enter_context(connect(server.port)) for _ in range(count)]
        for connection in connections:
            connection.sendall(sent)
        return [receive(connection) for connection in connections]


def test_every_member_is_named_and_nothing_of_it_stays_in_memory(server: Server) -> None:
    for reply in at_once(server, ALL_WRONG, AT_ONCE):
        assert reply.status == 422
    assert len(json.loads(reply.body)["errors"]) == MEMBERS + 1
    before = resident_kib(server)
    for _ in range(3):
        at_once(server, ALL_WRONG, AT_ONCE)
    # Each takes about 7 MB while it is looked at: 75 that stayed would be half a gigabyte.
    assert resident_kib(server) - before < 60 * 1024


def test_others_wait_for_few_of_them(server: Server) -> None:
    began = time.perf_counter()
    at_once(server, ALL_WRONG, 8)
    eight = time.perf_counter() - began
    waits: list[float] = []
    flood = Thread(target=at_once, args=(server, ALL_WRONG, AT_ONCE))
    flood.start()
    with connect(server.port) as connection:
        while flood.is_alive():
            began = time.perf_counter()
            connection.sendall(HEALTH)
            assert receive(connection).status == 200
            waits.append(time.perf_counter() - began)
    assert len(waits) > 5
    assert max(waits) < 2 * eight


def test_more_bodies_than_there_is_room_for_are_refused_for_a_while(server: Server) -> None:
    part = post(b" " * 250_000)[:-1]
    with ExitStack() as stack:
        connections = [stack.enter_context(connect(server.port)) for _ in range(200)]
        for connection in connections:
            connection.sendall(part)
        refused = connections[-1]
        reply = receive(refused)
        assert (reply.status, json.loads(reply.body)["type"]) == (503, "/problems/overloaded")
        assert "retry-after" in reply.headers
        connections[0].sendall(b" ")
        assert receive(connections[0]).status == 400
    with server.client() as api:
        assert api.post("/orders", json=FIRST_ORDER).status_code == 202
