"""Whose messages are claimed next, the urgent function's before all others', and how many: cycles stay short."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from ordermill.runtime.cycle import Source
from ordermill.runtime.handlers import Delivery

CLAIMS: Final = 256
PRESSURE: Final = 16
"""As many requests or urgent messages in one cycle are pressure: what is not urgent then waits for its turn."""
BURST: Final = 64
"""With as many requests in one cycle, taking them in goes before completing them: a quarter as many are claimed."""
PRESSED_MS: Final = 100
"""How long pressure is felt after such a cycle."""
TURN_MS: Final = 50
"""Under pressure, everything else has a turn this often …"""
TURN_CLAIMS: Final = 16
"""… with so many messages from each source."""
LIGHT_CLAIMS: Final = 64
"""Between requests that come singly, so many from each source: a cycle stays short."""


class Turns:
    """The function of the first of `sources` is urgent, all sources of it in their order."""

    def __init__(self, sources: Sequence[Source], now_ms: Callable[[], int]) -> None:
        function = sources[0].handler.name
        self._urgent = [source for source in sources if source.handler.name == function]
        self._others = [source for source in sources if source.handler.name != function]
        self._now = now_ms
        self._light_until = self._pressed_until = self._turn_at = 0

    @property
    def pressed(self) -> bool:
        """Whether a cycle not long ago had as much to do as is pressure."""
        return self._now() < self._pressed_until

    def claim(self, requests: int) -> list[Delivery]:
        """The deliveries of the next cycle, after one with so many requests."""
        budget, now, claimed = CLAIMS if requests < BURST else requests // 4, self._now(), list[Delivery]()
        for source in self._urgent:
            claimed += source.claim(budget - len(claimed))
        if requests or claimed:
            self._light_until = now + PRESSED_MS
            if requests >= PRESSURE or len(claimed) >= PRESSURE:
                self._pressed_until = now + PRESSED_MS
        budget = CLAIMS if now >= self._light_until else LIGHT_CLAIMS
        if now < self._pressed_until:
            if now < self._turn_at:
                return claimed
            budget, self._turn_at = TURN_CLAIMS, now + TURN_MS
        for source in self._others:
            claimed += source.claim(budget)
        return claimed
