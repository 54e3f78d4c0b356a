"""The process: how it refuses to start, how it stops, and who starts it again."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.audit.auditor import audit
from tests.e2e.conftest import MakeServer
from tests.e2e.load import Load
from tests.e2e.server import FIRST_ORDER, HASTE, START_S, STOP_S, Server, environment, is_running, order_until, wait_for

HANGING = Path(__file__).with_name("hanging.py")
HUNG = 70
IN_FLIGHT = (
    "SELECT (SELECT count(*) FROM messages WHERE receives > 0 AND retry_at IS NULL)"
    " + (SELECT count(*) FROM stream_parked WHERE receives > 0 AND retry_at IS NULL)"
    " + (SELECT count(*) FROM stream_positions WHERE claimed_to > checkpoint)"
)


def refused(server: Server) -> str:
    """What a server says that cannot start; it ends with 2, at once and without a traceback."""
    assert server.spawn().process.wait(START_S) == 2
    assert "Traceback" not in server.log_text()
    return server.log_text()


def test_a_second_server_on_a_directory_names_the_first(make_server: MakeServer) -> None:
    first = make_server().start()
    said = refused(make_server())
    assert f"process {first.pid}" in said
    assert first.url in said
    assert "--data" in said
    assert first.healthy()


def test_a_taken_port_is_named_with_a_cure(make_server: MakeServer) -> None:
    server = make_server()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", server.port))
        taken.listen()
        said = refused(server)
    assert f"127.0.0.1:{server.port}" in said
    assert "in use" in said
    assert "--port" in said
    assert not (server.data / "staff-token").exists()


@pytest.mark.parametrize(
    ("env", "parts"),
    [
        ({"ORDERMILL_PIPELINE": "nonsense"}, ["'nonsense'", "stream"]),
        ({"ORDERMILL_CATALOGUE": "maybe"}, ["ORDERMILL_CATALOGUE", "'maybe'", "open or strict"]),
        ({"ORDERMILL_RETRY_BASE_MS": "soon"}, ["ORDERMILL_RETRY_BASE_MS", "'soon'", "number"]),
        ({"ORDERMILL_PAYMENT_TIMEOUT_MS": "0"}, ["ORDERMILL_PAYMENT_TIMEOUT_MS", "'0'"]),
        ({"ORDERMILL_RETRY_BASE_MS": "inf"}, ["ORDERMILL_RETRY_BASE_MS", "'inf'"]),
        ({"ORDERMILL_MAIL_FROM": "nobody"}, ["ORDERMILL_MAIL_FROM"]),
        ({"ORDERMILL_HOST": "256.1.1.1"}, ["256.1.1.1", "--host"]),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_bad_settings_are_named(make_server: MakeServer, env: dict[str, str], parts: list[str]) -> None:
    said = refused(make_server(env=env))
    assert [part for part in parts if part not in said] == [], said


def test_a_data_directory_that_is_a_file_is_named(make_server: MakeServer) -> None:
    server = make_server()
    server.data.write_text("not a folder", encoding="utf-8")
    assert str(server.data) in refused(server)


def test_a_database_that_is_none_is_named(make_server: MakeServer) -> None:
    server = make_server()
    server.data.mkdir()
    (server.data / "ordermill.db").write_bytes(b"This is no database. " * 500)
    assert str(server.data / "ordermill.db") in refused(server)


@pytest.mark.parametrize("name", ["mail", "staff-token", "ordermill.db.lock"])
def test_something_else_under_our_names_is_named(make_server: MakeServer, name: str) -> None:
    server = make_server()
    server.data.mkdir()
    if name == "mail":
        (server.data / name).write_text("not a folder", encoding="ascii")
    else:
        (server.data / name).mkdir()
    assert str(server.data) in refused(server)


def test_an_empty_staff_token_lets_nobody_in(make_server: MakeServer) -> None:
    server = make_server()
    server.data.mkdir()
    (server.data / "staff-token").write_text("\n", encoding="ascii")
    assert "staff token" in refused(server)


@pytest.mark.parametrize("how", ["SIGTERM to the supervisor", "Ctrl-C"])
def test_stopping_under_load_finishes_what_is_under_way(make_server: MakeServer, how: str) -> None:
    server = make_server(env={"ORDERMILL_PAYMENT_TIMEOUT_MS": "2500"}).start()
    with Load(server.port, random.getrandbits(32)) as load:
        wait_for(lambda: len(load.sent.accepted) > 100, "some orders are placed")
        wait_for_an_answer_of_the_gateway(server)
        began = time.monotonic()
        if how == "Ctrl-C":
            server.signal_group(signal.SIGINT)
        else:
            server.process.terminate()
        assert server.process.wait(STOP_S) == 0
        assert time.monotonic() - began < STOP_S
    assert "Traceback" not in server.log_text()
    assert load.sent.unexpected == []
    assert server.rows(IN_FLIGHT) == [(0,)]
    stored = {order_id for (order_id,) in server.rows("SELECT order_id FROM orders")}
    assert set(load.sent.accepted.values()) <= stored
    server.start()
    wait_for(server.settled, "the rest is processed")


def wait_for_an_answer_of_the_gateway(server: Server) -> None:
    """An order whose payment is under way, and for longer than connections are let finish."""
    with server.client() as client:
        placed = client.post("/orders", json=FIRST_ORDER | {"paymentToken": "tok_timeout_once"}).json()
        order_until(client, placed["orderId"], server.staff, "CONFIRMED")


def test_the_server_ends_when_its_supervisor_is_killed(make_server: MakeServer) -> None:
    server = make_server().start()
    pid = server.pid
    server.process.kill()
    server.process.wait(STOP_S)
    wait_for(lambda: not is_running(pid), "the server process is gone")
    server.start()


def test_a_killed_server_is_started_again(make_server: MakeServer) -> None:
    server = make_server().start()
    with server.client() as client:
        before = client.post("/orders", json=FIRST_ORDER).json()
    server.kill_server_and_wait()
    with server.client() as client:
        assert client.post("/orders", json=FIRST_ORDER).status_code == 202
        holder = {"Order-Token": before["orderToken"]}
        assert client.get(f"/orders/{before['orderId']}", headers=holder).status_code == 200
    assert "SIGKILL" in server.log_text()
    assert server.terminate() == 0


def test_a_server_that_stood_still_is_not_taken_for_a_hanging_one(make_server: MakeServer) -> None:
    server = make_server(env=HASTE).start()
    pid = server.pid
    with Load(server.port, random.getrandbits(32)) as load:
        wait_for(lambda: len(load.sent.accepted) > 20, "some orders are placed")
        os.kill(pid, signal.SIGSTOP)
        time.sleep(1.5)
        os.kill(pid, signal.SIGCONT)
        seen = len(load.sent.accepted)
        wait_for(lambda: len(load.sent.accepted) > seen + 20, "orders are accepted again")
    assert server.pid == pid
    assert load.sent.unanswered == []
    wait_for(server.settled, "everything is processed and mailed")
    audit(server.data, load.sent.attempts)


def test_a_hanging_function_ends_the_process_and_its_message_is_dead_after_five_times(
    make_server: MakeServer,
) -> None:
    server = make_server()
    server.data.mkdir()
    ends: list[int] = []
    while len(ends) < 10 and 0 not in ends:
        command = [sys.executable, str(HANGING), str(server.data / "ordermill.db")]
        ends.append(subprocess.run(command, capture_output=True, env=environment(), timeout=20, check=False).returncode)
    assert ends == [HUNG] * 5 + [0]
    ((body,),) = server.rows("SELECT body FROM dead_letters")
    dead = json.loads(body)
    poison = server.rows("SELECT order_id FROM orders WHERE CAST(body AS TEXT) LIKE '%Poison%'")[0][0]
    assert (dead["orderId"], dead["function"], dead["receives"]) == (poison, "record_order_event", 5)
    assert server.settled()
    seqs = "SELECT order_id = '{}', group_concat(seq) FROM (SELECT * FROM events ORDER BY seq) GROUP BY order_id"
    assert sorted(server.rows(seqs.format(poison))) == [(0, "1,2,3,4"), (0, "1,2,3,4"), (1, "1,2,4")]


def test_the_staff_token_is_the_owners_alone_and_is_told_nowhere(make_server: MakeServer) -> None:
    server = make_server().start()
    with server.client() as client:
        assert client.get("/topology", headers=server.staff).status_code == 200
        assert client.get("/topology", headers={"Authorization": "Bearer wrong"}).status_code == 401
    file = server.data / "staff-token"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    check_untold(server, server.token)
    before = server.token
    server.kill()
    assert server.start().token == before


def test_a_token_of_the_operators_is_used_and_not_stored(make_server: MakeServer) -> None:
    token = "the-operators-own-token"
    server = make_server(env={"ORDERMILL_STAFF_TOKEN": token}).start()
    assert not (server.data / "staff-token").exists()
    with server.client() as client:
        assert client.get("/topology", headers={"Authorization": f"Bearer {token}"}).status_code == 200
    check_untold(server, token)
    server.terminate()
    assert [path for path in server.data.rglob("*") if path.is_file() and token.encode() in path.read_bytes()] == []


def check_untold(server: Server, token: str) -> None:
    for pid in (server.process.pid, server.pid):
        assert token.encode() not in Path(f"/proc/{pid}/cmdline").read_bytes()
    assert token not in server.log_text()
