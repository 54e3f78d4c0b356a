"""Hops as log lines: all of them while there are few, and what they add up to while there are many."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from ordermill.ports.hops import Hop, HopOutcome
from ordermill.runtime.histogram import quantile
from ordermill.runtime.tally import Kind, Tally

log = logging.getLogger("ordermill.hops")

OK_PER_S: Final = 50
"""So many hops that went well are shown one by one, per second."""

SAME_PER_S: Final = 10
"""So many of one kind that didn't."""

_SECOND: Final = 1.0
_LEVELS: Final[dict[HopOutcome, int]] = {
    "ok": logging.INFO,
    "failed": logging.INFO,
    "retry": logging.WARNING,
    "dead": logging.ERROR,
}

_Trouble = tuple[str, HopOutcome, str | None]
"""Edge, outcome, error."""


@dataclass(slots=True)
class _Count:
    """How many of one kind came in this second."""

    hop: Hop
    count: int = 0


class HopLog:
    """A sink that logs. A second begins with the first hop in it and ends with what was not shown, as counts.

    While there are many hops, a second follows the other, and those that went well are summed up alone.

    `tally` has counted the hops before this sink gets them; `later(seconds, what)` calls `what` in the same thread.
    """

    def __init__(self, tally: Tally, later: Callable[[float, Callable[[], None]], object]) -> None:
        self._tally, self._later = tally, later
        self._running = False
        self._ok_left = OK_PER_S
        self._shown: dict[Kind, int] = {}
        self._before: dict[Kind, list[int]] = {}
        self._troubles: dict[_Trouble, _Count] = {}

    def take(self, hops: Sequence[Hop]) -> None:
        """See `HopSink.take`."""
        if self._ok_left and log.isEnabledFor(logging.INFO):
            self._begin()
            for hop in islice((hop for hop in hops if hop.outcome == "ok"), self._ok_left):
                self._ok_left -= 1
                kind = (hop.edge, hop.function, hop.outcome)
                self._shown[kind] = self._shown.get(kind, 0) + 1
                _show(hop)
        for hop in [hop for hop in hops if hop.outcome != "ok"]:
            self._begin()
            seen = self._troubles.setdefault((hop.edge, hop.outcome, hop.error), _Count(hop))
            seen.count += 1
            if seen.count <= SAME_PER_S:
                _show(hop)

    def _begin(self) -> None:
        if not self._running:
            self._running = True
            self._later(_SECOND, self._end)

    def _end(self) -> None:
        """The second is over: say what was not shown."""
        for seen in self._troubles.values():
            if (more := seen.count - SAME_PER_S) > 0:
                _show_more(seen.hop, more)
        self._troubles.clear()
        many = log.isEnabledFor(logging.INFO) and self._sum_up() > OK_PER_S
        # After a second with many hops the next one is summed up alone: a few of thousands would only be in the way.
        self._ok_left = 0 if many else OK_PER_S
        self._shown.clear()
        self._running = False
        if many:
            self._begin()

    def _sum_up(self) -> int:
        """One line for each edge with hops that were not shown; how many went well in this second."""
        total = 0
        for kind, (counts, _) in self._tally.snapshot().items():
            if kind[2] != "ok":
                continue
            before = self._before.get(kind)
            came = counts if before is None else [now - then for now, then in zip(counts, before, strict=True)]
            self._before[kind] = counts
            total += sum(came)
            if (more := sum(came) - self._shown.get(kind, 0)) > 0:
                _show_sum(kind, more, came)
        return total


def _show(hop: Hop) -> None:
    fields = {
        "function": hop.function,
        "edge": hop.edge,
        "orderId": hop.order_id,
        "outcome": hop.outcome,
        "attempt": hop.attempt,
        "durationMs": round(hop.duration_ms, 1),
        "traceId": hop.trace_id,
        "error": hop.error,
        "detail": hop.detail,
    }
    log.log(_LEVELS[hop.outcome], "hop", extra=fields)


def _show_more(hop: Hop, more: int) -> None:
    fields = {"function": hop.function, "edge": hop.edge, "outcome": hop.outcome, "count": more, "error": hop.error}
    log.log(_LEVELS[hop.outcome], "hops, more of the same", extra=fields)


def _show_sum(kind: Kind, more: int, came: Sequence[int]) -> None:
    edge, function, outcome = kind
    p50, p99 = (round(quantile(came, q), 1) for q in (0.5, 0.99))
    fields = {"function": function, "edge": edge, "outcome": outcome, "count": more, "p50Ms": p50, "p99Ms": p99}
    log.info("hops", extra=fields)
