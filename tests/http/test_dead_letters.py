"""Dead letters as staff meet them: over HTTP, and from the command line."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from tests.e2e.server import FIRST_ORDER, HASTE, ORDERMILL, Server, environment, order_until, wait_for

MakeServer = Callable[..., Server]


def run(server: Server, *args: str) -> subprocess.CompletedProcess[str]:
    """`ordermill dead-letters ARGS` on that server."""
    env = environment({"ORDERMILL_URL": server.url, "ORDERMILL_DATA": str(server.data)})
    command = [str(ORDERMILL), "dead-letters", *args]
    return subprocess.run(command, capture_output=True, text=True, env=env, timeout=30, check=False)


def letters(server: Server, count: int) -> list[dict[str, Any]]:
    """All of them, once there are so many."""
    with server.client() as client:

        def look() -> list[dict[str, Any]] | None:
            found: list[dict[str, Any]] = client.get("/dead-letters", headers=server.staff).json()["deadLetters"]
            return found if len(found) == count else None

        found = wait_for(look, f"{count} dead letters")
        assert found is not None
        return found


def set_faults(server: Server, faults: dict[str, Any]) -> None:
    """These faults and no others."""
    with server.client() as client:
        assert client.put("/faults", json=faults, headers=server.staff).status_code == 200


def test_mail_that_cannot_go_out_is_listed_and_sent_from_the_command_line(make_server: MakeServer) -> None:
    server = make_server(env=HASTE | {"ORDERMILL_LOG_FORMAT": "json"}).start()
    set_faults(server, {"mail": {"mode": "fail"}})
    with server.client() as client:
        ids = {client.post("/orders", json=FIRST_ORDER).json()["orderId"] for _ in range(3)}
        found = letters(server, 3)
        assert {letter["orderId"] for letter in found} == ids
        assert [set(letter) for letter in found] == [
            {"id", "queue", "orderId", "function", "error", "receives", "redrives", "at", "payload"}
        ] * 3
        first = found[0]
        assert (first["queue"], first["function"], first["receives"], first["redrives"]) == (
            "mail-queue",
            "send_email",
            5,
            0,
        )
        assert first["payload"]["orderId"] == first["orderId"]
        # Page by page, with the same filter alone.
        page = client.get("/dead-letters?limit=2&queue=mail-queue", headers=server.staff)
        assert [letter["id"] for letter in page.json()["deadLetters"]] == [letter["id"] for letter in found[:2]]
        assert page.headers["cache-control"] == "no-store"
        following = page.headers["link"].partition(">")[0].removeprefix("<")
        rest = client.get(following, headers=server.staff).json()
        assert (rest["deadLetters"], rest["nextCursor"]) == (found[2:], None)
        cursor = page.json()["nextCursor"]
        refused = client.get(f"/dead-letters?cursor={cursor}", headers=server.staff)
        assert (refused.status_code, refused.json()["type"]) == (400, "/problems/invalid-cursor")
        about = client.get("/dead-letters", params={"orderId": first["orderId"]}, headers=server.staff).json()
        assert about == {"deadLetters": [first], "nextCursor": None}
        both = client.get(f"/dead-letters?queue=q&orderId={first['orderId']}", headers=server.staff)
        assert (both.status_code, both.json()["detail"]) == (400, "send queue or orderId, not both")
        queues = {queue["queue"]: queue for queue in client.get("/queues", headers=server.staff).json()["queues"]}
        assert (queues["mail-queue"]["dead"], queues["dead-letters"]["function"]) == (3, "fail_order")
        assert 'ordermill_dead_letters{source="mail-queue"} 3.0' in client.get("/metrics", headers=server.staff).text

    listed = run(server, "--queue", "mail-queue")
    assert listed.returncode == 0, listed.stderr
    assert [line.split()[0] for line in listed.stdout.splitlines()[1:]] == [letter["id"] for letter in found]
    set_faults(server, {})
    for _ in range(2):
        dry = run(server, "redrive", "--all", "--dry-run")
        assert (dry.returncode, dry.stdout) == (0, "3 letters would be redriven\n")
    assert server.mails() == []
    assert run(server, "redrive", first["id"]).stdout == "1 letter redriven\n"
    with server.client() as client:
        about = client.get("/dead-letters", params={"orderId": first["orderId"]}, headers=server.staff)
        assert about.json()["deadLetters"] == [], "sent on, it is not open any more"
    again = run(server, "redrive", first["id"], "--json")
    assert (again.returncode, json.loads(again.stdout)["refused"][0]["id"]) == (1, first["id"])
    one = run(server, "redrive", "--queue", "mail-queue", "--max", "1", "--json")
    assert json.loads(one.stdout) == {"redriven": 1, "refused": [], "remaining": 1}
    assert run(server, "redrive", "--all").stdout == "1 letter redriven\n"
    wait_for(lambda: len(server.mails()) == 3, "the mails are sent")
    assert run(server).stdout == "no dead letters\n"

    def audited() -> bool:
        lines = [json.loads(line) for line in server.log.read_text().splitlines() if line.startswith("{")]
        told = [(line["letter"], line["by"]) for line in lines if line["event"] == "a dead letter was redriven"]
        return sorted(told) == sorted((letter["id"], "staff") for letter in found)

    wait_for(audited, "each redrive is in the log")


@pytest.mark.parametrize(("pipeline", "env"), [("workflow", {}), ("stream", HASTE), ("queue", HASTE)])
def test_an_order_that_fails_says_so_within_ten_seconds_and_keeps_its_letter(
    make_server: MakeServer, pipeline: str, env: dict[str, str]
) -> None:
    server = make_server(env=env)
    server.pipeline = pipeline
    server.start()
    with server.client() as client:
        placed = client.post("/orders", json=FIRST_ORDER | {"paymentToken": "tok_error"}).json()
        wait_for(lambda: client.get(f"/orders/{placed['orderId']}").status_code == 200, "the order is there")
        order = order_until(client, placed["orderId"], {"Order-Token": placed["orderToken"]}, "FAILED", within_s=10)
        assert (order["reason"], order["history"][2]["status"], order["history"][2]["by"]) == (
            "PAYMENT_ERROR",
            "FAILED",
            "fail_order",
        )
        (letter,) = letters(server, 1)
        assert (letter["orderId"], letter["function"]) == (placed["orderId"], "process_order")
        answer = client.post("/dead-letters/redrive", json={"ids": ["none"]}, headers=server.staff)
        assert answer.json() == {
            "redriven": 0,
            "refused": [{"id": "none", "reason": "no dead letter with this id is open"}],
            "remaining": 0,
        }
        wrong = client.post("/dead-letters/redrive", json={"ids": [], "all": 1, "max": 0}, headers=server.staff)
        assert (wrong.status_code, [error["pointer"] for error in wrong.json()["errors"]]) == (
            422,
            ["/all", "/ids", "/all", "/max", "/max"],
        )
