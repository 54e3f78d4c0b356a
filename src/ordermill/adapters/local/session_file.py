"""Where sessions of staff are kept, so that a restart signs nobody out: beside the database, not in it.

A backup or a copy of the database then brings no session back that was ended, and staff can sign in and out while the
database has no room.
"""

from __future__ import annotations

from pathlib import Path

from ordermill.adapters.local.files import NO_ROOM, NOT_WRITABLE, full_disk_told, write_atomically


class SessionFile:
    """One small file, whole whenever it is read; one process writes it, the holder of the data directory."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> bytes | None:
        """What was kept; None where nothing was. Raises OSError."""
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            return None

    def write(self, data: bytes) -> None:
        """Keep `data`, durably. Raises StorageFull where there is no room, OSError; then all is as before."""
        with full_disk_told(NO_ROOM | NOT_WRITABLE):
            write_atomically(self.path, data)

    def remove(self) -> None:
        """Keep nothing: that needs no room. Raises OSError."""
        self.path.unlink(missing_ok=True)
