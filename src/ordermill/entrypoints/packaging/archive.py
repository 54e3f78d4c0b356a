"""Zips that are the same, byte for byte, wherever and whenever they are made of the same files."""

from __future__ import annotations

import zipfile
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

_DATE: Final = (1980, 1, 1, 0, 0, 0)
"""The earliest that a zip can say."""
_UNIX: Final = 3
_LEVEL: Final = 9


@dataclass(frozen=True, slots=True)
class Member:
    """One file of an archive."""

    data: bytes
    executable: bool = False


@dataclass(frozen=True, slots=True)
class Archived:
    """Of a zip that was written: its SHA-256 in base64, its size and that of its files, in bytes."""

    sha256: str
    size: int
    unpacked: int


def write_zip(path: Path, members: Mapping[str, Member]) -> Archived:
    """Write a zip of `members`, by their names in it: sorted, dated 1980, readable by all."""
    with zipfile.ZipFile(path, "w") as archive:
        for name in sorted(members):
            member = members[name]
            info = zipfile.ZipInfo(name, _DATE)
            info.create_system = _UNIX
            info.external_attr = (0o100755 if member.executable else 0o100644) << 16
            archive.writestr(info, member.data, zipfile.ZIP_DEFLATED, _LEVEL)
    data = path.read_bytes()
    return Archived(digest(data), len(data), sum(len(member.data) for member in members.values()))


def folder(root: Path, prefix: str) -> dict[str, Member]:
    """Every file below `root`, its name in the archive beginning with `prefix`."""
    files = (path for path in root.rglob("*") if path.is_file())
    return {f"{prefix}{path.relative_to(root).as_posix()}": Member(path.read_bytes()) for path in files}


def unpack(members: Mapping[str, Member], root: Path) -> None:
    """Write `members` as files below `root`."""
    for name, member in members.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(member.data)


def unzip(path: Path, root: Path) -> Path:
    """Unpack a zip into the folder `root`, as Lambda does."""
    with zipfile.ZipFile(path) as archive:
        archive.extractall(root)
    return root


def digest(data: bytes) -> str:
    """The SHA-256 in base64, as AWS names a package's code."""
    return b64encode(sha256(data).digest()).decode("ascii")
