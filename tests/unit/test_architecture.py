"""What holds for the code as a whole: sizes, permissions, statements, and how tests may go about it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from ordermill.adapters.local.sql import queries
from ordermill.bootstrap.binding import findings, signatures
from ordermill.bootstrap.callables import module_of
from ordermill.topology.loader import load

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "src").rglob("*.py"))
TESTS = sorted(path for kind in ("unit", "contract") for path in (ROOT / "tests" / kind).rglob("*.py"))
BESIDE = sorted(path for kind in ("tests", "benchmarks") for path in (ROOT / kind).rglob("*.py"))
MODULE_LINES = 400
FUNCTION_LINES = 70


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions_of(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def calls_of(path: Path) -> set[str]:
    """Dotted names that are called, decorators and imports of names included."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute | ast.Name):
            found.add(ast.unparse(node))
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def test_there_is_something_to_look_at() -> None:
    assert len(MODULES) > 50
    assert len(TESTS) > 10


@pytest.mark.parametrize("path", [*MODULES, *BESIDE], ids=name)
def test_modules_and_functions_can_be_read_in_one_go(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MODULE_LINES
    long = [f.name for f in functions_of(path) if (f.end_lineno or f.lineno) - f.lineno >= FUNCTION_LINES]
    assert long == []


@pytest.mark.parametrize("path", TESTS, ids=name)
def test_no_test_sleeps_or_patches_what_it_tests(path: Path) -> None:
    forbidden = {"time.sleep", "asyncio.sleep", "mock.patch", "unittest.mock.patch", "mocker.patch"}
    assert calls_of(path) & forbidden == set()


def test_every_signature_asks_for_what_its_grants_say_and_nothing_is_wrong_with_the_topology() -> None:
    assert findings(load()) == []


def test_a_signature_that_asks_for_more_than_its_grants_is_found() -> None:
    topology = load()
    spec = topology.functions["get_products"]
    changed = replace(topology, functions={**topology.functions, "get_products": replace(spec, grants={})})
    assert any("get_products" in str(finding) for finding in findings(changed))


def test_every_function_of_the_topology_is_a_file_that_defines_it() -> None:
    topology = load()
    names = {*topology.functions, *(each for pipeline in topology.pipelines.values() for each in pipeline.functions)}
    assert signatures(topology).keys() == names
    files = {path.stem for path in (ROOT / "src/ordermill/functions").glob("[!_]*.py")}
    assert files == names
    for each in names:
        module = module_of(each)
        assert hasattr(module, each) != all(hasattr(module, stage) for stage in ("prepare", "call", "settle"))


def test_every_named_statement_is_used_and_every_used_name_is_a_statement() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in MODULES)
    used = set(re.findall(r'queries\(\)\["(\w+)"\]', code))
    assert used == set(queries())
