"""Packages of others, as wheels for the machine that will run them; nothing is built here."""

from __future__ import annotations

import platform
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from ordermill.entrypoints.packaging.errors import PackagingError

Architecture = Literal["arm64", "x86_64"]

MACHINES: Final[dict[str, Architecture]] = {"aarch64": "arm64", "arm64": "arm64", "x86_64": "x86_64", "AMD64": "x86_64"}
"""What machines call themselves, and Lambda them."""

_TAGS: Final[dict[Architecture, str]] = {"arm64": "aarch64", "x86_64": "x86_64"}
_OLDEST_GLIBC: Final = 17
_GLIBC: Final = 34
_GLIBC_BEFORE_3_12: Final = 26
"""Lambda's runtimes stand on Amazon Linux 2023, those before Python 3.12 on Amazon Linux 2."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where the code will run: Lambda's name of the processor, and Python's version, such as `3.13`.

    `glibc` is the minor version of its C library, where that is not the one of Lambda's runtime.
    """

    architecture: Architecture
    python: str
    glibc: int | None = field(default=None, compare=False)

    @property
    def platforms(self) -> list[str]:
        """The platform tags of wheels that run there."""
        machine = _TAGS[self.architecture]
        of_lambda = _GLIBC if tuple(map(int, self.python.split("."))) >= (3, 12) else _GLIBC_BEFORE_3_12
        newest = of_lambda if self.glibc is None else self.glibc
        tags = [f"manylinux_2_{minor}_{machine}" for minor in range(newest, _OLDEST_GLIBC - 1, -1)]
        return [*tags, f"manylinux2014_{machine}"]


def this_machine() -> Target:
    """The machine and the Python that ask. Raises PackagingError where Lambda has no such processor."""
    name = platform.machine()
    if name not in MACHINES:
        raise PackagingError(f"Lambda has no processor such as this machine's, {name}.")
    minor = platform.libc_ver()[1].partition(".")[2]
    glibc = int(minor) if minor.isdecimal() else None
    return Target(MACHINES[name], f"{sys.version_info.major}.{sys.version_info.minor}", glibc)


def install(requirements: Path, target: Target | None, into: Path) -> None:
    """Put the packages of a locked requirements file into the folder `into`: for `target`, or for this very Python.

    Raises PackagingError where one has no wheel for it, where a hash differs, or where the file cannot be used.
    """
    marked = re.search(r"^\w[^#\n]*;.*?(?= *\\?$)", requirements.read_text(encoding="utf-8"), re.MULTILINE)
    if marked:
        raise PackagingError(f"{requirements.name}: pip would judge the condition of '{marked[0]}' by this Python.")
    done = subprocess.run(_command(requirements, target, into), capture_output=True, text=True, check=False)
    if done.returncode:
        raise PackagingError(_why(done.stderr, requirements, target))


def _command(requirements: Path, target: Target | None, into: Path) -> Sequence[str]:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet"]
    # The file names everything that is needed, so pip has nothing to find out.
    command += ["--no-deps", "--require-hashes", "--only-binary", ":all:"]
    command += ["--requirement", str(requirements), "--target", str(into)]
    if target is None:
        return command
    command += ["--no-compile", "--implementation", "cp", "--python-version", target.python]
    return [*command, *(option for tag in target.platforms for option in ("--platform", tag))]


def _why(said: str, requirements: Path, target: Target | None) -> str:
    place = f"Python {target.python} on {target.architecture}" if target else "this Python on this machine"
    if "after connection broken" in said:
        return f"pip did not reach the package index for {requirements.name}; try again."
    missing = re.search(r"No matching distribution found for ([^\s(]+)", said)
    if missing:
        return f"There is no wheel of {missing[1]} for {place}, and nothing is built here ({requirements.name})."
    errors = [line for line in said.splitlines() if "WARNING" not in line and line.strip()]
    return f"pip could not install {requirements.name} for {place}:\n" + "\n".join(errors[-15:])
