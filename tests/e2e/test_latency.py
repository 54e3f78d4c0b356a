"""Placing an order takes no longer for what happens to orders afterwards: not where that takes seconds each."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from benchmarks.hanging import HANGING, set_faults, slower
from tests.e2e.server import FIRST_ORDER, HASTE, Server
from tests.webhook_target import Reply, Target, serving

AT_MOST = 1.2
ROUNDS, ORDERS = 12, 30
TRIES = 3
"""A neighbour on the machine can meet one server more often than the other, but hardly three times."""
PATIENCE_S = 3
"""What makes an order wait at all makes it wait for longer."""

Pair = tuple[Server, Server]


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    """Takes posts and never answers."""
    with serving(Target(Reply(until=threading.Event()))) as running:
        yield running


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory, target: Target) -> Iterator[Pair]:
    """Two servers, alike."""
    folder = tmp_path_factory.mktemp("latency")
    env = {**HASTE, "ORDERMILL_ALERT_WEBHOOKS": f"slack+{target.url}", "ORDERMILL_ALLOW_LOCAL_WEBHOOKS": "1"}
    servers = Server(folder / "waiting", env=env), Server(folder / "plain", env=env)
    try:
        yield servers[0].start(), servers[1].start()
    finally:
        for server in servers:
            server.kill()


def check(pair: Pair) -> None:
    """Orders are taken as fast by the one as by the other."""
    waiting, plain = pair
    ratios: list[float] = []
    while not ratios or (ratios[-1] > AT_MOST and len(ratios) < TRIES):
        found = slower(waiting.url, plain.url, rounds=ROUNDS, orders=ORDERS, patience_s=PATIENCE_S)
        ratios.append(found.ratio)
    assert ratios[-1] <= AT_MOST, ratios


def test_orders_are_taken_as_fast_while_a_webhook_does_not_answer(pair: Pair, target: Target) -> None:
    waiting, _ = pair
    with waiting.client() as client:
        client.post("/orders", json=FIRST_ORDER | {"paymentToken": "tok_error"})
        assert target.arrived.acquire(timeout=10), "nothing is posted"
        check(pair)
        (alert,) = client.get("/alerts", headers=waiting.staff).json()["alerts"]
    assert [delivery["status"] for delivery in alert["deliveries"]] == ["PENDING"], "nothing was waited for"


@pytest.mark.parametrize("name", ["mail", "process_order"])
def test_orders_are_taken_as_fast_while_what_follows_takes_seconds(pair: Pair, name: str) -> None:
    waiting, _ = pair
    set_faults(waiting.url, waiting.token, HANGING[name])
    try:
        check(pair)
        with waiting.client() as client:
            fault = client.get("/faults", headers=waiting.staff).json()["faults"][name]
        assert fault["fired"] > ORDERS, "nothing was waited for"
    finally:
        set_faults(waiting.url, waiting.token, {})
