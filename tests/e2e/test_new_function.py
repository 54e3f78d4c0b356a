"""A function is its file and its entry in `topology.json`: with these two, and nothing else, it runs and is shown."""

from __future__ import annotations

import subprocess
from pathlib import Path

import httpx2

from ordermill.bootstrap.binding import signatures
from ordermill.topology.loader import load
from tests.e2e.conftest import MakeServer
from tests.e2e.server import FIRST_ORDER, ORDERMILL, Server, environment, wait_for
from tests.new_function import NAME, QUEUE, copied


def thanks(server: Server, order_id: str) -> list[str]:
    answer = httpx2.get(f"{server.url}/mails", params={"orderId": order_id}, headers=server.staff)
    return [mail["status"] for mail in answer.json()["mails"] if mail["event"] == "Thanks"]


def test_it_runs_locally_and_is_shown(make_server: MakeServer, tmp_path: Path) -> None:
    source = str(copied(tmp_path / "checkout") / "src")
    check = subprocess.run(
        [ORDERMILL, "topology", "check"],
        env=environment({"PYTHONPATH": source}),
        capture_output=True,
        text=True,
        check=False,
    )
    functions, queues = len(signatures()) + 1, len(load().queues) + 1
    assert check.stdout == f"ok: {functions} functions, {queues} queues, 3 pipelines\n", check.stderr
    server = make_server(env={"PYTHONPATH": source}).start()
    with httpx2.Client(base_url=server.url, headers=server.staff) as staff:
        order_id = staff.post("/orders", json=FIRST_ORDER).json()["orderId"]
        assert wait_for(lambda: thanks(server, order_id) == ["SENT"], "the mail of the new function")
        assert staff.get("/topology").json()["functions"][NAME]["caption"] == "Thanks the customer"
        assert QUEUE in [queue["queue"] for queue in staff.get("/queues").json()["queues"]]
        assert f'edge="{QUEUE}>{NAME}"' in staff.get("/metrics").text
        with staff.stream("GET", "/live", params={"orderId": order_id}) as live:
            assert any(f"{QUEUE}>{NAME}" in line for line in live.iter_lines())
