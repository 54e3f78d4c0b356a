"""The watchdog: ends the process if a function holds the engine past its time.

A function that hangs cannot be stopped from within its process, so the process ends and its supervisor starts it
anew; the receive count was durable before the function began, so the message that did it ends in the dead letters.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

log = logging.getLogger(__name__)

TICK_S: Final = 0.25
HUNG: Final = 70
"""The exit status that tells the supervisor so."""


class Guard:
    """The engine notes what it runs; a thread looks at it four times a second."""

    def __init__(self, end: Callable[[int], None], *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._end, self._monotonic = end, monotonic
        self._running: tuple[str, float] | None = None
        self._stopped = threading.Event()
        self._seen = monotonic()

    def enter(self, name: str, timeout_s: float) -> None:
        """A function begins."""
        self._running = (name, self._monotonic() + timeout_s)

    def leave(self) -> None:
        """The engine is back."""
        self._running = None

    def check(self) -> None:
        """Look once."""
        now, running = self._monotonic(), self._running
        paused, self._seen = now - self._seen > 4 * TICK_S, now
        if running is None or now <= running[1]:
            return
        name, deadline = running
        if paused:
            # The whole process stood still (stopped, or the machine slept): the function deserves its time.
            if self._running is running:
                self._running = (name, now + 1)
            return
        log.critical("%s held the engine %.1f s past its time-out; ending the process", name, now - deadline)
        self._end(HUNG)

    def start(self) -> None:
        """Begin to watch."""
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def stop(self) -> None:
        """Watch no more."""
        self._stopped.set()

    def _watch(self) -> None:
        self._seen = self._monotonic()
        while not self._stopped.wait(TICK_S):
            self.check()
