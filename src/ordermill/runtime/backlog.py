"""The next items of an ordered log, in memory while they are few, read by pages while they are many."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Final, Generic, TypeVar

T = TypeVar("T")

CAPACITY: Final = 4096
PAGE: Final = 256


class Backlog(Generic[T]):
    """Holds the items right after those taken, without a gap.

    `number` gives an item's place in the log; `fetch(after, limit)` reads committed items.
    """

    def __init__(self, number: Callable[[T], int], fetch: Callable[[int, int], list[T]], after: int) -> None:
        self._number, self._fetch = number, fetch
        self._items: deque[T] = deque()
        self._last = after
        self._complete = False

    def __len__(self) -> int:
        return len(self._items)

    @property
    def at_end(self) -> bool:
        """Whether nothing was left in the log after the items taken when it was last read."""
        return self._complete and not self._items

    def offer(self, items: Sequence[T]) -> None:
        """New items at the log's end: kept if nothing is missing before them and there is room."""
        if not items:
            return
        if self._complete and len(self._items) + len(items) <= CAPACITY:
            self._items.extend(items)
            self._last = self._number(items[-1])
        else:
            self._complete = False

    def take(self) -> T:
        """The next item."""
        return self._items.popleft()

    def refill(self) -> None:
        """Read a page if few are left; only while no transaction is open, so that no item is overlooked."""
        if self._complete or len(self._items) >= PAGE:
            return
        page = self._fetch(self._last, PAGE)
        self._items.extend(page)
        if page:
            self._last = self._number(page[-1])
        self._complete = len(page) < PAGE
