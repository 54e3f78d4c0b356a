"""Builds the packages: for managed runtimes, and for an emulator on this machine."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import ordermill
from ordermill.entrypoints.packaging.archive import Member, unpack, write_zip
from ordermill.entrypoints.packaging.errors import PackagingError
from ordermill.entrypoints.packaging.functions import Rules, deployed, layers_of, members_of
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
    rules, functions = _asked(topology, rules)
    layers = _layers(requirements or locked(), target, rules)
    with replaced(into) as folder:
        package = Package(
            target.architecture,
            target.python,
            f"python{target.python}",
            {name: _write_layer(folder, layer) for name, layer in layers.items()},
            {name: _write_function(folder, name, rules, layers) for name in functions},
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
    rules, functions = _asked(topology, rules)
    target, requirements = this_machine(), requirements or locked()
    layers, start = _layers(requirements, target, rules), {BOOTSTRAP: bootstrap(into.absolute() / "layer" / "python")}
    with replaced(into) as folder:
        for layer in layers.values():
            unpack(layer.files, folder / "layer")
        install(requirements / "provided.txt", None, folder / "layer" / "python")
        package = Package(
            target.architecture,
            target.python,
            PROVIDED,
            {},
            {name: _write_function(folder, name, rules, layers, start) for name in functions},
        )
        (folder / MANIFEST).write_bytes(written(package))
    return package


def _asked(topology: Topology | None, rules: Rules | None) -> tuple[Rules, list[str]]:
    rules, functions = rules or Rules(our_sources()), deployed(topology or load())
    if strangers := sorted({name for users in rules.extras.values() for name in users} - set(functions)):
        raise PackagingError(f"An extra layer is for {strangers[0]}, and there is no such function.")
    return rules, functions


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


def _layers(requirements: Path, target: Target, rules: Rules) -> dict[str, Layer]:
    base = base_layer(requirements, target)
    extras = [extra_layer(name, requirements, target, base) for name in sorted(rules.extras)]
    return {layer.name: layer for layer in [base, *extras]}


def _write_layer(folder: Path, layer: Layer) -> PackagedLayer:
    file = f"{layer.name}.zip"
    archived = write_zip(folder / file, layer.files)
    return PackagedLayer(file, archived.sha256, archived.size, archived.unpacked)


def _write_function(
    folder: Path, name: str, rules: Rules, layers: Mapping[str, Layer], start: Mapping[str, Member] | None = None
) -> PackagedFunction:
    """`start` is what starts the function, where the runtime does not."""
    file = f"{name}.zip"
    archived = write_zip(folder / file, {**members_of(name, rules, layers), **(start or {})})
    layer_names = () if start else tuple(layers_of(name, rules))
    return PackagedFunction(file, archived.sha256, archived.size, archived.unpacked, layer_names)
