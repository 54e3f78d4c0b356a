"""The rules of injected faults, kept beside the database so that they outlive a crash that they asked for."""

from __future__ import annotations

from pathlib import Path

from ordermill.adapters.local.files import NOT_WRITABLE, full_disk_told, write_atomically


class FaultsFile:
    """One small file, whole whenever it is read."""

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
        with full_disk_told(NOT_WRITABLE):
            write_atomically(self.path, data)
