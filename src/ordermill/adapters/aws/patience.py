"""How long to try again where a table is busy, or what was read changed before it could be written."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from typing import Final

TRIES: Final = 8
_FIRST_S: Final = 0.025
_LONGEST_S: Final = 1.0


class Patience:
    """At most TRIES tries, and between them a wait of full jitter that may double each time: some two seconds in all.

    What the SDK itself tries again is not counted here.
    """

    def __init__(
        self, chance: Callable[[], float] = random.random, pause: Callable[[float], None] = time.sleep
    ) -> None:
        """`chance` gives numbers from 0 to 1, `pause` waits so many seconds."""
        self._chance, self._pause = chance, pause

    def tries(self) -> Iterator[int]:
        """The number of each try, from 0; whoever is done leaves the loop."""
        yield 0
        for number in range(1, TRIES):
            self._pause(self._chance() * min(_LONGEST_S, _FIRST_S * 2 ** (number - 1)))
            yield number
