"""Watching a real server: `/live`, `/metrics`, the log and `ordermill tail`."""

from __future__ import annotations

import json
import os
import random
import select
import signal
import socket
import subprocess
import time

import httpx2
import pytest

from tests.e2e.conftest import MakeServer
from tests.e2e.live import Watching, hops_of, metrics, without_hole
from tests.e2e.load import Load
from tests.e2e.server import FIRST_ORDER, ORDERMILL, Server, environment, order_until, wait_for

ACCEPTED = "POST /orders>start_workflow"


def place(client: httpx2.Client, count: int = 1) -> list[str]:
    """Orders, each followed until it is processed."""
    placed = []
    for _ in range(count):
        answer = client.post("/orders", json=FIRST_ORDER).json()
        order_until(client, answer["orderId"], {}, "PROCESSED")
        placed.append(answer["orderId"])
    return placed


@pytest.mark.parametrize(
    ("method", "query", "headers", "status"),
    [
        ("GET", "", {}, 401),
        ("GET", "", {"Authorization": "Bearer nonsense"}, 401),
        ("GET", "?outcome=maybe", None, 400),
        ("GET", "?lastEventId=x", None, 400),
        ("GET", "?colour=red", None, 400),
        ("POST", "", None, 405),
        ("HEAD", "", None, 200),
    ],
)
def test_who_may_watch_and_how(
    running: Server, api: httpx2.Client, method: str, query: str, headers: dict[str, str] | None, status: int
) -> None:
    answer = api.request(method, f"/live{query}", headers=running.staff if headers is None else headers)
    assert answer.status_code == status
    expected = "text/event-stream" if status == 200 else "application/problem+json"
    assert answer.headers["content-type"] == expected
    assert answer.headers["cache-control"] == "no-store"


def test_a_connection_that_is_cut_loses_and_repeats_nothing(running: Server, api: httpx2.Client) -> None:
    wait_for(running.settled, "nothing is under way")
    before = hops_of(metrics(api, running))
    uncut, cut = Watching(running).start(), Watching(running).start()
    for _ in range(6):
        place(api, 2)
        cut.cut()
        place(api)
        cut.start()

    def all_seen() -> bool:
        counted = hops_of(metrics(api, running)) - before
        return counted["mail-queue>send_email", "ok"] == 18 and uncut.counts() == cut.counts() == counted

    wait_for(all_seen, "both have seen all")
    uncut.cut()
    cut.cut()
    single = uncut.seqs()
    assert len(single) > 6 * 3 * 10
    # What one saw summed up the other may have been sent anew, each by itself.
    assert [hop for hop in cut.of("hop") if hop["seq"] in single] == [
        hop for hop in uncut.of("hop") if hop["seq"] in cut.seqs()
    ]
    assert without_hole(cut.ranges())
    assert without_hole(uncut.ranges())
    assert uncut.counts()[ACCEPTED, "ok"] == 18


def test_metrics_are_for_staff(running: Server, api: httpx2.Client) -> None:
    assert api.get("/metrics").status_code == 401
    place(api)
    assert api.get("/no/such/path").status_code == 404
    answer = api.get("/metrics", headers=running.staff)
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    head = api.head("/metrics", headers=running.staff)
    assert (head.status_code, head.content, head.headers["content-type"]) == (200, b"", answer.headers["content-type"])
    found = metrics(api, running)
    queues = {queue["queue"] for queue in api.get("/queues", headers=running.staff).json()["queues"]}
    for name in ("ordermill_queue_depth", "ordermill_queue_delayed", "ordermill_queue_oldest_seconds"):
        assert {dict(labels)["queue"] for metric, labels in found if metric == name} == queues
    none = frozenset({"method": "GET", "route": "none", "status": "404"}.items())
    assert found["ordermill_http_requests_total", none] >= 1
    assert found["ordermill_storage_healthy", frozenset()] == 1
    assert found[
        "ordermill_hops_total", frozenset({"edge": ACCEPTED, "function": "start_workflow", "outcome": "ok"}.items())
    ]


def test_under_load_frames_add_up_and_nobody_waits_for_a_slow_client(make_server: MakeServer) -> None:
    server = make_server(env={"ORDERMILL_LOG_FORMAT": "json"}).start()
    everything, mails = Watching(server).start(), Watching(server, "?function=send_email").start()
    with server.client() as client, socket.create_connection(("127.0.0.1", server.port)) as slow:
        token = server.staff["Authorization"]
        slow.sendall(f"GET /live HTTP/1.1\r\nHost: localhost\r\nAuthorization: {token}\r\n\r\n".encode())
        with Load(server.port, random.getrandbits(32), clients=12) as load:
            wait_for(lambda: len(load.sent.accepted) > 800, "many orders are placed", 30)
        assert client.post("/orders", json={}).status_code == 422
        wait_for(server.settled, "all is done", 30)
        found = metrics(client, server)
        counted = hops_of(found)
        wait_for(lambda: everything.counts() == counted, "all hops were seen")
    everything.cut()
    mails.cut()
    assert load.sent.unexpected == []
    assert counted[ACCEPTED, "ok"] == len(load.sent.accepted) == server.rows("SELECT count(*) FROM orders")[0][0]
    assert counted["record-order-event>record_order_event", "ok"] == server.rows("SELECT count(*) FROM events")[0][0]
    posted = {"method": "POST", "route": "/orders", "status": "202"}
    assert found["ordermill_http_requests_total", frozenset(posted.items())] == len(load.sent.accepted)
    assert everything.of("frame")
    assert everything.of("gap") == []
    assert without_hole(everything.ranges())
    assert mails.counts() == {kind: n for kind, n in counted.items() if kind[0] == "mail-queue>send_email"} | {
        kind: n for kind, n in counted.items() if kind[0] == "send_email>mail"
    }
    check_log(server, sum(counted.values()))


def check_log(server: Server, hops: int) -> None:
    """Every line is an object, few of them are hops, and together they count them all."""
    assert server.terminate() == 0
    lines = [json.loads(line) for line in server.log_text().splitlines() if line.startswith("{")]
    banner = [line for line in server.log_text().splitlines() if line and not line.startswith(("{", "ordermill", "  "))]
    assert banner == []
    ours = [line for line in lines if line["logger"] == "ordermill.hops"]
    assert len(ours) < hops / 10
    shown = sum(line.get("count", 1) for line in ours)
    # The last second's sum is not said any more when the server stops.
    assert 0 < shown <= hops
    # The load has payments that fail, some of them for good: of these there is one alert a minute.
    alerts = [line for line in lines if line["event"] == "alert"]
    assert {(line["function"], line["reason"]) for line in alerts} <= {("process_order", "PAYMENT_ERROR")}
    assert len(alerts) <= 3
    told = [line for line in lines if line not in alerts and line.get("outcome") not in ("retry", "dead")]
    assert [line for line in told if line["level"] != "info"] == []


def test_an_order_from_before_a_restart_is_replayed_and_tail_says_what_it_missed(make_server: MakeServer) -> None:
    server = make_server(env={"ORDERMILL_RETRY_BASE_MS": "10"}).start()
    with server.client() as client:
        watching = Watching(server).start()
        tail = subprocess.Popen(
            [str(ORDERMILL), "tail", "--json", "--url", server.url, "--data", str(server.data)],
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            _restart(server, client, watching, tail)
        finally:
            tail.kill()
            tail.communicate()


def _restart(server: Server, client: httpx2.Client, watching: Watching, tail: subprocess.Popen[str]) -> None:
    wait_for(lambda: _watchers(client, server) == 2, "tail watches")
    (order_id,) = place(client)
    wait_for(server.settled, "all is done")
    wait_for(lambda: watching.counts()["mail-queue>send_email", "ok"] == 1, "all was seen")
    before = watching.seqs()
    server.kill_server_and_wait()
    watching.wait_for_the_end()
    assert watching.ended_cleanly is False
    lines = [json.loads(line) for line in server.log_text().splitlines() if line.startswith("{")]
    (said,) = [line for line in lines if line["logger"] == "ordermill.supervisor"]
    assert (said["level"], "SIGKILL" in said["event"]) == ("warning", True)

    replayed = Watching(server, f"?orderId={order_id}").start()
    wait_for(lambda: len(replayed.seqs()) >= 4, "the order is replayed")
    (again,) = place(client)
    watching.start()
    wait_for(lambda: watching.counts()["mail-queue>send_email", "ok"] == 2, "the stream goes on")
    replayed.cut()
    assert [(hop["event"], hop["edge"]) for hop in replayed.of("hop")] == [
        ("OrderCreated", "order-intake>create_order"),
        *[(f"Order{status}", "order-queue>process_order") for status in ("Confirmed", "Paid", "Processed")],
    ]
    assert [hop["replayed"] for hop in replayed.of("hop")] == [True] * 4
    (gap,) = watching.of("gap")
    assert (gap["after"], gap["reason"]) == (before[-1], "restart")
    after = [seq for seq in watching.seqs() if seq not in before]
    assert after == list(range(gap["from"], gap["from"] + len(after)))
    assert gap["from"] > before[-1]

    wait_for(lambda: _watchers(client, server) == 2, "tail watches again")
    tail.send_signal(signal.SIGINT)
    out, err = tail.communicate(timeout=10)
    assert tail.returncode == 130
    shown = [json.loads(line) for line in out.splitlines()]
    assert [line["reason"] for line in shown if line["type"] == "gap"] == ["restart"]
    assert {line["orderId"] for line in shown if line["type"] == "hop"} == {order_id, again}
    assert "connecting again" in err
    assert "connected again" in err
    watching.cut()


def _watchers(client: httpx2.Client, server: Server) -> float:
    return metrics(client, server)["ordermill_live_clients", frozenset()]


def test_open_streams_end_at_once_when_the_server_stops(make_server: MakeServer) -> None:
    server = make_server().start()
    watching = [Watching(server).start(), Watching(server, "?replay=5").start()]
    began = time.monotonic()
    server.signal_group(signal.SIGINT)
    assert server.process.wait(10) == 0
    took = time.monotonic() - began
    for each in watching:
        each.wait_for_the_end()
        assert each.ended_cleanly
    assert took < 2


def test_tail_in_a_pipe_ends_quietly_when_its_reader_does(running: Server, api: httpx2.Client) -> None:
    place(api)
    command = f"{ORDERMILL} tail --replay 5 --url {running.url} --data {running.data} | head -n 2"
    with subprocess.Popen(
        ["sh", "-c", command], env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as piped:
        # A line that finds no reader any more ends it; there has to be one.
        wait_for(lambda: place(api) and piped.poll() is not None, "tail ends", 20)
        out, err = piped.communicate()
    assert len(out.splitlines()) == 2
    assert err == ""


def test_on_a_terminal_lines_are_for_people(make_server: MakeServer) -> None:
    server = make_server()
    ours, theirs = os.openpty()
    try:
        process = subprocess.Popen(
            [str(ORDERMILL), "up", "--data", str(server.data), "--port", str(server.port)],
            env=environment({"TERM": "xterm"}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=theirs,
            start_new_session=True,
        )
        try:
            wait_for(server.healthy, "it accepts orders", 20)
            with server.client() as client:
                client.post("/orders", json={})
            said = ""
            while not (ACCEPTED in said and "invalid-order" in said.partition(ACCEPTED)[2]):
                assert select.select([ours], [], [], 10)[0], said
                said += os.read(ours, 65536).decode()
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(10)
    finally:
        os.close(ours)
        os.close(theirs)
    assert "\x1b[32minfo" in said
    assert "{" not in said
