"""Others' packages, apart from our code: one layer for every function, and further ones for those that need more."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ordermill.entrypoints.packaging.archive import Member, folder
from ordermill.entrypoints.packaging.errors import PackagingError
from ordermill.entrypoints.packaging.pruning import prune
from ordermill.entrypoints.packaging.wheels import Target, install

BASE: Final = "layer"
"""The layer of every function, made of `requirements/lambda.txt`."""

EXTRAS: Final[Sequence[str]] = ("images", "reports", "webhooks")
"""Further layers, the smallest first, each for the functions that import something of it.

`webhooks` is `requirements/lambda-webhooks.txt`: a function that posts none carries none of the packages for it.
"""

PREFIX: Final = "python/"
"""Where a layer keeps packages, so that Lambda's Python finds them."""


@dataclass(frozen=True, slots=True)
class Layer:
    """`name`, its `files` by name, and the packages that can be imported from it."""

    name: str
    files: Mapping[str, Member]

    @property
    def packages(self) -> frozenset[str]:
        """Names that an import statement may begin with."""
        first = {name.removeprefix(PREFIX).partition("/") for name in self.files}
        found = (name.partition(".")[0] for name, slash, _ in first if slash or name.endswith((".py", ".so")))
        return frozenset(name for name in found if name)


def base_layer(requirements: Path, target: Target) -> Layer:
    """The layer that every function has. Raises PackagingError."""
    return Layer(BASE, _files(requirements / "lambda.txt", target))


def extra_layer(name: str, requirements: Path, target: Target, base: Layer) -> Layer:
    """A further layer, without what the base has already.

    Raises PackagingError, also where it has another version of something in the base: one would hide the other.
    """
    found = {}
    for file, member in _files(requirements / f"lambda-{name}.txt", target).items():
        if file not in base.files:
            found[file] = member
        elif base.files[file] != member:
            raise PackagingError(f"lambda-{name}.txt has another {file} than lambda.txt: lock them together.")
    return Layer(f"{BASE}-{name}", found)


def _files(requirements: Path, target: Target) -> dict[str, Member]:
    if not requirements.is_file():
        raise PackagingError(f"There is no {requirements}.")
    with tempfile.TemporaryDirectory(prefix="ordermill-layer-") as place:
        install(requirements, target, Path(place))
        prune(Path(place))
        return folder(Path(place), PREFIX)
