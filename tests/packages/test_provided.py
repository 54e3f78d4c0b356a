"""A function from a package for this machine, started as an emulator starts it, through Lambda's own runtime client."""

from __future__ import annotations

import json
from pathlib import Path

from ordermill.entrypoints.packaging.build import build_provided
from tests.packages.kit import unpacked
from tests.packages.runtime_api import answered

_REQUEST = {
    "version": "2.0",
    "routeKey": "GET /products",
    "rawPath": "/products",
    "rawQueryString": "colour=red",
    "headers": {"accept": "application/json"},
    "requestContext": {"http": {"method": "GET", "path": "/products", "sourceIp": "192.0.2.1"}},
    "isBase64Encoded": False,
}
"""One that is refused before a table is asked."""


def test_a_request_is_answered(tmp_path: Path) -> None:
    package = build_provided(tmp_path / "out")
    task = unpacked(tmp_path / "out" / package.functions["get_products"].file, tmp_path / "task")
    answer = answered(
        task,
        package.handler,
        _REQUEST,
        ORDERMILL_FUNCTION="get_products",
        ORDERMILL_PIPELINE="workflow",
        ORDERMILL_PREFIX="ordermill",
        ORDERMILL_ACCOUNT="000000000000",
        AWS_REGION="eu-central-1",
    )
    assert answer["statusCode"] == 400
    assert json.loads(answer["body"])["type"] == "/problems/invalid-query"
