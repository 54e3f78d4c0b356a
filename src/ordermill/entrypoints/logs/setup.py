"""Starting the log of a process."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Mapping

from ordermill.entrypoints.logs.formats import formatter
from ordermill.entrypoints.logs.ring import LogRing, RingWriter
from ordermill.entrypoints.logs.settings import LogFormat, LogLevel
from ordermill.entrypoints.logs.writer import LineWriter, LogQueue, LogThread


def start_logging(level: LogLevel, format_: LogFormat, *, fd: int = 2, ring: LogRing | None = None) -> LogThread:
    """Send what this process logs to the file descriptor `fd` through a thread of its own, until that is closed.

    `auto` is `console` on a terminal, else `json`. The latest lines are kept in `ring`, by another thread: it has them
    also while the file descriptor takes none.
    """
    writer = LineWriter(fd)
    writer.setFormatter(_formatter(format_, fd))
    queue = LogQueue()
    thread = LogThread(queue, writer)
    root = logging.getLogger()
    root.handlers[:] = [queue]
    if ring is not None:
        kept = LogQueue()
        LogThread(kept, RingWriter(ring)).start()
        root.handlers.append(kept)
    root.setLevel(level.upper())
    threading.excepthook = _log_thread_failure
    thread.start()
    return thread


def log_line(level: LogLevel, format_: LogFormat, name: str, severity: int, text: str) -> None:
    """Log one line in the same format, at once: for a process that has little to say."""
    if severity < logging.getLevelNamesMapping()[level.upper()]:
        return
    writer = LineWriter(2)
    writer.setFormatter(_formatter(format_, 2))
    writer.emit(logging.LogRecord(name, severity, "", 0, text, None, None))


def _formatter(format_: LogFormat, fd: int) -> logging.Formatter:
    terminal = os.isatty(fd)
    console = format_ == "console" or (format_ == "auto" and terminal)
    return formatter("console" if console else "json", colours=terminal and _colours(os.environ))


def _colours(environ: Mapping[str, str]) -> bool:
    return not environ.get("NO_COLOR") and environ.get("TERM") != "dumb" and sys.platform != "win32"


def _log_thread_failure(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
        name = args.thread.name if args.thread is not None else "a thread"
        logging.getLogger(__name__).critical("%s ended unexpectedly", name, exc_info=args.exc_value)
