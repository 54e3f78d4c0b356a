"""The API's description: complete, in itself valid, and of one mind with what is really accepted and answered."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from jsonschema import Draft202012Validator

from ordermill.domain.catalogue import read_catalogue
from ordermill.domain.errors import InvalidOrder
from ordermill.domain.intake import read_order
from ordermill.domain.json_body import parse_json
from ordermill.domain.order import Line, OrderDraft, Status, Step, advance, place
from ordermill.entrypoints import wire
from ordermill.entrypoints.openapi import UndescribedRoute, document
from ordermill.entrypoints.openapi_bodies import CATALOGUE_EXAMPLE, ORDER_EXAMPLES
from ordermill.entrypoints.openapi_operations import OPERATIONS, PAGES
from ordermill.entrypoints.openapi_sign_in import SIGN_IN_OPERATIONS
from ordermill.entrypoints.order_query import FILTERS, PARAMETERS
from ordermill.topology.loader import load
from ordermill.topology.views import routes


class Route(NamedTuple):
    method: str
    path: str
    function: str | None = None
    access: str = "anyone"
    caption: str = "A caption"


DESCRIBED = {**OPERATIONS, **SIGN_IN_OPERATIONS}
ROUTES = [Route(*name.split(" ")) for name in DESCRIBED]
ORDER_ID = wire.ORDER_ID_EXAMPLE


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return document(ROUTES, "1.2.3", "http://127.0.0.1:8420")


def valid(described: dict[str, Any], schema: str, value: object) -> bool:
    return Draft202012Validator({"$ref": f"#/components/schemas/{schema}", **described}).is_valid(value)


def nodes(value: object) -> Iterator[dict[str, Any]]:
    """Every object within a JSON value."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from nodes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from nodes(inner)


def test_every_route_of_the_topology_is_described_and_nothing_else_is() -> None:
    topology = load()
    served = {f"{route.method} {route.path}" for pipeline in topology.pipelines for route in routes(topology, pipeline)}
    assert PAGES | DESCRIBED.keys() == served


def test_a_route_without_a_description_is_refused() -> None:
    with pytest.raises(UndescribedRoute, match="GET /fresh"):
        document([Route("GET", "/fresh")], "1", "http://x")


def test_pages_are_left_out() -> None:
    assert document([Route("GET", "/"), Route("GET", "/docs")], "1", "http://x")["paths"] == {}


def test_the_frame_carries_version_and_server(described: dict[str, Any]) -> None:
    assert described["openapi"] == "3.1.0"
    assert described["info"]["version"] == "1.2.3"
    assert described["servers"] == [{"url": "http://127.0.0.1:8420"}]
    json.dumps(described)


def test_every_reference_leads_somewhere(described: dict[str, Any]) -> None:
    references = {node["$ref"] for node in nodes(described) if "$ref" in node}
    assert len(references) > 20
    for reference in references:
        found: Any = described
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]


def test_every_component_is_a_valid_schema_and_used(described: dict[str, Any]) -> None:
    text = json.dumps(described)
    for name, schema in described["components"]["schemas"].items():
        Draft202012Validator.check_schema(schema)
        assert f"#/components/schemas/{name}" in text, f"{name} is not used"


def test_path_parameters_are_those_of_the_path(described: dict[str, Any]) -> None:
    for path, item in described["paths"].items():
        for operation in item.values():
            declared = {p["name"] for p in operation.get("parameters", []) if p.get("in") == "path"}
            assert declared == set(re.findall(r"\{(\w+)\}", path))


def test_operation_ids_are_unique(described: dict[str, Any]) -> None:
    ids = [operation["operationId"] for item in described["paths"].values() for operation in item.values()]
    assert len(ids) == len(set(ids)) == len(DESCRIBED)


def test_problems_stand_under_the_status_of_their_type(described: dict[str, Any]) -> None:
    answers = described["paths"]["/orders"]["post"]["responses"]
    own = {"202", "400", "401", "403", "409", "413", "415", "422", "503"}
    assert set(answers) == own | {"408", "414", "417", "421", "429", "431"}
    assert "`idempotency-key-reused`" in answers["422"]["description"]
    assert "`intake-failed`" in answers["503"]["description"]
    assert set(answers["429"]["headers"]) == {"Retry-After", "RateLimit", "RateLimit-Policy"}
    assert set(answers["503"]["headers"]) == {"Retry-After"}
    assert list(answers["422"]["content"]) == ["application/problem+json"]
    assert set(answers["202"]["headers"]) == {"Location", "Idempotent-Replayed"}


def test_a_status_that_stands_for_an_answer_and_a_problem_has_the_content_of_both(described: dict[str, Any]) -> None:
    answer = described["paths"]["/health"]["get"]["responses"]["503"]
    assert set(answer["content"]) == {"application/json", "application/problem+json"}
    assert "`overloaded`" in answer["description"]


@pytest.mark.parametrize(
    ("access", "schemes"), [("anyone", []), ("holder", ["orderToken", "staffToken"]), ("staff", ["staffToken"])]
)
def test_security_follows_from_access(access: str, schemes: list[str]) -> None:
    made = document([Route("GET", "/products", access=access)], "1", "http://x")["paths"]["/products"]["get"]
    assert [name for choice in made["security"] for name in choice] == schemes


@pytest.mark.parametrize(
    ("route", "schemes"),
    [
        (Route("GET", "/products"), []),
        (Route("GET", "/queues", access="staff"), [{"staffToken": []}, {"sessionCookie": []}]),
        (Route("PUT", "/faults", access="staff"), [{"staffToken": []}, {"sessionCookie": [], "csrfToken": []}]),
        (Route("POST", "/sign-in/links", access="staff"), [{"staffToken": []}]),
    ],
)
def test_a_server_with_sessions_describes_its_cookie(route: Route, schemes: list[dict[str, Any]]) -> None:
    made = document([route], "1", "http://x", "ordermill-8420")
    assert made["paths"][route.path][route.method.lower()]["security"] == schemes
    described = made["components"]["securitySchemes"]
    assert described["sessionCookie"]["name"] == "ordermill-8420"
    assert {name for choice in schemes for name in choice} <= described.keys()
    without = document([route], "1", "http://x")
    assert "sessionCookie" not in json.dumps(without)


def test_the_filters_of_a_list_are_those_that_are_read(described: dict[str, Any]) -> None:
    parameters = described["components"]["parameters"]
    for path, taken in (("/orders", PARAMETERS), ("/orders.csv", FILTERS)):
        references = [each["$ref"].rpartition("/")[2] for each in described["paths"][path]["get"]["parameters"]]
        assert {parameters[name]["name"] for name in references} == taken
    assert parameters["Status"]["schema"]["enum"] == [str(status) for status in Status]


def test_reading_an_order_takes_a_token_but_needs_none(described: dict[str, Any]) -> None:
    security = described["paths"]["/orders/{orderId}"]["get"]["security"]
    assert security == [{}, {"orderToken": []}, {"staffToken": []}]


def test_what_is_answered_matches_its_schema(described: dict[str, Any]) -> None:
    draft = OrderDraft(None, None, None, None, None, (Line("Widget", None, 2, 999),), "USD", 1998, "tok_approve")
    order = place(draft, order_id=ORDER_ID, at=1_763_640_000_123, by="create_order")
    order = advance(order, [Step(Status.CONFIRMED)], at=1_763_640_000_456, by="process_order")
    views = [wire.order_view(order), wire.public_view(order), wire.placed_view(order, "t"), wire.history_view(order)]
    for view in [*views, wire.orders_view([order], "cursor"), wire.orders_view([], None)]:
        sent = json.loads(msgspec.json.encode(view))
        name = type(view).__name__
        assert valid(described, name, sent), name
        assert set(described["components"]["schemas"][name]["required"]) == set(sent), name
    assert not valid(described, "PlacedView", {**json.loads(msgspec.json.encode(views[2])), "orderId": "ord_1"})


def test_health_names_what_is_stale_where_anything_is(described: dict[str, Any]) -> None:
    fine, degraded = (
        json.loads(msgspec.json.encode(view))
        for view in (wire.HealthView("ok", "1", "stream"), wire.HealthView("degraded", "1", "stream", ("a_job",)))
    )
    assert fine == {"status": "ok", "version": "1", "pipeline": "stream"}
    assert degraded == {"status": "degraded", "version": "1", "pipeline": "stream", "stale": ["a_job"]}
    assert valid(described, "HealthView", fine)
    assert valid(described, "HealthView", degraded)


LINE = {"product": "Widget", "quantity": 2, "unitPrice": "9.99"}
GOOD = [
    *(example["value"] for example in ORDER_EXAMPLES.values()),
    {"items": [LINE] * 50, "description": "d", "note": "a\nb", "confirmMismatch": False},
    {"items": [{"sku": "S", "quantity": 1_000_000, "unitPrice": Decimal("0.01")}], "email": None},
    {"product": "Widget", "quantity": 1, "price": 5, "description": "words", "customer_id": "c1", "customerId": None},
    {"amount": "1", "paymentToken": "tok_timeout_once", "idempotency_key": "k"},
]
BAD = [
    {},
    [],
    {"items": []},
    {"items": [LINE] * 51},
    {"items": [LINE], "amount": "1.00"},
    {"items": [LINE], "total": "19.98"},
    {"items": [LINE], "status": "PAID"},
    {"items": [{**LINE, "lineTotal": "1"}]},
    {"items": [{"quantity": 1, "unitPrice": "1"}]},
    {"items": [{"product": "Widget", "unitPrice": "1"}]},
    {"items": [{"product": None, "quantity": 1, "unitPrice": "1"}]},
    *({"items": [{**LINE, "quantity": wrong}]} for wrong in (None, True, "1", 0, -1, 1_000_001, Decimal("1.5"))),
    *({"amount": wrong} for wrong in ("0x1", "1e3", "0", "0.00", "-1", "+1", "01", "", " 1", ".5", "1.", True, 0, -1)),
    {"product": "Widget", "productName": "Widget", "quantity": 1, "price": "1"},
    {"product": "Widget", "price": "1"},
    {"description": "only words"},
    {"items": [LINE], "customerId": "a", "customer_id": "b"},
    {"items": [LINE], "customerName": "x" * 201},
    {"items": [LINE], "note": "x" * 2001},
    {"items": [LINE], "customerName": ""},
    {"items": [LINE], "currency": "usd"},
    {"items": [LINE], "paymentToken": "tok_other"},
    {"items": [LINE], "confirmMismatch": "yes"},
]


def accepted(body: object) -> bool:
    try:
        read_order(parse_json(json.dumps(body, default=float).encode()), lambda sku, name: None, strict=False)
    except InvalidOrder:
        return False
    return True


@pytest.mark.parametrize("body", GOOD, ids=lambda body: json.dumps(body, default=str)[:60])
def test_what_the_schema_allows_is_accepted(described: dict[str, Any], body: object) -> None:
    assert valid(described, "OrderRequest", body)
    assert accepted(body)


@pytest.mark.parametrize("body", BAD, ids=lambda body: json.dumps(body, default=str)[:60])
def test_what_the_schema_refuses_is_refused(described: dict[str, Any], body: object) -> None:
    assert not valid(described, "OrderRequest", body)
    assert not accepted(body)


def test_the_catalogue_to_try_can_be_imported() -> None:
    assert [product.stock for product in read_catalogue(CATALOGUE_EXAMPLE)] == [None, 25]


def test_the_pages_have_the_types_of_this_very_api() -> None:
    web = Path(__file__).parents[3] / "web"
    spec = spec_from_file_location("describe", web / "types" / "describe.py")
    assert spec is not None
    assert spec.loader is not None
    describe = module_from_spec(spec)
    spec.loader.exec_module(describe)
    *_, last = (web / "src" / "api" / "schema.ts").read_text(encoding="utf-8").splitlines()
    assert last == describe.mark(), "make web-types"
