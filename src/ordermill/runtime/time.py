"""The runtime's own time: it starts at the wall clock's and then runs evenly, whatever the wall clock does."""

from __future__ import annotations

import time

from ordermill.ports.ambient import Clock


class AnchoredClock:
    """Epoch milliseconds that never jump: for leases, back-off and everything else that is waited for."""

    def __init__(self, clock: Clock) -> None:
        self._offset_ns = clock.now_ms() * 1_000_000 - time.monotonic_ns()

    def now_ms(self) -> int:
        """Now, by the even clock."""
        return (time.monotonic_ns() + self._offset_ns) // 1_000_000
