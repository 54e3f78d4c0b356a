"""SIGKILL at random moments under load: no accepted order is lost, doubled, charged twice or mailed twice."""

from __future__ import annotations

import http.client
import os
import random
import secrets
import time
from collections import Counter
from email import message_from_bytes
from itertools import cycle

import pytest

from tests.e2e.conftest import MakeServer
from tests.e2e.load import Load, Sent, place
from tests.e2e.server import Json, Server, wait_for

ROUNDS = 10


@pytest.mark.parametrize(
    ("pipelines", "rounds"),
    [(("stream",), ROUNDS), (("queue", "stream"), 8)],
    ids=["one", "switching"],
)
def test_kills_lose_and_double_nothing(make_server: MakeServer, pipelines: tuple[str, ...], rounds: int) -> None:
    seed = int(os.environ.get("KILLS_SEED") or secrets.randbits(32))
    print(f"KILLS_SEED={seed}")
    server = make_server()
    server.pipeline = pipelines[0]
    server.start()
    with Load(server.port, seed) as load:
        kill_again_and_again(server, random.Random(seed), pipelines, rounds)
    sent = load.sent
    assert sent.unexpected == []
    assert len(sent.accepted) > 10 * rounds
    assert sent.unanswered, "no kill met a request: the load was too light to tell anything"
    replay_what_was_not_answered(server, sent)
    wait_for(server.settled, "everything is processed and mailed", within_s=20)
    check_content(server, sent)
    check_files(server, sent)


def kill_again_and_again(server: Server, rng: random.Random, pipelines: tuple[str, ...], rounds: int) -> None:
    """Half of the kills hit the server process alone, and the supervisor starts it again; half hit the whole group.

    After each of these the next of the pipelines takes over.
    """
    following = cycle((*pipelines[1:], pipelines[0]))
    alone = [True, False] * (rounds // 2)
    rng.shuffle(alone)
    for server_alone in alone:
        time.sleep(rng.uniform(0.05, 0.6))
        if server_alone:
            server.kill_server_and_wait()
        else:
            server.kill()
            server.pipeline = next(following)
            server.start()


def replay_what_was_not_answered(server: Server, sent: Sent) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    for key in sorted(sent.unanswered):
        status, answer = place(connection, key, sent.bodies[key])
        again = place(connection, key, sent.bodies[key])
        assert (status, again[0], again[1]["orderId"]) == (202, 202, answer["orderId"]), key
        sent.accepted[key] = answer["orderId"]
    connection.close()


def check_content(server: Server, sent: Sent) -> None:
    """Every order is there with the content that was accepted, and is processed."""
    with server.client() as client:
        client.headers.update(server.staff)
        for key, order_id in sent.accepted.items():
            order: Json = client.get(f"/orders/{order_id}").json()
            assert order["status"] == "PROCESSED", order
            assert [entry["status"] for entry in order["history"]] == ["PENDING", "CONFIRMED", "PAID", "PROCESSED"]
            assert _asked_for(order) == sent.bodies[key]


def check_files(server: Server, sent: Sent) -> None:
    """One order a key, one approved charge and one mail an order, and nothing was given up."""
    ids = sorted(sent.accepted.values())
    assert sorted(row[0] for row in server.rows("SELECT order_id FROM orders")) == ids
    assert server.rows("SELECT body FROM dead_messages") == []
    charges = server.rows("SELECT order_id, kind, outcome FROM ledger", file="ordermill.db.payments")
    assert sorted(charges) == [(order_id, "charge", "approved") for order_id in ids]
    mailed = Counter(str(message_from_bytes(mail.read_bytes())["X-Ordermill-Order"]) for mail in server.mails())
    assert mailed == Counter(ids)
    events = server.rows("SELECT order_id, group_concat(seq) FROM (SELECT * FROM events ORDER BY seq) GROUP BY 1")
    assert sorted(events) == [(order_id, "1,2,3,4") for order_id in ids]


def _asked_for(order: Json) -> Json:
    lines = [{name: line[name] for name in ("product", "quantity", "unitPrice")} for line in order["items"]]
    return {name: order[name] for name in ("customerName", "email", "note")} | {"items": lines}
