"""Packages from small wheels of our own: what goes into layers, what is refused, and what runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ordermill.entrypoints.packaging.build import build, build_provided
from ordermill.entrypoints.packaging.closure import HANDLER
from ordermill.entrypoints.packaging.errors import PackagingError
from ordermill.entrypoints.packaging.functions import Rules
from ordermill.entrypoints.packaging.wheels import Target
from ordermill.topology.loader import load
from ordermill.topology.model import Topology
from tests.packages.kit import names, tree, unpacked, wheel
from tests.packages.runtime_api import answered

ARM = Target("arm64", "3.13")
RUNTIME = """
import json, os, sys, urllib.request

base = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation/"
urllib.request.urlopen(base + "next").read()
found = {}
for name in ("tool", "msgspec", sys.argv[1].rpartition(".")[0]):
    try:
        __import__(name)
    except ImportError:
        found[name] = False
    else:
        found[name] = True
urllib.request.urlopen(base + "request-1/response", data=json.dumps(found).encode())
"""
"""Stands for the runtime: it answers which modules it can import."""


class Shelf:
    """Wheels that are to be had, and the requirements that name them."""

    def __init__(self, root: Path) -> None:
        self.wheels, self.requirements = root / "wheels", root / "requirements"
        self.wheels.mkdir()
        self.requirements.mkdir()

    def lock(self, file: str, *lines: str) -> None:
        """Write a requirements file."""
        (self.requirements / file).write_text("".join(lines), encoding="utf-8")


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """A shelf with the package `tool`, which is all that pip can find."""
    made = Shelf(tmp_path)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(made.wheels))
    made.lock("lambda.txt", wheel(made.wheels, "tool", {"tool/__init__.py": "WORD = 1\n"}))
    return made


@pytest.fixture
def topology() -> Topology:
    """One of two functions, `get_products` and `get_orders`."""
    shipped = load()
    pipelines = {name: msgspec.structs.replace(each, functions={}) for name, each in shipped.pipelines.items()}
    kept = {name: shipped.functions[name] for name in ("get_products", "get_orders")}
    return msgspec.structs.replace(shipped, functions=kept, pipelines=pipelines)


def rules(root: Path, extras: Sequence[str] = (), orders: str = "") -> Rules:
    """Of a small tree, where `get_orders` is the text `orders`."""
    modules = {
        HANDLER.removeprefix("ordermill."): "import tool\n",
        "functions.get_products": "",
        "functions.get_orders": orders,
    }
    return Rules(tree(root, modules), extras=extras)


def test_what_only_one_function_needs_is_a_layer_of_that_one(tmp_path: Path, shelf: Shelf, topology: Topology) -> None:
    base = {"tool/__init__.py": "WORD = 1\n"}
    shelf.lock(
        "lambda-print.txt", wheel(shelf.wheels, "press", {"press.py": "INK = 1\n"}), wheel(shelf.wheels, "tool", base)
    )
    package = build(
        tmp_path / "out",
        ARM,
        topology=topology,
        rules=rules(tmp_path, ["print"], "import press"),
        requirements=shelf.requirements,
    )
    assert package.functions["get_products"].layers == ("layer",)
    assert package.functions["get_orders"].layers == ("layer", "layer-print")
    assert {name.partition("/")[2].partition("/")[0] for name in names(tmp_path / "out" / "layer-print.zip")} == {
        "press.py",
        "press-1.0.dist-info",
    }
    assert not any("press" in name for name in names(tmp_path / "out" / "layer.zip"))


def test_a_function_that_imports_what_its_layers_lack_is_refused_and_the_former_package_stays(
    tmp_path: Path, shelf: Shelf, topology: Topology
) -> None:
    build(tmp_path / "out", ARM, topology=topology, rules=rules(tmp_path), requirements=shelf.requirements)
    former = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    assert former.keys() == {"package.json", "layer.zip", "get_products.zip", "get_orders.zip"}
    with pytest.raises(
        PackagingError, match=r"get_orders: ordermill\.functions\.get_orders imports press, which no layer has"
    ):
        build(
            tmp_path / "out",
            ARM,
            topology=topology,
            rules=rules(tmp_path, orders="def late():\n    import press"),
            requirements=shelf.requirements,
        )
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == former
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_what_was_packaged_before_is_gone(tmp_path: Path, shelf: Shelf, topology: Topology) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "old_function.zip").touch()
    build(tmp_path / "out", ARM, topology=topology, rules=rules(tmp_path), requirements=shelf.requirements)
    assert not (tmp_path / "out" / "old_function.zip").exists()


def test_an_extra_may_not_hide_the_base(tmp_path: Path, shelf: Shelf, topology: Topology) -> None:
    shelf.lock("lambda-print.txt", wheel(shelf.wheels, "tool", {"tool/__init__.py": "OTHER = 1\n"}, version="2.0"))
    with pytest.raises(PackagingError, match=r"lambda-print.txt has another python/tool/__init__.py"):
        build(
            tmp_path / "out",
            ARM,
            topology=topology,
            rules=rules(tmp_path, ["print"]),
            requirements=shelf.requirements,
        )


@pytest.mark.parametrize(
    ("tag", "python", "architecture"),
    [
        ("cp313-cp313-manylinux_2_34_aarch64", "3.13", "arm64"),
        ("cp313-cp313-manylinux2014_x86_64", "3.13", "x86_64"),
        ("cp311-cp311-manylinux_2_26_x86_64", "3.11", "x86_64"),
        ("cp38-abi3-manylinux_2_17_aarch64", "3.13", "arm64"),
    ],
)
def test_wheels_for_the_target_are_taken(
    tmp_path: Path, shelf: Shelf, topology: Topology, tag: str, python: str, architecture: Any
) -> None:
    shelf.lock("lambda.txt", wheel(shelf.wheels, "tool", {"tool/__init__.py": ""}, version="3.0", tag=tag))
    target = Target(architecture, python)
    package = build(tmp_path / "out", target, topology=topology, rules=rules(tmp_path), requirements=shelf.requirements)
    assert (package.runtime, package.architecture) == (f"python{python}", architecture)


@pytest.mark.parametrize(
    "tag",
    [
        "cp313-cp313-manylinux_2_17_x86_64",
        "cp313-cp313-manylinux_2_35_aarch64",
        "cp312-cp312-manylinux_2_17_aarch64",
        "cp313-cp313-musllinux_1_2_aarch64",
        "cp313-cp313-macosx_11_0_arm64",
    ],
)
def test_a_wheel_that_is_missing_is_told(tmp_path: Path, shelf: Shelf, topology: Topology, tag: str) -> None:
    shelf.lock("lambda.txt", wheel(shelf.wheels, "tool", {"tool/__init__.py": ""}, version="3.0", tag=tag))
    with pytest.raises(PackagingError, match=r"no wheel of tool==3\.0 for Python 3\.13 on arm64"):
        build(tmp_path / "out", ARM, topology=topology, rules=rules(tmp_path), requirements=shelf.requirements)
    assert not (tmp_path / "out").exists()


def test_a_package_that_was_changed_is_refused(tmp_path: Path, shelf: Shelf, topology: Topology) -> None:
    line = wheel(shelf.wheels, "tool", {"tool/__init__.py": "GOOD = 1\n"})
    wheel(shelf.wheels, "tool", {"tool/__init__.py": "EVIL = 1\n"})
    shelf.lock("lambda.txt", line)
    with pytest.raises(PackagingError, match="HASHES"):
        build(tmp_path / "out", ARM, topology=topology, rules=rules(tmp_path), requirements=shelf.requirements)


def test_what_is_locked_without_a_hash_is_refused(tmp_path: Path, shelf: Shelf, topology: Topology) -> None:
    shelf.lock("lambda.txt", "tool==1.0\n")
    with pytest.raises(PackagingError, match=r"[Hh]ashes are required"):
        build(tmp_path / "out", ARM, topology=topology, rules=rules(tmp_path), requirements=shelf.requirements)


def test_what_is_locked_under_a_condition_is_refused(tmp_path: Path, shelf: Shelf, topology: Topology) -> None:
    line = wheel(shelf.wheels, "tool", {"tool/__init__.py": "WORD = 1\n"})
    shelf.lock("lambda.txt", line.replace("==1.0", "==1.0 ; python_version >= '3.0'"))
    with pytest.raises(
        PackagingError, match=r"the condition of 'tool==1\.0 ; python_version >= '3\.0'' by this Python"
    ):
        build(tmp_path / "out", ARM, topology=topology, rules=rules(tmp_path), requirements=shelf.requirements)


def test_what_pip_notes_about_its_own_work_is_left_out(tmp_path: Path, shelf: Shelf, topology: Topology) -> None:
    build(tmp_path / "out", ARM, topology=topology, rules=rules(tmp_path), requirements=shelf.requirements)
    info = "python/tool-1.0.dist-info"
    assert names(tmp_path / "out" / "layer.zip") == {
        "python/tool/__init__.py",
        *(f"{info}/{name}" for name in ("METADATA", "WHEEL", "entry_points.txt")),
    }


def test_where_this_python_is_the_runtime_its_own_packages_are_not_there(
    tmp_path: Path, shelf: Shelf, topology: Topology
) -> None:
    shelf.lock("provided.txt", wheel(shelf.wheels, "awslambdaric", {"awslambdaric/__main__.py": RUNTIME}))
    out = tmp_path / "it's here" / "out"
    package = build_provided(out, topology=topology, rules=rules(tmp_path), requirements=shelf.requirements)
    assert (package.runtime, package.layers) == ("provided.al2023", {})
    assert package.functions["get_products"].layers == ()
    task = unpacked(out / package.functions["get_products"].file, tmp_path / "task")
    assert answered(task, package.handler, {}) == {"tool": True, "msgspec": False, HANDLER: True}
