"""How long a failed message waits for its next turn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

LONGEST_MS: Final = 5000


class Backoff(msgspec.Struct, frozen=True):
    """Doubles from `base_ms` with every receive, at most 5 s, of which a random half is taken off at most."""

    base_ms: int
    random: Callable[[], float]

    def delay_ms(self, receives: int) -> int:
        """The wait after the `receives`-th receive failed."""
        full = min(self.base_ms * 2 ** min(receives - 1, 16), LONGEST_MS)
        return int(full * (1 - self.random() / 2))
