"""The last hops, each with its number in the sequence of all hops."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ordermill.ports.hops import Hop

CAPACITY: Final = 65_536
_NONE_YET: Final = Hop(0, None, "", "", "ok", 0, 0.0)


class HopRing:
    """A sink that keeps the last `capacity` hops. The first one gets the number `start`, each further one the next.

    All numbers are sequence numbers (`seq`); used in the engine's thread alone.
    """

    def __init__(self, start: int, capacity: int = CAPACITY) -> None:
        self.start = start
        self.last = start - 1
        """The number of the newest hop; `start - 1` while there is none."""
        self._capacity = capacity
        self._slots = [_NONE_YET] * capacity

    @property
    def first(self) -> int:
        """The number of the oldest hop that is kept; `last + 1` while there is none."""
        return max(self.start, self.last + 1 - self._capacity)

    def take(self, hops: Sequence[Hop]) -> None:
        """See `HopSink.take`."""
        self.last += len(hops)
        kept = hops[-self._capacity :]
        at = (self.last + 1 - len(kept) - self.start) % self._capacity
        room = self._capacity - at
        self._slots[at : at + min(room, len(kept))] = kept[:room]
        if len(kept) > room:
            self._slots[: len(kept) - room] = kept[room:]

    def between(self, after: int, to: int) -> list[Hop]:
        """The hops with the numbers `after + 1` to `to`, which must all be kept."""
        if not self.first - 1 <= after <= to <= self.last:
            raise IndexError(f"{after + 1} to {to} is not within {self.first} to {self.last}")
        begin, end = ((seq - self.start) % self._capacity for seq in (after + 1, to + 1))
        if after == to:
            return []
        return self._slots[begin:end] if begin < end else self._slots[begin:] + self._slots[:end]
