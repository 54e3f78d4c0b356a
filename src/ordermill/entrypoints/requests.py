"""HTTP requests, counted: by route, method and status, with their durations."""

from __future__ import annotations

from time import perf_counter
from typing import Final

from ordermill.runtime.histogram import Histogram

NO_ROUTE: Final = "none"
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

Kind = tuple[str, str, int]
"""Method, path of the route with its parameters in braces, status."""


class RequestTally:
    """Counts answers, from the first look at the request until the answer, or a stream's beginning, is there."""

    def __init__(self) -> None:
        self._cells: dict[tuple[str, str, int], Histogram] = {}

    def count(self, method: str, route: str, status: int, since: float) -> None:
        """One answer; `route` is `METHOD /path` or NO_ROUTE, `since` by `perf_counter`."""
        key = (method, route, status)
        cell = self._cells.get(key)
        if cell is None:
            known = method if method in _METHODS else "other"
            cell = self._cells.setdefault((known, route, status), Histogram())
        cell.observe((perf_counter() - since) * 1000)

    def snapshot(self) -> dict[Kind, tuple[list[int], float]]:
        """By kind: how many answers fell into each bucket of durations, and the sum of these in milliseconds."""
        return {
            (method, route.partition(" ")[2] or route, status): (list(cell.counts), cell.sum)
            for (method, route, status), cell in list(self._cells.items())
        }
