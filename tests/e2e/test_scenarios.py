"""The table of tests/scenarios, in every pipeline of the local runtime."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Final

import pytest

from tests.e2e.server import HASTE, Server
from tests.scenarios.scene import PIPELINES, Scene, play
from tests.scenarios.table import SCENES
from tests.scenarios.world import World

ROWS: Final = [(pipeline, scene) for pipeline in PIPELINES for scene in SCENES if pipeline in scene.pipelines]


FASTER: Final = {**HASTE, "ORDERMILL_RETRY_BASE_MS": "5"}

OpenWorld = Callable[[str], World]


@pytest.fixture(scope="module")
def open_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenWorld]:
    """A server of its own for each pipeline, for all scenes: one order's troubles are no other's."""
    worlds: dict[str, World] = {}
    with ExitStack() as stack:

        def open_(pipeline: str) -> World:
            if pipeline not in worlds:
                server = Server(tmp_path_factory.mktemp(pipeline) / "data", env=FASTER)
                server.pipeline = pipeline
                stack.callback(server.kill)
                worlds[pipeline] = World(stack.enter_context(server.start().client()), server.staff)
            return worlds[pipeline]

        yield open_


@pytest.mark.parametrize(("pipeline", "scene"), ROWS, ids=[f"{pipeline}: {scene.name}" for pipeline, scene in ROWS])
def test_what_becomes_of_an_order(open_world: OpenWorld, pipeline: str, scene: Scene) -> None:
    play(scene, open_world(pipeline))


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_twenty_buyers_and_the_last_piece(open_world: OpenWorld, pipeline: str) -> None:
    world = open_world(pipeline)
    sku = world.product(1)
    with ThreadPoolExecutor(20) as buyers:
        placed = list(buyers.map(lambda _: world.place(sku, quantity=1), range(20)))
    statuses = [world.until_status(order, "PROCESSED", "REJECTED")["status"] for order in placed]
    assert sorted(statuses) == ["PROCESSED"] + ["REJECTED"] * 19
    assert world.stock(sku) == 0
