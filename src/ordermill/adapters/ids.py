"""Fresh ids that nobody can guess from another one."""

from __future__ import annotations

import os
from collections import deque

from ordermill.domain.ids import first_id
from ordermill.ports.ambient import Clock

_CHUNK = 10
_CHUNKS_PER_READ = 256
_VARIANT = "89ab"


class UuidIds:
    """UUIDv7 (RFC 9562) whose 74 random bits are all fresh, because an order's id alone shows part of the order.

    Ids sort by millisecond and are in no order within one. Safe in threads and after a fork.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tails: deque[str] = deque()
        # A forked child must not hand out what its parent will. (Asking for the process id each time is a system call.)
        os.register_at_fork(after_in_child=self._tails.clear)

    def order_id(self) -> str:
        """`ord_` and a lower-case UUIDv7."""
        return f"{first_id('ord', self._clock.now_ms())}-{self._tail()}"

    def image_id(self) -> str:
        """`img_` and a lower-case UUIDv7."""
        return f"{first_id('img', self._clock.now_ms())}-{self._tail()}"

    def _tail(self) -> str:
        tails = self._tails
        while True:
            try:
                return tails.popleft()
            except IndexError:
                tails.extend(_read_tails())


def first_order_id(at: int) -> str:
    """What sorts after every order id made before `at` (epoch ms), and not after those made since."""
    return first_id("ord", at)


def _read_tails() -> list[str]:
    """`7xxx-Vxxx-xxxxxxxxxxxx`, many at a time: each read of the system's randomness may cost a thread its turn."""
    digits = os.urandom(_CHUNK * _CHUNKS_PER_READ).hex()
    parts = (digits[at : at + 2 * _CHUNK] for at in range(0, len(digits), 2 * _CHUNK))
    return [f"7{part[:3]}-{_VARIANT[int(part[3], 16) & 3]}{part[4:7]}-{part[7:19]}" for part in parts]
