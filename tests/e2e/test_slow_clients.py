"""Clients that are slow, silent, deaf or endless end at the limits, cost little, and disturb nobody else."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.e2e.bad_input_kit import GOOD, HEALTH, post
from tests.e2e.conftest import MakeServer
from tests.e2e.server import FIRST_ORDER, Server, order_until, wait_for
from tests.e2e.slow_clients import CLIENTS
from tests.e2e.wire import connect, receive

HEAD_S, BODY_S, IDLE_S, SEND_S = 3, 4, 2, 1
SLACK_S = 4
GROWTH_MAX = 60 * 1024
SAMPLES = 300
FLOOR_S = 0.030
"""Below it a ratio says more about the machine than about the server."""
ROOT = Path(__file__).parents[2]


def memory_kib(server: Server, kind: str = "VmRSS") -> int:
    """The memory of the server process: resident now, or `VmHWM` for the most there ever was."""
    status = Path(f"/proc/{server.pid}/status").read_text(encoding="ascii")
    (line,) = [line for line in status.splitlines() if line.startswith(f"{kind}:")]
    return int(line.split()[1])


def open_files(server: Server) -> int:
    """How many files the server process has open."""
    return len(list(Path(f"/proc/{server.pid}/fd").iterdir()))


def p99(server: Server, rounds: int) -> float:
    """The 99th percentile of the seconds that an order took to be taken, one after another: the best round's."""
    return min(_p99(server) for _ in range(rounds))


def _p99(server: Server) -> float:
    took = []
    with connect(server.port) as connection:
        for _ in range(SAMPLES):
            began = time.perf_counter()
            connection.sendall(post(GOOD))
            assert receive(connection).status == 202
            took.append(time.perf_counter() - began)
    return sorted(took)[SAMPLES * 99 // 100]


@pytest.fixture
def slow(make_server: MakeServer) -> Iterator[tuple[Server, subprocess.Popen[str]]]:
    """A server with short limits, and slow clients that wait for a line."""
    server = make_server(
        env={
            "ORDERMILL_HEAD_TIMEOUT_S": str(HEAD_S),
            "ORDERMILL_BODY_TIMEOUT_S": str(BODY_S),
            "ORDERMILL_IDLE_TIMEOUT_S": str(IDLE_S),
            "ORDERMILL_SEND_TIMEOUT_S": str(SEND_S),
        }
    ).start()
    command = [sys.executable, "-m", "tests.e2e.slow_clients", str(server.port)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as clients:
        try:
            yield server, clients
        finally:
            clients.kill()


def test_slow_clients_are_told_and_left(slow: tuple[Server, subprocess.Popen[str]]) -> None:
    server, clients = slow
    quiet = p99(server, 3)
    pid, memory, files = server.pid, memory_kib(server), open_files(server)
    assert clients.stdin is not None
    clients.stdin.write("go\n")
    clients.stdin.flush()
    wait_for(lambda: open_files(server) > files + 600, "the slow clients are connected")
    beside = p99(server, 3)
    most = memory_kib(server)
    out, _ = clients.communicate(timeout=40)
    ends = json.loads(out)
    assert {kind: end["answers"] for kind, end in ends.items()} == {
        "slow_head": {"408": CLIENTS_OF["slow_head"]},
        "slow_body": {"408": CLIENTS_OF["slow_body"]},
        "idle": {"": CLIENTS_OF["idle"]},
        "silent": {"200": CLIENTS_OF["silent"]},
        "deaf": {"": CLIENTS_OF["deaf"]},
        "endless": {"413": CLIENTS_OF["endless"]},
        "large": {"413": CLIENTS_OF["large"]},
    }
    limits = {"slow_head": HEAD_S, "slow_body": BODY_S, "idle": HEAD_S, "silent": IDLE_S, "deaf": 2 * SEND_S}
    late = {kind: ends[kind]["last_s"] for kind, limit in limits.items() if ends[kind]["last_s"] > limit + SLACK_S}
    assert late == {}
    assert beside <= max(2 * quiet, FLOOR_S), f"p99 {beside * 1000:.1f} ms beside them, {quiet * 1000:.1f} ms without"
    assert max(most, memory_kib(server)) - memory < GROWTH_MAX
    wait_for(lambda: open_files(server) <= files + 2, "every connection is closed")
    assert server.pid == pid
    assert "Traceback" not in server.log_text()


CLIENTS_OF = {kind.__name__: count for kind, count in CLIENTS.items()}


def test_a_slow_second_request_does_not_take_the_answer_of_the_first(make_server: MakeServer) -> None:
    server = make_server(env={"ORDERMILL_HEAD_TIMEOUT_S": "0.5"}).start()
    with connect(server.port) as connection:
        connection.sendall(HEALTH + HEALTH[:-2])
        pending = bytearray()
        assert [receive(connection, pending).status for _ in range(2)] == [200, 408]
        assert connection.recv(1) == b""


def test_beyond_the_limit_connections_are_told_and_places_become_free(make_server: MakeServer) -> None:
    server = make_server(env={"ORDERMILL_MAX_CONNECTIONS": "5"}).start()
    with ExitStack() as stack:
        held = [stack.enter_context(connect(server.port)) for _ in range(5)]
        for connection in held:
            connection.sendall(HEALTH)
            assert receive(connection).status == 200
        with connect(server.port) as one_more:
            one_more.sendall(HEALTH)
            reply = receive(one_more)
            assert (reply.status, "retry-after" in reply.headers) == (503, True)
            assert json.loads(reply.body)["type"] == "/problems/overloaded"
            assert one_more.recv(1) == b""
        held[0].sendall(post(GOOD))
        assert receive(held[0]).status == 202
    wait_for(server.healthy, "there is room again")


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such limit")
def test_when_files_run_out_connections_are_refused_and_orders_go_on(make_server: MakeServer) -> None:
    server = make_server(prefix=["bash", "-c", 'ulimit -n 64 && exec "$@"', "limited"]).start()
    with ExitStack() as stack:
        held = stack.enter_context(connect(server.port))
        held.sendall(HEALTH)
        assert receive(held).status == 200
        for _ in range(200):
            stack.enter_context(connect(server.port)).sendall(HEALTH)
        held.sendall(post(json.dumps(FIRST_ORDER)))
        reply = receive(held)
        assert reply.status == 202
        order_id = json.loads(reply.body)["orderId"]
        sent = f"SELECT 1 FROM mails WHERE order_id = '{order_id}' AND status = 'SENT'"
        wait_for(lambda: server.rows(sent), "it is processed and its mail written, however many wait outside")
    wait_for(server.healthy, "it answers again")
    with server.client() as api:
        placed = api.post("/orders", json=FIRST_ORDER).json()
        order_until(api, placed["orderId"], server.staff, "PROCESSED")
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 300
    assert "Traceback" not in server.log_text()
