"""All hops since the start, counted by edge, function and outcome, with their durations."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from ordermill.ports.hops import Hop
from ordermill.runtime.histogram import DURATIONS_MS, Histogram

Kind = tuple[str, str, str]
"""Edge, function, outcome."""


class Tally:
    """A sink that counts. Written in the engine's thread, `snapshot` may be called from any."""

    def __init__(self) -> None:
        self._cells: dict[Kind, Histogram] = {}

    def take(self, hops: Sequence[Hop]) -> None:
        """See `HopSink.take`; most hops went well, and there are few edges."""
        well: dict[str, Histogram] = {}
        for hop in hops:
            edge, outcome = hop.edge, hop.outcome
            cell = well.get(edge) if outcome == "ok" else None
            if cell is None:
                cell = self._cell((edge, hop.function, outcome))
                if outcome == "ok":
                    well[edge] = cell
            duration_ms = hop.duration_ms
            cell.counts[bisect_left(DURATIONS_MS, duration_ms)] += 1
            cell.sum += duration_ms

    def snapshot(self) -> dict[Kind, tuple[list[int], float]]:
        """By kind: how many hops fell into each bucket of `DURATIONS_MS`, and the sum of their durations in ms."""
        return {kind: (list(cell.counts), cell.sum) for kind, cell in list(self._cells.items())}

    def _cell(self, kind: Kind) -> Histogram:
        cell = self._cells.get(kind)
        if cell is None:
            cell = self._cells[kind] = Histogram()
        return cell
