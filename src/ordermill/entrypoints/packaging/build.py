"""Builds the packages: for managed runtimes, and for an emulator on this machine."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import ordermill
from ordermill.entrypoints.packaging.archive import Member, unpack, write_zip
from ordermill.entrypoints.packaging.functions import Rules, code_of, deployed
from ordermill.entrypoints.packaging.imports import Sources
from ordermill.entrypoints.packaging.layers import Layer, base_layer, extra_layer
from ordermill.entrypoints.packaging.manifest import PROVIDED, Package, PackagedFunction, PackagedLayer, written
from ordermill.entrypoints.packaging.provided import BOOTSTRAP, bootstrap
from ordermill.entrypoints.packaging.wheels import Target, install, this_machine
from ordermill.topology.loader import load
from ordermill.topology.model import Topology

MANIFEST: Final = "package.json"


def our_sources() -> Sources:
    """Ordermill's own code, as it is installed."""
    return Sources("ordermill", Path(ordermill.__file__).parent)


def locked() -> Path:
    """The folder of locked requirements: inside the package where installed, beside it in a checkout."""
    packaged = Path(__file__).parent / "requirements"
    return packaged if packaged.is_dir() else Path(__file__).resolve().parents[4] / "requirements"


def build(
    into: Path,
    target: Target,
    *,
    topology: Topology | None = None,
    rules: Rules | None = None,
    requirements: Path | None = None,
) -> Package:
    """Write the package of `target` as the folder `into`, which is replaced as a whole or not at all.

    Raises PackagingError, OSError.
    """
    layers = _layers(requirements or locked(), target, rules or Rules(our_sources()))
    with replaced(into) as folder:
        package = Package(
            target.architecture,
            target.python,
            f"python{target.python}",
            {layer.name: _write_layer(folder, layer) for layer in layers},
            _write_functions(folder, topology or load(), rules or Rules(our_sources()), layers),
        )
        (folder / MANIFEST).write_bytes(written(package))
    return package


def build_provided(
    into: Path,
    *,
    topology: Topology | None = None,
    rules: Rules | None = None,
    requirements: Path | None = None,
) -> Package:
    """Write a package that this machine's own Python runs, for an emulator that unpacks no layers; as `build` does.

    The layers' packages are the folder `layer` in it, to which each function's `bootstrap` leads by its whole path.
    Raises PackagingError, OSError.
    """
    target, requirements, rules = this_machine(), requirements or locked(), rules or Rules(our_sources())
    layers, start = _layers(requirements, target, rules), {BOOTSTRAP: bootstrap(into.absolute() / "layer" / "python")}
    with replaced(into) as folder:
        for layer in layers:
            unpack(layer.files, folder / "layer")
        install(requirements / "provided.txt", None, folder / "layer" / "python")
        functions = _write_functions(folder, topology or load(), rules, layers, start)
        package = Package(target.architecture, target.python, PROVIDED, {}, functions)
        (folder / MANIFEST).write_bytes(written(package))
    return package


@contextmanager
def replaced(folder: Path) -> Iterator[Path]:
    """An empty folder to fill, which then takes the place of `folder`; where filling it fails, nothing has changed."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as name:
        fresh, former = Path(name, "fresh"), Path(name, "former")
        fresh.mkdir()
        yield fresh
        if folder.exists():
            folder.rename(former)
        fresh.rename(folder)


def _layers(requirements: Path, target: Target, rules: Rules) -> Sequence[Layer]:
    base = base_layer(requirements, target)
    return [base, *(extra_layer(name, requirements, target, base) for name in rules.extras)]


def _write_layer(folder: Path, layer: Layer) -> PackagedLayer:
    file = f"{layer.name}.zip"
    archived = write_zip(folder / file, layer.files)
    return PackagedLayer(file, archived.sha256, archived.size, archived.unpacked)


def _write_functions(
    folder: Path,
    topology: Topology,
    rules: Rules,
    layers: Sequence[Layer],
    start: Mapping[str, Member] | None = None,
) -> dict[str, PackagedFunction]:
    """By name; `start` is what starts them in place of Lambda's own runtime, which has no layers."""
    made = {}
    for name, specs in deployed(topology).items():
        code, file = code_of(name, specs, rules, layers), f"{name}.zip"
        archived = write_zip(folder / file, {**code.members, **(start or {})})
        taken = () if start else tuple(code.layers)
        made[name] = PackagedFunction(file, archived.sha256, archived.size, archived.unpacked, taken)
    return made
