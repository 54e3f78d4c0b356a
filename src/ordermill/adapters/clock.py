"""The system's clock."""

from __future__ import annotations

import time


class SystemClock:
    """Wall time, shifted by a fixed offset."""

    def __init__(self, offset_s: float = 0) -> None:
        self._offset_ms = round(offset_s * 1000)

    def now_ms(self) -> int:
        """Milliseconds since the Unix epoch, UTC, plus the offset; follows the system clock, also backwards."""
        return time.time_ns() // 1_000_000 + self._offset_ms
