"""Many hops as one frame: exact counts, and a few of the hops themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ordermill.domain.times import rfc3339
from ordermill.entrypoints.live.filters import Numbered
from ordermill.entrypoints.live.views import EdgeView, FrameView, hop_view

SAMPLES: Final = 24
"""So many of the hops that went well, spread evenly."""

TROUBLES: Final = 48
"""So many at most of those that didn't."""


def frame(from_: int, to: int, hops: Sequence[Numbered]) -> FrameView:
    """The frame of `hops`, at least one, which are what passed a filter among the numbers `from_` to `to`."""
    edges: dict[str, EdgeView] = {}
    durations: dict[str, list[float]] = {}
    fine: list[Numbered] = []
    troubles: list[Numbered] = []
    for numbered in hops:
        hop = numbered[1]
        edge, outcome = hop.edge, hop.outcome
        if edge not in edges:
            edges[edge], durations[edge] = EdgeView(), []
        durations[edge].append(hop.duration_ms)
        if outcome == "ok":
            edges[edge].ok += 1
            fine.append(numbered)
        else:
            setattr(edges[edge], outcome, getattr(edges[edge], outcome) + 1)
            troubles.append(numbered)
    for edge, taken in durations.items():
        taken.sort()
        edges[edge].p50_ms, edges[edge].p99_ms = (_percentile(taken, q) for q in (0.5, 0.99))
    step = -(-len(fine) // SAMPLES) or 1
    samples = sorted([*fine[::step], *troubles[:TROUBLES]], key=_seq)
    return FrameView(from_, to, rfc3339(hops[-1][1].at), edges, [hop_view(seq, hop) for seq, hop in samples])


def _percentile(ordered: Sequence[float], q: float) -> float:
    return round(ordered[min(len(ordered) - 1, int(q * len(ordered)))], 3)


def _seq(numbered: Numbered) -> int:
    return numbered[0]
