"""Opening the SQLite file: one writer, durable commits, a version of the schema, and the errors' meanings."""

from __future__ import annotations

import logging
import sqlite3
from pathlib import Path
from typing import Any, Final

from ordermill.adapters.local.sql import read
from ordermill.domain.order_list import email_key
from ordermill.ports.journal import StorageBroken, StorageFull

log = logging.getLogger(__name__)

MIGRATIONS: Final = {
    2: "migrations/0002_lists_and_pipelines.sql",
    3: "migrations/0003_failures.sql",
    4: "migrations/0004_subscriptions.sql",
    5: "migrations/0005_deletion.sql",
    6: "migrations/0006_images.sql",
}
"""What brings a file from the version before to each version."""

BUSY_MS: Final = 5000
"""How long a statement waits for others that hold the file."""

SCHEMA_VERSION: Final = max(MIGRATIONS)
OLDEST_SQLITE: Final = (3, 37, 0)
# Busy: a program outside, a shell or a backup, holds the file; it will let go.
_PASSING = {
    *(sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM),
    *(sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED),
}


# A full disk too, but while a file is opened alone: later on, a commit may have reached the disk.
_PASSING_AT_OPEN = {sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_SHMMAP, sqlite3.SQLITE_IOERR_SHMOPEN}


class UnusableDatabase(Exception):
    """The file cannot be used: the message says why and what to do."""


class Writer(sqlite3.Connection):
    """A connection whose failures say what is to be done: StorageFull, StorageBroken, or else sqlite3's own."""

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        """See `sqlite3.Connection.execute`."""
        try:
            return super().execute(sql, parameters)
        except sqlite3.Error as error:
            meaning = translated(error)
            if meaning is error:
                raise
            raise meaning from error


def open_writer(path: Path) -> sqlite3.Connection:
    """The one write connection: WAL, fsync at every commit, its tables made or checked.

    Raises UnusableDatabase where only an operator can help, StorageFull where time may.
    """
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise UnusableDatabase(f"SQLite {sqlite3.sqlite_version} is too old: 3.37 or later is needed")
    connection: sqlite3.Connection | None = None
    try:
        connection = sqlite3.connect(
            path,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=512,
            timeout=BUSY_MS / 1000,
            factory=Writer,
        )
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA cache_size = -32768")
        connection.execute("PRAGMA foreign_keys = ON")
        # What is deleted is overwritten: some 7 % more is written for each order, and erasing a person is then true of
        # the file's free space too.
        connection.execute("PRAGMA secure_delete = ON")
        _migrate(connection, path)
        # What could undo a single statement is small. Not so what a migration sorts: that may go to the disk.
        connection.execute("PRAGMA temp_store = MEMORY")
    except Exception as error:
        if connection is not None:
            connection.close()
        if isinstance(error, sqlite3.DatabaseError | StorageBroken):
            raise unopened(path, error) from error
        raise
    return connection


def unopened(path: Path, error: Exception) -> Exception:
    """What to raise where opening `path` failed with `error`."""
    meaning = translated(error) if isinstance(error, sqlite3.Error) else error
    if isinstance(meaning, StorageFull):
        return meaning
    cause = error if isinstance(error, sqlite3.Error) else error.__cause__
    if getattr(cause, "sqlite_errorcode", None) in _PASSING_AT_OPEN:
        return StorageFull(f"{path}: {error}")
    return UnusableDatabase(f"{path} cannot be opened: {error}")


def open_reader(path: Path) -> sqlite3.Connection:
    """A connection that cannot write."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5)
    connection.execute("PRAGMA query_only = ON")
    return connection


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version == SCHEMA_VERSION:
        return
    if version > SCHEMA_VERSION:
        raise UnusableDatabase(
            f"{path} was written by a newer Ordermill (schema {version}); use that one, or another folder"
        )
    scripts = ["schema.sql"]
    if version:
        log.info("%s is brought from schema %d to %d", path, version, SCHEMA_VERSION)
        scripts = [MIGRATIONS[number] for number in range(version + 1, SCHEMA_VERSION + 1)]
    connection.create_function("email_key", 1, email_key, deterministic=True)
    steps = "".join(read(script) for script in scripts)
    # All or nothing, the version included: a process that dies in here leaves the file as it was.
    connection.executescript(f"BEGIN IMMEDIATE; {steps} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;")


def translated(error: sqlite3.Error) -> Exception:
    """What the engine is to make of a failed statement: wait for room, end the process, or a defect."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return error
    primary = code & 0xFF
    if primary in _PASSING:
        return StorageFull(str(error))
    if primary in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return StorageBroken(str(error))
    return error
