"""Bodies that are large and wrong in every member: all of it is named, memory stays bounded and is given back."""

from __future__ import annotations

import json
from contextlib import ExitStack

import pytest

from ordermill.entrypoints.http import LARGE_BODY
from tests.e2e.bad_input_kit import post
from tests.e2e.conftest import MakeServer
from tests.e2e.server import FIRST_ORDER, Server
from tests.e2e.test_slow_clients import memory_kib
from tests.e2e.wire import Reply, connect, receive

MEMBERS = 22_000
ALL_WRONG = post(json.dumps({f"{number:x}": 0 for number in range(MEMBERS)}, separators=(",", ":")))
SMALL_AND_WRONG = post(json.dumps({f"{number:x}": 0 for number in range(4000)}, separators=(",", ":")))
"""Small enough to be taken without regard to how many others are."""
AT_ONCE = 25
MOST_KIB = 80 * 1024
"""How much more memory fifty of them may take at once; all together would take 300 MB."""


@pytest.fixture
def server(make_server: MakeServer) -> Server:
    return make_server().start()


def at_once(server: Server, sent: bytes, count: int) -> list[Reply]:
    """Send the same on so many connections, the last bytes together, then read the answers."""
    with ExitStack() as stack:
        connections = [stack.enter_context(connect(server.port)) for _ in range(count)]
        for part in (sent[:-1], sent[-1:]):
            for connection in connections:
                connection.sendall(part)
        return [receive(connection) for connection in connections]


def test_every_member_is_named_and_nothing_of_it_stays_in_memory(server: Server) -> None:
    for reply in at_once(server, ALL_WRONG, AT_ONCE):
        assert reply.status == 422
    assert len(json.loads(reply.body)["errors"]) == MEMBERS + 1
    before = memory_kib(server)
    for _ in range(3):
        at_once(server, ALL_WRONG, AT_ONCE)
    # Each takes about 7 MB while it is looked at: 75 that stayed would be half a gigabyte.
    assert memory_kib(server) - before < 60 * 1024


def test_nothing_of_small_ones_stays_in_memory_either(server: Server) -> None:
    assert len(SMALL_AND_WRONG) < LARGE_BODY + 512
    assert {reply.status for reply in at_once(server, SMALL_AND_WRONG, AT_ONCE)} == {422}
    before = memory_kib(server)
    for _ in range(10):
        at_once(server, SMALL_AND_WRONG, AT_ONCE)
    # Each takes more than a megabyte.
    assert memory_kib(server) - before < 60 * 1024


def test_few_are_taken_apart_at_a_time(server: Server) -> None:
    at_once(server, ALL_WRONG, 1)
    before = memory_kib(server, "VmHWM")
    at_once(server, ALL_WRONG, 2 * AT_ONCE)
    assert memory_kib(server, "VmHWM") - before < MOST_KIB


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
