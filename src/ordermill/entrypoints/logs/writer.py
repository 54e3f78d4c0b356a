"""Writing log lines in a thread of their own: a full disk, a blocked pipe or a slow terminal holds nobody else up."""

from __future__ import annotations

import logging
import os
import threading
from logging.handlers import QueueHandler, QueueListener
from queue import Full, Queue
from typing import Any, Final, Protocol

LINES_MAX: Final = 8192
"""How many lines may wait; what comes beyond them is dropped and counted."""

FLUSH_S: Final = 1.0


class LogQueue(QueueHandler):
    """Takes records from any thread and never waits. `dropped` counts what found no room since it was last told."""

    def __init__(self, size: int = LINES_MAX) -> None:
        self.records: Queue[Any] = Queue(size)
        super().__init__(self.records)
        self.dropped = 0

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        """As it is: formatting is the thread's work."""
        return record

    def enqueue(self, record: logging.LogRecord) -> None:
        """Called under the handler's lock."""
        try:
            self.records.put_nowait(record)
        except Full:
            self.dropped += 1

    def take_dropped(self) -> int:
        """How many were dropped, once."""
        with self.lock or threading.Lock():
            dropped, self.dropped = self.dropped, 0
        return dropped


class Writer(Protocol):
    """Where lines end: a handler that knows how many it could not write."""

    def handle(self, record: logging.LogRecord, /) -> object:
        """Write one record."""

    def take_lost(self) -> int:
        """How many lines were lost, once."""


class LogThread(QueueListener):
    """Writes what a LogQueue took, and says how much of it was lost."""

    def __init__(self, queue: LogQueue, writer: Writer) -> None:
        super().__init__(queue.records)
        self._log_queue, self._writer = queue, writer

    def handle(self, record: Any) -> None:
        """Write one record; in the thread."""
        if isinstance(record, threading.Event):
            record.set()
            return
        self._writer.handle(record)
        if lost := self._log_queue.take_dropped() + self._writer.take_lost():
            text = "%d log lines were lost: they came faster than they could be written"
            told = logging.LogRecord(__name__, logging.WARNING, "", 0, text, (lost,), None)
            self._writer.handle(told)

    def flush(self, within_s: float = FLUSH_S) -> None:
        """Wait until what was logged so far is written, but not longer than `within_s`.

        There is no end beyond that: to join the thread could hang, as it may in a pipe that nobody reads.
        """
        written = threading.Event()
        try:
            self._log_queue.records.put(written, timeout=within_s)
        except Full:
            return
        written.wait(within_s)


class LineWriter(logging.Handler):
    """Writes each record to a file descriptor. `lost` counts lines that could not be written since it was last told."""

    def __init__(self, fd: int) -> None:
        super().__init__()
        self._fd = fd
        self._torn = False
        self.lost = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record, or count it as lost."""
        try:
            line = self.format(record).encode("utf-8", "backslashreplace") + b"\n"
        except Exception as error:
            line = f"a record of {record.name} cannot be formatted: {type(error).__name__}\n".encode()
        if self._torn:
            line = b"\n" + line
        written = 0
        try:
            while written < len(line):
                written += os.write(self._fd, line[written:])
            self._torn = False
        except OSError:
            self._torn = self._torn or written > 0
            self.lost += 1

    def take_lost(self) -> int:
        """How many lines were lost, once."""
        lost, self.lost = self.lost, 0
        return lost
