"""People rehearse failures: they break something with one command, see it fail, mend it, and see it work."""

from __future__ import annotations

import json
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest

from tests.e2e.conftest import MakeServer
from tests.e2e.server import FIRST_ORDER, HASTE, ORDERMILL, Json, Server, environment, order_until, wait_for
from tests.e2e.wire import problem


def ordermill(server: Server, *args: str, code: int = 0) -> str:
    """What the command says. Raises AssertionError where it ends otherwise."""
    env = environment({"ORDERMILL_URL": server.url, "ORDERMILL_DATA": str(server.data), "COLUMNS": "200"})
    done = subprocess.run([str(ORDERMILL), *args], capture_output=True, text=True, env=env, timeout=30)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout if code == 0 else done.stderr


def place(client: httpx2.Client, **members: str) -> str:
    order_id: str = client.post("/orders", json={**FIRST_ORDER, **members}).json()["orderId"]
    return order_id


def ledger(client: httpx2.Client, server: Server, order_id: str) -> list[Json]:
    found: list[Json] = client.get("/payments", params={"orderId": order_id}, headers=server.staff).json()["payments"]
    return found


def letters(server: Server) -> list[Json]:
    """The open dead letters, also while the server is down."""
    return [json.loads(body) for (body,) in server.rows("SELECT CAST(body AS TEXT) FROM dead_letters WHERE open")]


def test_broken_with_one_command_mended_with_another(make_server: MakeServer) -> None:
    server = make_server(env=HASTE).start()
    ordermill(server, "faults", "set", "process_order", "fail")
    with server.client() as client:
        order_id = place(client)
        order = order_until(client, order_id, server.staff, "FAILED")
        assert (order["reason"], order["payment"]["captured"]) == ("INTERNAL", "0.00")
        assert [letter["error"] for letter in letters(server)] == [
            "InjectedFault: injected fault: process_order fails at start"
        ]
        assert ledger(client, server, order_id) == []
        assert re.search(r"process_order +fail +start +always +5 ", ordermill(server, "faults"))
        metrics = client.get("/metrics", headers=server.staff).text
        assert 'ordermill_faults_fired_total{name="process_order"} 5.0' in metrics
        assert client.get("/health").status_code == 200
        doctor = ordermill(server, "doctor", "--port", str(server.port))
        assert "set: process_order (fail)" in doctor
        assert ordermill(server, "faults", "clear") == "no faults are set\n"
        order_until(client, place(client), server.staff, "PROCESSED")
        assert ordermill(server, "dead-letters", "redrive", "--all") == "1 letter redriven\n"
        order_until(client, order_id, server.staff, "PROCESSED")
        assert [entry["outcome"] for entry in ledger(client, server, order_id)] == ["approved"]
    assert [line for line in server.log_text().splitlines() if '"a fault is set"' in line]


@pytest.mark.parametrize(("name", "at"), [("payments", "end"), ("process_order", "end")])
def test_a_crash_strikes_once_and_after_it_the_order_is_completed(make_server: MakeServer, name: str, at: str) -> None:
    server = make_server(env=HASTE).start()
    before = server.pid
    ordermill(server, "faults", "set", name, "crash", "--times", "1", "--at", at)
    with server.client() as client:
        order_id = place(client)
        wait_for(lambda: server.pid_or_none() not in (None, before), "the server is started again")
        server.wait_until_healthy()
        order_until(client, order_id, server.staff, "PROCESSED")
        assert [entry["outcome"] for entry in ledger(client, server, order_id)] == ["approved"]
        faults = client.get("/faults", headers=server.staff).json()["faults"]
    assert faults[name] == {"mode": "crash", "times": 1, "at": at, "match": None, "delayMs": 0, "fired": 1}
    assert server.log_text().count("exit status 137") == 1
    rows = server.rows("SELECT count(*) FROM ledger", file="ordermill.db.payments")
    assert rows == [(1,)]
    assert (server.data / "ordermill.db.faults").stat().st_mode & 0o077 == 0


def test_a_message_that_crashes_the_process_each_time_is_given_up_and_others_go_on(make_server: MakeServer) -> None:
    server = make_server(env={**HASTE, "ORDERMILL_PIPELINE": "queue"}).start()
    with server.client() as client:
        ordermill(server, "faults", "set", "process_order", "crash", "--match", "Killer", "--at", "after-charge")
        killer = place(client, customerName="Killer")
        wait_for(lambda: letters(server), "it is given up", 40)
        server.wait_until_healthy()
        order_until(client, place(client), server.staff, "PROCESSED")
        order_until(client, killer, server.staff, "FAILED")
    (letter,) = letters(server)
    assert (letter["orderId"], letter["receives"]) == (killer, 5)


@pytest.mark.parametrize(("env", "allowed"), [({}, False), ({"ORDERMILL_FAULTS": "on"}, True)])
def test_elsewhere_than_on_loopback_the_operator_allows_it(
    make_server: MakeServer, env: dict[str, str], allowed: bool
) -> None:
    server = make_server(env={**env, "ORDERMILL_HOST": "0.0.0.0"}).start()
    with server.client() as client:
        for method, body in (("GET", None), ("PUT", {"mail": {"mode": "fail"}})):
            answer = client.request(method, "/faults", json=body, headers=server.staff)
            if allowed:
                assert answer.status_code == 200
            else:
                problem(client, answer, 403, "forbidden")


def test_what_is_wrong_is_named_and_changes_nothing(api: httpx2.Client, running: Server) -> None:
    sent = {"process_order": {"mode": "x", "times": 0, "at": "y", "delayMs": -1, "z": 1}, "nobody": {"mode": "fail"}}
    body = problem(api, api.put("/faults", json=sent, headers=running.staff), 422, "invalid-faults")
    assert {error["pointer"] for error in body["errors"]} == {
        *(f"/process_order/{member}" for member in ("mode", "times", "at", "delayMs", "z")),
        "/nobody",
    }
    for content, media, status, slug in (
        ("{", "application/json", 400, "malformed-json"),
        ("{}", "text/plain", 415, "unsupported-media-type"),
        ("{}" + " " * 300_000, "application/json", 413, "payload-too-large"),
    ):
        headers = {**running.staff, "Content-Type": media}
        problem(api, api.put("/faults", content=content, headers=headers), status, slug)
    problem(api, api.put("/faults?x=1", json={}, headers=running.staff), 400, "invalid-query")
    answer = api.get("/faults", headers=running.staff)
    assert (answer.json(), answer.headers["cache-control"]) == ({"faults": {}}, "no-store")


def test_what_only_reads_can_be_struck_and_holds_up_nobody(make_server: MakeServer) -> None:
    server = make_server().start()
    with server.client() as client:
        faults = {"get_products": {"mode": "delay", "delayMs": 3000, "times": 8}, "get_orders": {"mode": "fail"}}
        assert client.put("/faults", json=faults, headers=server.staff).status_code == 200
        with ThreadPoolExecutor(8) as pool:
            slow = [pool.submit(httpx2.get, f"{server.url}/products", timeout=15) for _ in range(8)]
            wait_for(lambda: _fired(client, server, "get_products") == 8, "all of them are asked for")
            assert client.get("/queues", headers=server.staff).elapsed.total_seconds() < 3
            assert not any(answer.done() for answer in slow)
            assert {answer.result().status_code for answer in slow} == {200}
        problem(client, client.get("/orders", headers=server.staff), 500, "internal-error")
        assert client.get("/products").elapsed.total_seconds() < 3


def _fired(client: httpx2.Client, server: Server, name: str) -> int:
    fired: int = client.get("/faults", headers=server.staff).json()["faults"][name]["fired"]
    return fired


def test_the_clock_is_not_moved_without_saying_so(tmp_path: Path) -> None:
    env = environment({"ORDERMILL_CLOCK_OFFSET_S": "60", "ORDERMILL_DATA": str(tmp_path / "data")})
    done = subprocess.run([str(ORDERMILL), "up"], capture_output=True, text=True, env=env, timeout=30)
    assert done.returncode == 2
    assert "ORDERMILL_FAULTS=on" in done.stderr
    assert not (tmp_path / "data").exists()
