"""The table of tests/scenarios, in every pipeline of the local runtime."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Final

import pytest

from tests.e2e.server import HASTE, Server
from tests.scenarios.scene import PIPELINES, Scene, fault, play
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


INTAKES: Final = [
    ("workflow", "start_workflow"),
    ("workflow", "validate_order"),
    ("workflow", "create_order"),
    ("queue", "submit_order"),
    ("stream", "create_order"),
]


@pytest.mark.parametrize(("pipeline", "function"), INTAKES)
def test_an_intake_that_fails_is_told_and_can_be_repeated(open_world: OpenWorld, pipeline: str, function: str) -> None:
    world = open_world(pipeline)
    sku, key = world.product(5), f"again-{function}"
    world.faults({function: fault("fail")})
    try:
        refused = world.post(sku, key=key)
    finally:
        world.faults()
    assert (refused.status_code, refused.json()["type"]) == (503, "/problems/intake-failed")
    assert int(refused.headers["retry-after"]) >= 1
    failed = world.intake(refused.json()["executionId"])
    assert failed["status"] == "FAILED"
    assert failed["states"][-1]["error"] or failed["states"][-1]["status"] == "FAILED"
    first, second = (world.place(sku, key=key) for _ in range(2))
    assert first.order_id == second.order_id
    assert world.until_status(first, "PROCESSED")["version"] == 4
    world.until_quiet()
    assert world.stock(sku) == 3


def test_an_intake_that_was_tried_again_is_shown_with_its_tries(open_world: OpenWorld) -> None:
    world = open_world("workflow")
    world.faults({"create_order": fault("fail", times=1)})
    placed = world.place(world.product(5))
    world.until_status(placed, "PROCESSED")
    states = world.execution(placed)["states"]
    assert [(state["name"], state["status"], state["attempt"]) for state in states[:6]] == [
        ("validate_order", "SUCCEEDED", 1),
        ("create_order", "FAILED", 1),
        ("create_order", "SUCCEEDED", 2),
        ("is_pending", "SUCCEEDED", 1),
        ("send_to_order_queue", "SUCCEEDED", 1),
        ("accepted", "SUCCEEDED", 1),
    ]
    assert states[1]["error"] == "InjectedFault"
    assert [state["at"] for state in states] == sorted(state["at"] for state in states)
