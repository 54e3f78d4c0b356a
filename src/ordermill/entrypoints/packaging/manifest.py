"""What a package says of itself, for whoever deploys it: `package.json` and `site.json`."""

from __future__ import annotations

from typing import Final

import msgspec

from ordermill.entrypoints.packaging.closure import HANDLER

PROVIDED: Final = "provided.al2023"
"""Lambda's name of a runtime that the package brings along."""


class PackagedLayer(msgspec.Struct, frozen=True):
    """A layer's `file`, beside this one; `sha256` in base64, as AWS has it; its bytes, packed and unpacked."""

    file: str
    sha256: str
    size: int
    unpacked: int


class PackagedFunction(msgspec.Struct, frozen=True):
    """A function's zip, in the same way, and the names of its layers in their order."""

    file: str
    sha256: str
    size: int
    unpacked: int
    layers: tuple[str, ...]


class Package(msgspec.Struct, frozen=True):
    """`package.json`: everything that Lambda is to run, for one architecture and one version of Python."""

    architecture: str
    python: str
    runtime: str
    layers: dict[str, PackagedLayer]
    functions: dict[str, PackagedFunction]
    handler: str = f"{HANDLER}.handler"


class SiteFile(msgspec.Struct, frozen=True):
    """One object of the web site: the `path` where it stands, its `file` beside this one, the headers it comes with."""

    path: str
    file: str
    content_type: str
    cache_control: str
    content_security_policy: str | None
    sha256: str


def written(document: object) -> bytes:
    """A manifest as it is kept: JSON that people can read."""
    return msgspec.json.format(msgspec.json.encode(document)) + b"\n"
