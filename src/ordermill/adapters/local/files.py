"""Files that are whole when they appear, and stay after a power cut."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ordermill.ports.journal import StorageFull

_TEMP_PREFIX = ".ordermill-"
_TEMP_SUFFIX = ".part"
NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
NOT_WRITABLE: Final = frozenset({errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOENT, errno.ENOTDIR})
"""A folder that is not there any more cannot be written either."""


@contextmanager
def full_disk_told(passing: frozenset[int]) -> Iterator[None]:
    """Raises StorageFull instead of an OSError with one of these numbers."""
    try:
        yield
    except OSError as error:
        if error.errno not in passing:
            raise
        raise StorageFull(str(error)) from error


def write_atomically(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Create or replace `path` durably: readers see all of `data` or what was there before.

    `mode` is the new file's, less the umask. Raises OSError and leaves `path` as it was.
    """
    temp = write_temp(path.parent, data, mode)
    try:
        temp.replace(path)
    except BaseException:
        temp.unlink()
        raise
    fsync_folder(path.parent)


def write_temp(folder: Path, data: bytes, mode: int = 0o600, *, opened: int | None = None) -> Path:
    """A new hidden file in `folder` with `data` on disk, to be renamed. Raises OSError and leaves nothing.

    `opened` is a descriptor of a folder, which then `folder` is relative to.
    """
    path = folder / f"{_TEMP_PREFIX}{secrets.token_hex(8)}{_TEMP_SUFFIX}"
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode, dir_fd=opened)
    try:
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(file, rest) :]
            os.fsync(file)
        finally:
            os.close(file)
    except BaseException:
        os.unlink(path, dir_fd=opened)
        raise
    return path


def remove_temps(folder: Path) -> None:
    """Delete what `write_temp` left behind in `folder` when a process died; nobody may be writing there."""
    for path in folder.glob(f"{_TEMP_PREFIX}*{_TEMP_SUFFIX}"):
        path.unlink(missing_ok=True)


def fsync_folder(path: Path) -> None:
    """Make the names in the folder durable. Raises OSError."""
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
