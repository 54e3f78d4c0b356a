"""The packages that are deployed, from the index's own wheels: the same bytes each time, whole, lean."""

from __future__ import annotations

import ast
import compileall
import json
import os
import re
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from ordermill.entrypoints.packaging.build import build
from ordermill.entrypoints.packaging.closure import HANDLER
from ordermill.entrypoints.packaging.functions import deployed
from ordermill.entrypoints.packaging.layers import BASE, EXTRAS
from ordermill.entrypoints.packaging.manifest import Package
from ordermill.entrypoints.packaging.pruning import SERVICES
from ordermill.entrypoints.packaging.wheels import Target, this_machine
from ordermill.topology.loader import load
from tests.packages.kit import alone, names, unpacked

_ROOT = Path(__file__).parents[2]
_MACHINES = {0xB7: "arm64", 0x3E: "x86_64"}
"""Of an ELF header, to Lambda's names."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Package]:
    """A package that this machine can run, with the folder it is in."""
    folder = tmp_path_factory.mktemp("package") / "out"
    return folder, build(folder, this_machine())


@pytest.fixture(scope="module")
def layer(built: tuple[Path, Package], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages of its layer, unpacked; compiled once, as many processes import them."""
    packages = unpacked(built[0] / "layer.zip", tmp_path_factory.mktemp("layer")) / "python"
    compileall.compile_dir(packages, quiet=1)
    return packages


def test_two_builds_are_the_same_whatever_the_folder_and_the_umask(tmp_path: Path) -> None:
    places = {tmp_path / "first": 0o022, tmp_path / "further down" / "second": 0o077}
    for place, umask in places.items():
        done = _package("--output", str(place), "--architecture", "arm64", umask=umask)
        assert (done.returncode, done.stderr) == (0, "")
        assert f"{len(deployed(load()))} functions" in done.stdout
    first, second = (
        {path.relative_to(place).as_posix(): path.read_bytes() for path in place.rglob("*") if path.is_file()}
        for place in places
    )
    assert len([name for name in first if name.startswith("lambda/arm64/")]) == 2 + len(EXTRAS) + len(deployed(load()))
    assert {"site.json", "site/index.html", "openapi/queue.json"} <= first.keys()
    assert first.keys() == second.keys()
    assert {name for name in first if first[name] != second[name]} == set()
    _check_target(tmp_path / "first/lambda/arm64/layer.zip", "arm64")


def test_what_cannot_be_had_is_told_in_a_sentence(tmp_path: Path) -> None:
    done = _package("--output", str(tmp_path / "out"), "--python", "3.99", PIP_NO_INDEX="1")
    assert (done.returncode, done.stdout) == (1, "")
    told = r"Error: There is no wheel of botocore==\S+ for Python 3\.99 on arm64, and nothing is built here .*\n"
    assert re.fullmatch(told, done.stderr)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def _package(*arguments: str, umask: int = -1, **environment: str) -> subprocess.CompletedProcess[str]:
    """`ordermill package`, ended."""
    command = [sys.executable, "-m", "ordermill.entrypoints.cli", "package", *arguments]
    env = {**os.environ, **environment}
    return subprocess.run(command, capture_output=True, text=True, cwd=_ROOT, umask=umask, env=env, check=False)


def _check_target(layer: Path, architecture: str) -> None:
    with zipfile.ZipFile(layer) as archive:
        libraries = [archive.read(name) for name in archive.namelist() if name.endswith(".so")]
    assert libraries
    assert {_MACHINES[struct.unpack_from("<H", each, 18)[0]] for each in libraries} == {architecture}


def test_it_is_for_this_machine_if_it_is_asked_to_be(built: tuple[Path, Package]) -> None:
    folder, package = built
    assert Target(*(package.architecture, package.python)) == this_machine()  # type: ignore[arg-type]
    _check_target(folder / "layer.zip", package.architecture)


def test_every_function_is_there_and_imports_with_nothing_but_its_zip_and_its_layers(
    built: tuple[Path, Package], layer: Path, tmp_path: Path
) -> None:
    folder, package = built
    layers = {
        name: layer if name == BASE else unpacked(folder / each.file, tmp_path / name) / "python"
        for name, each in package.layers.items()
    }
    assert package.functions.keys() == deployed(load()).keys()
    for name, function in package.functions.items():
        task = unpacked(folder / function.file, tmp_path / name)
        modules = sorted(
            path.relative_to(task).with_suffix("").as_posix().replace("/", ".").removesuffix(".__init__")
            for path in task.rglob("*.py")
        )
        assert {HANDLER, f"ordermill.functions.{name}"} <= set(modules)
        code = f"import json, ordermill\nfor name in {modules}: __import__(name)\nprint(json.dumps(ordermill.__file__))"
        assert alone(code, [task, *(layers[each] for each in function.layers)]) == str(task / "ordermill/__init__.py")


def test_a_report_is_drawn_by_a_process_of_the_package(
    built: tuple[Path, Package], layer: Path, tmp_path: Path
) -> None:
    folder, package = built
    function = package.functions["generate_pdf_report"]
    assert tuple(function.layers) == ("layer", "layer-reports")
    task = unpacked(folder / function.file, tmp_path / "task")
    reports = unpacked(folder / package.layers["layer-reports"].file, tmp_path / "layer-reports") / "python"
    code = (
        "import json\nfrom ordermill.domain.report import ReportRow, report_of\n"
        "from ordermill.adapters.reports.renderer import PdfRenderer\n"
        "row = ReportRow(1, 'ord_1', '王小明 שלום', '1 × Mug', 'CANCELLED', 'USD', 999, 999, 0)\n"
        "print(json.dumps(PdfRenderer(120).render(report_of(0, 2, [row]))[:5].decode()))"
    )
    assert alone(code, [task, layer, reports]) == "%PDF-"


def test_a_function_reads_its_topology_from_its_zip(built: tuple[Path, Package], layer: Path, tmp_path: Path) -> None:
    folder, package = built
    task = unpacked(folder / package.functions["get_orders"].file, tmp_path / "task")
    code = (
        "import json\nfrom ordermill.topology.loader import shipped\nprint(json.dumps(str(shipped('topology.json'))))"
    )
    assert alone(code, [task, layer]) == str(task / "ordermill/topology/files/topology.json")


def test_sizes_are_told_as_they_are_and_functions_are_small(built: tuple[Path, Package]) -> None:
    folder, package = built
    assert json.loads((folder / "package.json").read_bytes())["handler"] == "ordermill.entrypoints.aws_lambda.handler"
    told = {each.file: each.size for each in package.layers.values()}
    told |= {each.file: each.size for each in package.functions.values()}
    assert told == {path.name: path.stat().st_size for path in folder.glob("*.zip")}
    assert max(each.size for each in package.functions.values()) < 300_000
    assert package.layers["layer"].size < 4_000_000


def test_nothing_is_in_it_that_no_function_needs(built: tuple[Path, Package]) -> None:
    folder, package = built
    inside = names(folder / "layer.zip")
    assert not [name for name in inside if name.endswith((".pyc", "/RECORD", "/INSTALLER")) or "/examples-1." in name]
    first = {name.split("/")[1] for name in inside}
    assert first.isdisjoint({"bin", "awslambdaric", "boto3", "dns", "click", "jsonschema", "uvicorn"})
    services = {
        name.split("/")[3] for name in inside if name.startswith("python/botocore/data/") and name.count("/") > 3
    }
    assert services == SERVICES
    for function in package.functions.values():
        assert all(name.startswith("ordermill/") for name in names(folder / function.file))


def test_what_is_left_of_the_sdk_makes_every_client_as_the_whole_of_it_does(layer: Path) -> None:
    code = f"""
import json
from botocore.session import Session
session = Session()
print(json.dumps({{
    f"{{service}} {{region}}": session.create_client(service, region_name=region).meta.endpoint_url
    for service in {sorted(SERVICES)} for region in ("eu-central-1", "us-east-1", "cn-north-1")
}}))
"""
    keys = {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none", "AWS_EC2_METADATA_DISABLED": "true"}
    pruned = alone(code, [layer], **keys)
    whole = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=keys, check=True)
    assert len(pruned) == 3 * len(SERVICES)
    assert pruned == json.loads(whole.stdout)


def test_addresses_of_all_the_world_are_checked_without_what_was_taken_out(
    built: tuple[Path, Package], layer: Path, tmp_path: Path
) -> None:
    folder, package = built
    task = unpacked(folder / package.functions["create_order"].file, tmp_path / "task")
    code = """
import json
from ordermill.domain.text import email_fault
print(json.dumps([email_fault(each) for each in ("jörg@müller.example", "jörg@müller@example")]))
"""
    right, wrong = alone(code, [task, layer])
    assert right is None
    assert wrong[0] == "invalid-email"


def test_every_service_that_adapters_ask_for_is_described() -> None:
    asked = {
        node.args[0].value
        for path in (_ROOT / "src/ordermill/adapters/aws").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "client"
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }
    assert asked
    assert asked <= SERVICES
