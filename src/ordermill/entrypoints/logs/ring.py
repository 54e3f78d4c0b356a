"""The latest lines of the log, in memory: fed by a thread of their own, read by `/logs`."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from threading import Lock
from typing import Final

from ordermill.entrypoints.logs.formats import formatter

LINES_MAX: Final = 2000
BYTES_MAX: Final = 4 * 1024 * 1024
"""A line may have a long traceback."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line as JSON, with its number and what it can be chosen by."""

    seq: int
    severity: int
    order_id: str | None
    function: str | None
    json: bytes


@dataclass(frozen=True, slots=True)
class LogFilter:
    """What has to match; None matches all. `severity`: at least so severe, as in `logging`."""

    order_id: str | None = None
    function: str | None = None
    severity: int = logging.NOTSET

    def passes(self, line: LogLine) -> bool:
        """Whether the line is wanted."""
        return (
            line.severity >= self.severity
            and (self.order_id is None or line.order_id == self.order_id)
            and (self.function is None or line.function == self.function)
        )


class LogRing:
    """The last lines, numbered from `start` on. Any thread may use it.

    `changed` is called after each line, in the thread that added it; it must not raise.
    """

    def __init__(self, start: int, lines_max: int = LINES_MAX, bytes_max: int = BYTES_MAX) -> None:
        self.start, self.last = start, start - 1
        self._lines_max, self._bytes_max = lines_max, bytes_max
        self._lines: deque[LogLine] = deque()
        self._bytes = 0
        self._lock = Lock()
        self.changed: Callable[[], None] = lambda: None

    @property
    def first(self) -> int:
        """The number of the oldest line that is kept; of the next one while there is none."""
        with self._lock:
            return self.last + 1 - len(self._lines)

    def add(self, severity: int, order_id: str | None, function: str | None, json: bytes) -> None:
        """Keep one line, and let go of the oldest where there are too many or they are too long."""
        with self._lock:
            self.last += 1
            self._lines.append(LogLine(self.last, severity, order_id, function, json))
            self._bytes += len(json)
            while len(self._lines) > self._lines_max or (self._bytes > self._bytes_max and len(self._lines) > 1):
                self._bytes -= len(self._lines.popleft().json)
        self.changed()

    def after(self, seq: int, most: int) -> list[LogLine]:
        """At most so many of the lines after number `seq`, oldest first."""
        with self._lock:
            skipped = max(0, seq - (self.last - len(self._lines)))
            return list(islice(self._lines, skipped, skipped + most))


class RingWriter(logging.Handler):
    """Puts each record into a ring, as the JSON that the log would have."""

    def __init__(self, ring: LogRing) -> None:
        super().__init__()
        self._ring = ring
        self.setFormatter(formatter("json"))

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one record; one that cannot be formatted is for the log itself to tell."""
        try:
            line = self.format(record).encode("utf-8", "backslashreplace")
        except Exception:
            return
        self._ring.add(record.levelno, _text(record, "orderId"), _text(record, "function"), line)

    def take_lost(self) -> int:
        """None: memory is always there."""
        return 0


def _text(record: logging.LogRecord, name: str) -> str | None:
    value = getattr(record, name, None)
    return value if isinstance(value, str) else None
