"""`GET /queues`: staff see what waits, whole and as described."""

from __future__ import annotations

import httpx2
import pytest
from jsonschema import Draft202012Validator

from tests.e2e.conftest import MakeServer
from tests.e2e.server import FIRST_ORDER, Json, Server, wait_for
from tests.e2e.wire import problem


def queue_of(client: httpx2.Client, server: Server, name: str) -> Json:
    answer = client.get("/queues", headers=server.staff)
    assert answer.status_code == 200
    (found,) = [queue for queue in answer.json()["queues"] if queue["queue"] == name]
    return dict(found)


def test_a_waiting_message_can_be_seen(make_server: MakeServer) -> None:
    server = make_server(env={"ORDERMILL_RETRY_BASE_MS": "5000"})
    server.pipeline = "queue"
    server.start()
    with server.client() as client:
        placed = client.post("/orders", json={**FIRST_ORDER, "paymentToken": "tok_error"}).json()
        queue = wait_for(
            lambda: (found := queue_of(client, server, "order-queue"))["delayed"] == 1 and found, "it backs off"
        )
        assert isinstance(queue, dict)
        (message,) = queue["messages"]
        assert queue == {
            "queue": "order-queue",
            "function": "process_order",
            "depth": 0,
            "inFlight": 0,
            "delayed": 1,
            "dead": 0,
            "oldestAt": message["sentAt"],
            "messages": [message],
        }
        payload = message.pop("payload")
        assert message == {
            "id": message["id"],
            "orderId": placed["orderId"],
            "receives": 1,
            "sentAt": message["sentAt"],
            "retryAt": message["retryAt"],
        }
        assert message["sentAt"] < message["retryAt"]
        assert (payload["orderId"], payload["attempt"], payload["order"]["customerName"]) == (
            placed["orderId"],
            1,
            "John Doe",
        )
        described = client.get("/openapi.json").json()
        answer = client.get("/queues", headers=server.staff)
        schema = {"$ref": "#/components/schemas/QueuesView", **described}
        assert list(Draft202012Validator(schema).iter_errors(answer.json())) == []
        assert answer.headers["cache-control"] == "no-store"
        assert answer.json()["streams"] == [
            {
                "stream": "orders",
                "function": "publish_order_event",
                "behind": 0,
                "inFlight": 0,
                "parked": 0,
                "dead": 0,
                "drainTo": None,
            }
        ]
        assert client.get("/health").json()["pipeline"] == "queue"


@pytest.mark.parametrize("path", ["/queues?limit=3", "/queues?"])
def test_a_parameter_is_refused_and_none_is_not(api: httpx2.Client, running: Server, path: str) -> None:
    answer = api.get(path, headers=running.staff)
    if path.endswith("?"):
        assert answer.status_code == 200
    else:
        assert "limit" in problem(api, answer, 400, "invalid-query")["detail"]


def test_an_unknown_pipeline_is_refused_with_those_there_are(make_server: MakeServer) -> None:
    server = make_server()
    server.pipeline = "teleport"
    assert server.spawn().process.wait(10) == 2
    assert "'teleport'" in server.log_text()
    assert "queue, stream" in server.log_text()
