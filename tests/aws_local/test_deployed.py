"""The table of tests/scenarios, in every pipeline of the deployed stack; and that Terraform has nothing more to do."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Final
from uuid import uuid4

import pytest

from tests.aws_local.conftest import CHOSEN, left_out
from tests.aws_local.stack import Stack
from tests.aws_local.tour import tour
from tests.aws_local.world import DeployedWorld
from tests.scenarios.scene import Scene, fault, play
from tests.scenarios.table import SCENES

ROWS: Final = [
    (pipeline, scene) for pipeline in CHOSEN for scene in SCENES if pipeline in scene.pipelines and not left_out(scene)
]
PLAYED: Final = 39
"""Of the table's rows; the others are listed at the end of the run, with the reasons."""
FORGOTTEN: Final = frozenset(
    {
        "aws_cloudwatch_metric_alarm",
        "aws_apigatewayv2_authorizer",
        "aws_cloudfront_response_headers_policy",
        "aws_sfn_state_machine",
    }
)
"""What ministack does not remember whole, so that Terraform would set it again."""

in_each_pipeline = pytest.mark.parametrize("world", CHOSEN, indirect=True)


def test_no_row_is_left_out_unnoticed() -> None:
    assert sum(1 for scene in SCENES if not left_out(scene)) == PLAYED


@in_each_pipeline
def test_the_tour(stack: Stack, world: DeployedWorld) -> None:
    told: list[str] = []
    tour(stack, lambda what, _: told.append(what))
    assert told == ["catalogue", "order", "PROCESSED", "mail", "archive"]


@in_each_pipeline
def test_pages_and_api_are_at_one_origin(stack: Stack, world: DeployedWorld) -> None:
    with stack.emulator.http(stack.outputs["site_url"]) as site:
        page, described, products, none = (site.get(path) for path in ("/", "/openapi.json", "/products", "/no/such"))
        console, view, nowhere = (site.get(f"/console{path}") for path in ("", "/orders/ord_1?a=b", "/nowhere"))
        script = site.get(next(iter(re.findall(r'src="(/assets/[^"]+)"', console.text))))
        deployment = site.get("/deployment.json").json()
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert "/dead-letters" in described.json()["paths"]
    assert products.json() == world.products()
    assert (none.status_code, none.json()) == (404, {"message": "Not Found"})
    assert (console.status_code, view.status_code, nowhere.status_code) == (200, 200, 404)
    assert view.text == console.text
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert deployment["pipeline"] == stack.outputs["pipeline"]


@pytest.mark.parametrize(
    ("world", "scene"), ROWS, indirect=["world"], ids=[f"{pipeline}: {scene.name}" for pipeline, scene in ROWS]
)
def test_what_becomes_of_an_order(world: DeployedWorld, scene: Scene) -> None:
    play(scene, world)


@in_each_pipeline
def test_five_buyers_and_the_last_piece(world: DeployedWorld) -> None:
    sku = world.product(1)
    with ThreadPoolExecutor(5) as buyers:
        placed = list(buyers.map(lambda _: world.place(sku, quantity=1), range(5)))
    statuses = [world.until_status(order, "PROCESSED", "REJECTED")["status"] for order in placed]
    assert sorted(statuses) == ["PROCESSED"] + ["REJECTED"] * 4
    assert world.stock(sku) == 0


INTAKES: Final = [
    (pipeline, function)
    for pipeline, function in (
        ("workflow", "start_workflow"),
        ("workflow", "validate_order"),
        ("workflow", "create_order"),
        ("queue", "submit_order"),
        ("stream", "create_order"),
    )
    if pipeline in CHOSEN
]


@pytest.mark.parametrize(("world", "function"), INTAKES, indirect=["world"])
def test_an_intake_that_fails_is_told_and_can_be_repeated(world: DeployedWorld, function: str) -> None:
    sku, key = world.product(5), uuid4().hex
    world.faults({function: fault("fail")})
    try:
        refused = world.post(sku, key=key)
    finally:
        world.faults()
    assert refused.status_code == 503
    assert refused.json()["type"] in ("/problems/intake-failed", "/problems/storage-unavailable")
    assert int(refused.headers["retry-after"]) >= 1
    first, second = (world.place(sku, key=key) for _ in range(2))
    assert first.order_id == second.order_id
    assert world.until_status(first, "PROCESSED")["version"] == 4
    world.until_quiet()
    assert world.stock(sku) == 3


@pytest.mark.parametrize("world", CHOSEN[-1:], indirect=True)
def test_terraform_has_nothing_more_to_do(stack: Stack, world: DeployedWorld) -> None:
    changed = stack.planned()
    assert {address for address, kind in changed.items() if kind not in FORGOTTEN} == set()
