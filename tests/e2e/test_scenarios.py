"""The table of tests/scenarios, in every pipeline of the local runtime."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import pytest

from tests.e2e.server import HASTE, Server
from tests.scenarios.scene import PIPELINES, Scene, play
from tests.scenarios.table import SCENES
from tests.scenarios.world import World

ROWS: Final = [(pipeline, scene) for pipeline in PIPELINES for scene in SCENES if pipeline in scene.pipelines]


@pytest.fixture(scope="module")
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A server of its own for each pipeline, for all scenes: one order's troubles are no other's."""
    server = Server(tmp_path_factory.mktemp(request.param) / "data", env=HASTE)
    server.pipeline = request.param
    try:
        with server.start().client() as client:
            yield World(client, server.staff)
    finally:
        server.kill()


@pytest.mark.parametrize(
    ("world", "scene"), ROWS, ids=[f"{pipeline}: {scene.name}" for pipeline, scene in ROWS], indirect=["world"]
)
def test_what_becomes_of_an_order(world: World, scene: Scene) -> None:
    play(scene, world)


@pytest.mark.parametrize("world", PIPELINES, indirect=True)
def test_twenty_buyers_and_the_last_piece(world: World) -> None:
    sku = world.product(1)
    with ThreadPoolExecutor(20) as buyers:
        placed = list(buyers.map(lambda _: world.place(sku, quantity=1), range(20)))
    statuses = [world.until_status(order, "PROCESSED", "REJECTED")["status"] for order in placed]
    assert sorted(statuses) == ["PROCESSED"] + ["REJECTED"] * 19
    assert world.stock(sku) == 0
