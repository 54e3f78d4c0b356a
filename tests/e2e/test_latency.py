"""Placing an order takes no longer for what happens to orders afterwards: not where that takes seconds each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.hanging import HANGING, set_faults, slower
from tests.e2e.server import Server

AT_MOST = 1.2
ROUNDS, ORDERS = 20, 40
TRIES = 3
"""A neighbour on the machine can meet one server more often than the other, but hardly three times."""


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Server]]:
    """Two servers, alike."""
    folder = tmp_path_factory.mktemp("latency")
    servers = Server(folder / "waiting"), Server(folder / "plain")
    try:
        yield servers[0].start(), servers[1].start()
    finally:
        for server in servers:
            server.kill()


@pytest.mark.parametrize("name", ["mail", "process_order"])
def test_orders_are_taken_as_fast_while_what_follows_takes_seconds(pair: tuple[Server, Server], name: str) -> None:
    waiting, plain = pair
    set_faults(waiting.url, waiting.token, HANGING[name])
    try:
        ratios: list[float] = []
        while not ratios or (ratios[-1] > AT_MOST and len(ratios) < TRIES):
            ratios.append(slower(waiting.url, plain.url, rounds=ROUNDS, orders=ORDERS).ratio)
        assert ratios[-1] <= AT_MOST, ratios
        with waiting.client() as client:
            fault = client.get("/faults", headers=waiting.staff).json()["faults"][name]
        assert fault["fired"] > ORDERS, "nothing was waited for"
    finally:
        set_faults(waiting.url, waiting.token, {})
