"""`GET /orders/{orderId}/execution` and `ordermill execution`: staff see each step of an order, as described."""

from __future__ import annotations

import os
import signal
import subprocess

import httpx2
import pytest
from jsonschema import Draft202012Validator

from tests.e2e.conftest import MakeServer
from tests.e2e.server import FIRST_ORDER, HASTE, ORDERMILL, Json, Server, environment, wait_for
from tests.e2e.wire import problem


def execution_of(client: httpx2.Client, server: Server, order_id: str) -> Json:
    answer = client.get(f"/orders/{order_id}/execution", headers=server.staff)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    return dict(answer.json())


def ended(client: httpx2.Client, server: Server, order_id: str) -> Json:
    def look() -> Json | None:
        found = execution_of(client, server, order_id)
        return None if found["status"] == "RUNNING" else found

    found = wait_for(look, "the execution ends")
    assert found is not None
    return found


def steps(execution: Json, name: str) -> list[tuple[object, ...]]:
    return [(s["attempt"], s["status"], s["error"]) for s in execution["states"] if s["name"] == name]


def known(execution: Json) -> list[tuple[object, ...]]:
    """What must not be lost with the process."""
    return sorted((s["name"], s["attempt"], s["status"], str(s["error"]), str(s["cause"])) for s in execution["states"])


FAILED = "PaymentError"
BETWEEN = {"is_pending", "send_to_order_queue", "accepted"}
"""States of the workflow that run no function."""


@pytest.mark.parametrize(
    ("pipeline", "intake"), [("workflow", "validate_order"), ("stream", "create_order"), ("queue", "submit_order")]
)
def test_every_attempt_can_be_seen_also_after_the_process_is_gone(
    make_server: MakeServer, pipeline: str, intake: str
) -> None:
    server = make_server(env=HASTE)
    server.pipeline = pipeline
    server.start()
    with server.client() as client:
        described = client.get("/openapi.json").json()
        validator = Draft202012Validator({"$ref": "#/components/schemas/OrderExecutionView", **described})
        ids = {
            token: client.post("/orders", json={**FIRST_ORDER, "paymentToken": token}).json()["orderId"]
            for token in ("tok_approve", "tok_flaky", "tok_error", "tok_decline")
        }
        for order_id in ids.values():
            ended(client, server, order_id)
        # The order has failed before its money is given back.
        wait_for(server.settled, "all is done")
        found = {token: ended(client, server, order_id) for token, order_id in ids.items()}
        for execution in found.values():
            validator.validate(execution)
        assert {token: execution["status"] for token, execution in found.items()} == {
            **dict.fromkeys(ids, "SUCCEEDED"),
            "tok_error": "FAILED",
        }
        assert found["tok_approve"]["states"][0]["name"] == intake
        assert steps(found["tok_approve"], "process_order") == [(1, "SUCCEEDED", None)]
        assert steps(found["tok_approve"], "send_email") == [(1, "SUCCEEDED", None)]
        assert steps(found["tok_flaky"], "process_order") == [
            (1, "FAILED", FAILED),
            (2, "FAILED", FAILED),
            (3, "SUCCEEDED", None),
        ]
        assert steps(found["tok_error"], "process_order") == [(n, "FAILED", FAILED) for n in range(1, 6)]
        unmeasured = {s["name"] for s in found["tok_flaky"]["states"] if s["durationMs"] is None}
        assert unmeasured == (BETWEEN if pipeline == "workflow" else set())
        os.kill(server.pid, signal.SIGKILL)
        server.kill()
        server.start()
        for token, order_id in ids.items():
            again = ended(client, server, order_id)
            validator.validate(again)
            assert (again["status"], known(again)) == (found[token]["status"], known(found[token]))


def test_an_unknown_order_has_no_execution(api: httpx2.Client, running: Server) -> None:
    for order_id in ("ord_019aa1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b", "ord_1", "%00"):
        answer = api.get(f"/orders/{order_id}/execution", headers=running.staff)
        problem(api, answer, 404, "not-found")
    order_id = api.post("/orders", json=FIRST_ORDER).json()["orderId"]
    answer = api.get(f"/orders/{order_id}/execution?limit=1", headers=running.staff)
    problem(api, answer, 400, "invalid-query")


def test_the_command_line_shows_it(api: httpx2.Client, running: Server) -> None:
    order_id = api.post("/orders", json=FIRST_ORDER).json()["orderId"]
    ended(api, running, order_id)
    shown = subprocess.run(
        [str(ORDERMILL), "execution", order_id, "--url", running.url, "--data", str(running.data)],
        capture_output=True,
        text=True,
        check=True,
        env=environment(),
    ).stdout.splitlines()
    assert shown[0] == f"{order_id}  SUCCEEDED"
    assert [line.split()[0] for line in shown[2:]].count("record_order_event") == 4


def test_of_an_order_that_is_being_deleted_and_of_one_that_is_gone_there_is_none(make_server: MakeServer) -> None:
    server = make_server(env=HASTE).start()
    with server.client() as client:
        order_id = client.post("/orders", json=FIRST_ORDER).json()["orderId"]
        ended(client, server, order_id)
        assert client.delete(f"/orders/{order_id}", headers=server.staff).status_code == 202

        def archived() -> bool:
            problem(client, client.get(f"/orders/{order_id}/execution", headers=server.staff), 404, "not-found")
            return client.get(f"/archive/{order_id}", headers=server.staff).status_code == 200

        wait_for(archived, "it is archived")
        wait_for(server.settled, "all is done")
        assert archived()
