"""A clock that stands still, and a file that may have no room."""

from __future__ import annotations

from ordermill.ports.journal import StorageFull

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class Time:
    """Epoch milliseconds that pass only when told."""

    def __init__(self) -> None:
        self.ms = 1_800_000_000_000

    def __call__(self) -> int:
        return self.ms


class Memory:
    """Stands for the file; `room`, `removable` say what it lets happen."""

    def __init__(self, data: bytes | None = None) -> None:
        self.data, self.room, self.removable, self.writes = data, True, True, 0

    def read(self) -> bytes | None:
        return self.data

    def write(self, data: bytes) -> None:
        if not self.room:
            raise StorageFull("no room")
        self.data, self.writes = data, self.writes + 1

    def remove(self) -> None:
        if not self.removable:
            raise OSError("read-only")
        self.data = None
