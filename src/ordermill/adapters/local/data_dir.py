"""The data directory: one server at a time, its files, and the staff token."""

from __future__ import annotations

import errno
import fcntl
import json
import logging
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

from ordermill.adapters.local.files import NO_ROOM, full_disk_told, write_atomically
from ordermill.ports.journal import StorageFull

log = logging.getLogger(__name__)

LOCK_NAME: Final = "ordermill.db.lock"
STAFF_FILE: Final = "staff-token"
HOPS_FILE: Final = "ordermill.db.hops"
FAULTS_FILE: Final = "ordermill.db.faults"
SESSIONS_FILE: Final = "ordermill.db.sessions"
_HOPS_RESERVED: Final = 2**36
"""More hops than a process can have in ten days at full load."""

_LARGEST_NUMBER: Final = 2**53


class DirectoryInUse(Exception):
    """Another server works in this directory; `holder` is its process id and address, as it noted them."""

    def __init__(self, path: Path, holder: str) -> None:
        super().__init__(f"{path} is in use by {holder}")
        self.holder = holder


class UnusableDirectory(Exception):
    """The directory cannot be used: the message says why and what to do."""


class DataDirectory:
    """An exclusively locked directory. The lock dies with the process, however it ends.

    Raises DirectoryInUse, UnusableDirectory where only an operator can help, StorageFull where time may.
    """

    def __init__(self, path: Path, url: str) -> None:
        self.path = path
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = os.open(path / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            if error.errno in NO_ROOM or (error.errno == errno.EROFS and (path / LOCK_NAME).exists()):
                # It was ours before, so its disk is meant to be written.
                raise StorageFull(f"{path}: {error.strerror}") from error
            raise UnusableDirectory(
                f"cannot use {path}: {error.strerror}; name another folder with --data or ORDERMILL_DATA"
            ) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = _holder(self._lock)
            os.close(self._lock)
            raise DirectoryInUse(path, holder) from None
        os.ftruncate(self._lock, 0)
        with full_disk_told(NO_ROOM):
            os.pwrite(self._lock, json.dumps({"pid": os.getpid(), "url": url}).encode(), 0)

    @property
    def database(self) -> Path:
        """The one SQLite file."""
        return self.path / "ordermill.db"

    @property
    def payments(self) -> Path:
        """The payment gateway's own file."""
        return self.path / "ordermill.db.payments"

    @property
    def mail(self) -> Path:
        """Where mail lands."""
        return self.path / "mail"

    @property
    def sessions(self) -> Path:
        """Who of staff is signed in."""
        return self.path / SESSIONS_FILE

    def staff_token(self) -> str:
        """The token of staff, made at the first start, readable by the owner alone.

        A file that others may read is taken back from them, with a warning. Raises UnusableDirectory where the file
        is another user's, who knows the token, or holds none; StorageFull where there is no room for it; OSError,
        ValueError where it cannot be read or made.
        """
        file = self.path / STAFF_FILE
        if not file.exists():
            with full_disk_told(NO_ROOM):
                write_atomically(file, secrets.token_urlsafe(32).encode(), mode=0o600)
        with file.open(encoding="ascii") as opened:
            _make_private(file, opened.fileno())
            token = opened.read().strip()
        if not token:
            raise UnusableDirectory(f"the staff token in {file} is empty; remove the file for a new one")
        return token

    def first_hop(self, now_us: int) -> int:
        """The number of this process's first hop, beyond all that processes before it can have used.

        It is `now_us`, microseconds since 1970, which no process reaches by counting hops; where the clock went back,
        it follows on what the last process began with, as a file notes.
        """
        file = self.path / HOPS_FILE
        try:
            before = int(file.read_text(encoding="ascii"))
        except (OSError, ValueError):
            before = 0
        follows = now_us <= before < _LARGEST_NUMBER - _HOPS_RESERVED
        first = before + _HOPS_RESERVED if follows else now_us
        # Without room for the note the server starts all the same.
        with suppress(OSError):
            write_atomically(file, str(first).encode(), mode=0o600)
        return first

    def close(self) -> None:
        """Let go of the directory."""
        os.close(self._lock)


def _make_private(file: Path, descriptor: int) -> None:
    state = os.fstat(descriptor)
    if state.st_uid != os.geteuid():
        raise UnusableDirectory(
            f"{file} belongs to another user (uid {state.st_uid}), who can read and replace it; remove it for a new one"
        )
    if stat.S_IMODE(state.st_mode) & 0o077:
        os.fchmod(descriptor, 0o600)
        log.warning(
            "%s was open to other users and is closed now; if one may have read it, remove it and restart", file
        )


def _holder(lock: int) -> str:
    try:
        noted = json.loads(os.pread(lock, 4096, 0))
        return f"process {noted['pid']}, {noted['url']}"
    except (ValueError, KeyError, OSError):
        return "another process"
