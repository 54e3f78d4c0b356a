"""The API against its own description: no failure, no undeclared answer, nothing taken that the description forbids.

With ORDERMILL_FUZZ_EXAMPLES=1000 it tries that many requests of each kind, others each time.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

from ordermill.entrypoints.openapi import document
from ordermill.topology.loader import load
from ordermill.topology.model import DEFAULT_PIPELINE
from ordermill.topology.views import routes
from tests.e2e.server import FIRST_ORDER, Json, Server

EXAMPLES: Final = int(os.environ.get("ORDERMILL_FUZZ_EXAMPLES", "0"))
SEARCH: Final = settings(
    max_examples=EXAMPLES or 50,
    derandomize=not EXAMPLES,
    database=None,
    deadline=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)
REFUSED: Final = settings(SEARCH, max_examples=EXAMPLES or 5)
"""For requests that are refused whatever is in them."""
OPERATIONS: Final = [
    (method.upper(), path, operation)
    for path, item in document(routes(load(), DEFAULT_PIPELINE), "0", "http://localhost")["paths"].items()
    for method, operation in item.items()
]
ENDING: Final = [each for each in OPERATIONS if each[1] not in ("/live", "/logs")]
"""Those whose answers end by themselves; what the others answer, test_live.py and test_logs.py look at."""

BEYOND_THE_SCHEMA: Final = {
    *("price-required", "invalid-price", "out-of-range", "unknown-currency", "unknown-image", "unknown-product"),
    *("invalid-text", "blank", "invalid-email", "price-conflict"),
}
"""What can be wrong with an order that the description allows."""

WHOLE_FLOAT: Final = ("quantity", "wrong-type")
"""1.0 is an integer to JSON Schema, but not to us."""

Case = schemathesis.Case[Any]


def name_of(value: object) -> str:
    return value if isinstance(value, str) else ""


def negatable(operation: Json) -> bool:
    """Whether there is anything in a request that could be wrong."""
    return bool(operation.get("parameters") or operation.get("requestBody"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of its own: among what is sent are catalogues that are taken."""
    server = Server(tmp_path_factory.mktemp("fuzz") / "data")
    try:
        yield server.start()
    finally:
        server.kill()


@pytest.fixture(scope="module")
def schema(server: Server) -> Any:
    """The description as it is served."""
    return schemathesis.openapi.from_url(f"{server.url}/openapi.json")


@pytest.fixture(scope="module")
def order(server: Server) -> Json:
    """An order as it was answered."""
    with server.client() as api:
        placed: Json = api.post("/orders", json=FIRST_ORDER).json()
        return placed


def search(
    operation: Any, mode: GenerationMode, check: Callable[[Case], None], *, served: bool = True, **fixed: Any
) -> None:
    """Try requests, few where none is `served`; `check` raises for the smallest that fails."""
    tried = (SEARCH if served else REFUSED)(check)
    given(operation.as_strategy(generation_mode=mode, **fixed))(tried)()  # type: ignore[no-untyped-call]


@pytest.mark.parametrize(("method", "path", "operation"), ENDING, ids=name_of)
class TestOperations:
    def test_as_anyone(self, schema: Any, method: str, path: str, operation: Json) -> None:
        anyone = not operation["security"] or {} in operation["security"]
        search(schema[path][method], GenerationMode.POSITIVE, lambda case: check(case, {}), served=anyone)

    def test_as_staff(self, schema: Any, server: Server, method: str, path: str, operation: Json) -> None:
        search(schema[path][method], GenerationMode.POSITIVE, lambda case: check(case, server.staff))

    def test_as_the_holder(self, schema: Any, order: Json, method: str, path: str, operation: Json) -> None:
        fixed = {"path_parameters": {"orderId": order["orderId"]}} if "{orderId}" in path else {}
        headers = {"Order-Token": order["orderToken"]}
        holders = {"orderToken": []} in operation["security"]
        search(
            schema[path][method], GenerationMode.POSITIVE, lambda case: check(case, headers), served=holders, **fixed
        )


@pytest.mark.parametrize(("method", "path", "operation"), [each for each in ENDING if negatable(each[2])], ids=name_of)
def test_what_the_description_forbids_is_refused(
    schema: Any, server: Server, method: str, path: str, operation: Json
) -> None:
    search(schema[path][method], GenerationMode.NEGATIVE, lambda case: check(case, server.staff))


def check(case: Case, headers: dict[str, str]) -> None:
    """The answer is one that the description has; an order that it allows is refused only for what it cannot say.

    Who may ask for what, test_access_matrix.py looks at: here as many wrong tokens would be sent as make 429.
    """
    response = case.call_and_validate(headers=headers, excluded_checks=[ignored_auth, positive_data_acceptance])
    assert case.meta is not None
    allowed = case.meta.generation.mode is GenerationMode.POSITIVE
    if allowed and response.status_code == 422 and case.operation.path == "/orders":
        errors = {(error["pointer"].rpartition("/")[2], error["code"]) for error in response.json()["errors"]}
        assert {code for _, code in errors - {WHOLE_FLOAT}} <= BEYOND_THE_SCHEMA, errors


def test_what_is_served_is_what_was_searched(server: Server) -> None:
    with server.client() as api:
        paths = api.get("/openapi.json").json()["paths"]
    served = {(method.upper(), path) for path, item in paths.items() for method in item}
    assert served == {(method, path) for method, path, _ in OPERATIONS}


def test_it_left_no_failure_in_the_log(server: Server) -> None:
    assert server.healthy()
    assert "Traceback" not in server.log_text()
