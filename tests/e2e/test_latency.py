"""Placing an order takes no longer for what happens to orders afterwards: not where that takes seconds each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.latency_kit import set_faults, slower
from tests.e2e.server import Json, Server

HANGS = {"mode": "delay", "delayMs": 5000}
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


@pytest.mark.parametrize("faults", [{"process_order": HANGS}, {"mail": HANGS}], ids=lambda faults: next(iter(faults)))
def test_orders_are_taken_as_fast_while_what_follows_takes_seconds(pair: tuple[Server, Server], faults: Json) -> None:
    waiting, plain = pair
    set_faults(waiting, faults)
    try:
        ratios: list[float] = []
        while not ratios or (min(ratios) > AT_MOST and len(ratios) < TRIES):
            ratios.append(slower(waiting, plain, rounds=ROUNDS, count=ORDERS))
        assert min(ratios) <= AT_MOST, ratios
        with waiting.client() as client:
            fired = client.get("/faults", headers=waiting.staff).json()["faults"]
            assert all(fault["fired"] > ORDERS for fault in fired.values()), "nothing was waited for"
    finally:
        set_faults(waiting, {})
