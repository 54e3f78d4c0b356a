"""What keeps a service from working is said loudly: at once, then once a minute, and when it is over."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

log = logging.getLogger(__name__)

EVERY_S: Final = 60


class Outage:
    """The outages of one service; any thread may tell."""

    def __init__(self, service: str, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._service, self._monotonic = service, monotonic
        self._lock = threading.Lock()
        self._said: float | None = None

    def goes_on(self, why: str) -> None:
        """It does not work now."""
        now = self._monotonic()
        with self._lock:
            if self._said is not None and now - self._said < EVERY_S:
                return
            self._said = now
        log.error("%s is not possible, what is to be sent waits: %s", self._service, why)

    def is_over(self) -> None:
        """It works."""
        if self._said is None:
            return
        with self._lock:
            said, self._said = self._said, None
        if said is not None:
            log.warning("%s is possible again", self._service)
