"""No room for a file: told as StorageFull where time may help, and as what it is elsewhere."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

import pytest

from ordermill.adapters.local.data_dir import DataDirectory, UnusableDirectory
from ordermill.adapters.local.database import UnusableDatabase, unopened
from ordermill.adapters.local.files import NO_ROOM, NOT_WRITABLE, full_disk_told
from ordermill.ports.journal import StorageBroken, StorageFull


@pytest.mark.parametrize(
    ("number", "passing", "told"),
    [
        (errno.ENOSPC, NO_ROOM, StorageFull),
        (errno.EDQUOT, NO_ROOM, StorageFull),
        (errno.EROFS, NO_ROOM, OSError),
        (errno.EROFS, NOT_WRITABLE, StorageFull),
        (errno.EACCES, NOT_WRITABLE, StorageFull),
        (errno.EIO, NOT_WRITABLE, OSError),
    ],
)
def test_an_error_is_told_by_its_number(number: int, passing: frozenset[int], told: type[Exception]) -> None:
    with pytest.raises(told), full_disk_told(passing):
        raise OSError(number, "no")


def _error(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = code
    return error


def _broken(code: int) -> StorageBroken:
    broken = StorageBroken("disk I/O error")
    broken.__cause__ = _error(code)
    return broken


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        (_error(sqlite3.SQLITE_FULL), StorageFull),
        (_error(sqlite3.SQLITE_IOERR_SHMSIZE), StorageFull),
        (_broken(sqlite3.SQLITE_IOERR_SHMSIZE), StorageFull),
        (_broken(sqlite3.SQLITE_IOERR_READ), UnusableDatabase),
        (_error(sqlite3.SQLITE_NOTADB), UnusableDatabase),
    ],
)
def test_what_fails_while_a_file_is_opened(error: Exception, meaning: type[Exception]) -> None:
    assert type(unopened(Path("file"), error)) is meaning


def test_a_directory_that_cannot_be_made_is_unusable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UnusableDirectory, match="--data"):
        DataDirectory(tmp_path / "file" / "data", "http://x")
