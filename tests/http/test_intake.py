"""Taking orders in, as a client meets it: refusals with all errors, failures with a safe repeat, and where to look."""

from __future__ import annotations

import httpx2
import pytest

from tests.e2e.conftest import MakeServer
from tests.e2e.server import order_until
from tests.e2e.wire import problem

WRONG = {"items": [{"quantity": 0}], "total": 1}
POINTERS = {"/total", "/items/0/product", "/items/0/quantity"}


@pytest.mark.parametrize(
    ("pipeline", "names"),
    [
        ("workflow", ["validate_order", "refused"]),
        ("stream", ["create_order"]),
        ("queue", ["submit_order"]),
    ],
)
def test_a_refusal_has_every_error_and_an_execution_to_look_at(
    make_server: MakeServer, pipeline: str, names: list[str]
) -> None:
    server = make_server(env={"ORDERMILL_PIPELINE": pipeline}).start()
    with server.client() as client:
        answer = client.post("/orders", json=WRONG)
        body = answer.json()
        assert (answer.status_code, body["type"]) == (422, "/problems/invalid-order")
        assert {error["pointer"] for error in body["errors"]} == POINTERS
        path = f"/executions/{body['executionId']}"
        assert client.get(path).status_code == 401
        seen = client.get(path, headers=server.staff)
        assert (seen.status_code, seen.headers["cache-control"]) == (200, "no-store")
        execution = seen.json()
        assert (execution["executionId"], execution["orderId"], execution["status"]) == (
            body["executionId"],
            None,
            "FAILED",
        )
        assert [state["name"] for state in execution["states"]] == names
        first = execution["states"][0]
        assert first.keys() == {
            *("name", "status", "attempt", "at", "durationMs"),
            *("input", "output", "error", "cause"),
        }
        assert (first["error"], first["attempt"], first["input"]["subject"]) == ("InvalidOrder", 1, "anonymous")
        # A refused request burns no key.
        placed = client.post("/orders", json={"product": "Mug", "quantity": 1}, headers={"Idempotency-Key": "k"}).json()
        order_until(client, placed["orderId"], server.staff, "PROCESSED")


def spaced(text: str) -> bytes:
    """As large as a body may be, nearly all of it nothing."""
    return text.encode() + b" " * (256 * 1024 - len(text.encode()))


@pytest.mark.parametrize(
    ("body", "status", "slug"),
    [
        (spaced('{"product": "Mug", "quantity": 1}'), 202, ""),
        (('{"items":[],"note":"' + '\\"' * 130_000 + '"}').encode(), 422, "invalid-order"),
        (b"{" + b",".join(b'"%d":0' % number for number in range(25_000)) + b"}", 422, "invalid-order"),
        (spaced("{}") + b" ", 413, "payload-too-large"),
    ],
    ids=["white space", "escapes", "members", "too large"],
)
def test_no_size_of_a_request_makes_it_a_failure_of_ours(
    api: httpx2.Client, body: bytes, status: int, slug: str
) -> None:
    answer = api.post("/orders", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status, answer.text[:300]
    if slug:
        problem(api, answer, status, slug)
    if b'"24999"' in body:
        assert len(answer.json()["errors"]) == 25_001
