"""A disk of a size of its own, which can be filled, made larger and made read-only."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

FILLER = "filler"


class Disk:
    """A tmpfs mounted at `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def resize(self, size: str) -> None:
        """To `2m`, say."""
        self._remount(f"size={size}")

    def read_only(self, on: bool) -> None:
        """Whether nothing can be written; not while a file is open for writing."""
        self._remount("ro" if on else "rw")

    def fill(self) -> None:
        """Take all the room that is left."""
        with (self.path / FILLER).open("ab", buffering=0) as file:
            for size in (65536, 1):
                try:
                    while file.write(b"x" * size):
                        pass
                except OSError:
                    continue

    def free(self) -> None:
        """Give back what `fill` took."""
        (self.path / FILLER).unlink()

    def room(self) -> int:
        """The bytes that are left."""
        found = os.statvfs(self.path)
        return found.f_bavail * found.f_frsize

    def _remount(self, options: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{options}", str(self.path)], check=True, capture_output=True)


@contextmanager
def mounted(path: Path, size: str) -> Iterator[Disk]:
    """A disk at `path`; the test is skipped where nobody may mount one."""
    path.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "tmpfs", str(path)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("mounting is not permitted here, so there is no disk small enough to fill")
    try:
        yield Disk(path)
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True)
