"""What a Lambda imports before its first message: nothing that belongs to the local server, to a tool, or to others."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Final

import pytest

from ordermill.topology.loader import load
from ordermill.topology.views import enabled

_FORBIDDEN: Final = {
    "anyio",
    "asyncio",
    "boto3",
    "click",
    "dns",
    "email_validator",
    "httpx2",
    "jsonschema",
    "limits",
    "PIL",
    "prometheus_client",
    "reportlab",
    "rich",
    "sqlite3",
    "structlog",
    "swagger_ui_bundle",
    "uvicorn",
    "uvloop",
}
_EACH: Final = """
import json, os, sys
before = set(sys.modules)
for name, pipeline in json.loads(sys.argv[1]).items():
    if os.fork() == 0:
        os.environ.update(ORDERMILL_FUNCTION=name, ORDERMILL_PIPELINE=pipeline)
        from ordermill.entrypoints.aws_lambda import handler
        print(json.dumps([name, sorted(set(sys.modules) - before)]), flush=True)
        os._exit(0)
    if os.wait()[1]:
        sys.exit(f"{name} does not start")
"""
"""Imports each handler in a process of its own, which has imported nothing before."""

_ENV: Final = {"AWS_REGION": "eu-central-1", "ORDERMILL_PREFIX": "ordermill", "ORDERMILL_ACCOUNT": "000000000000"}
_PIPELINE_OF: Final = {name: pipeline for pipeline in load().pipelines for name in enabled(load(), pipeline)}


@pytest.fixture(scope="module")
def imported() -> Mapping[str, set[str]]:
    """By function: the modules that its handler brings."""
    done = subprocess.run(
        [sys.executable, "-c", _EACH, json.dumps(_PIPELINE_OF)], capture_output=True, text=True, env=_ENV, check=False
    )
    assert done.returncode == 0, done.stderr
    return {name: set(modules) for name, modules in map(json.loads, done.stdout.splitlines())}


@pytest.mark.parametrize("name", _PIPELINE_OF)
def test_a_handler_imports_its_function_and_nothing_it_can_do_without(
    imported: Mapping[str, set[str]], name: str
) -> None:
    modules = imported[name]
    assert {f"ordermill.functions.{name}", "botocore.session"} <= modules
    assert {each for each in modules if each.partition(".")[0] in _FORBIDDEN} == set()
    functions = {each for each in modules if each.startswith("ordermill.functions.")}
    assert functions == {f"ordermill.functions.{name}"}
    local = ("ordermill.adapters.local", "ordermill.runtime", "ordermill.entrypoints.cli", "ordermill.bootstrap.local")
    assert {each for each in modules if each.startswith(local)} == set()
