"""What `/live` sends: a hop, a frame that stands for many, a gap; each as the contract's JSON."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final, Literal

import msgspec

from ordermill.domain.events import OrderEvent
from ordermill.domain.times import rfc3339
from ordermill.domain.tracing import trace_of
from ordermill.entrypoints import sse
from ordermill.ports.hops import Hop, HopOutcome

_encode: Final = msgspec.json.Encoder().encode

LIVE_FROM: Final = 10**15
"""Ids below are places in the permanent log, ids from here on numbers of hops: 1e15 microseconds were in 2001."""

GapReason = Literal["overflow", "restart", "unknown"]
"""The hops between are no longer kept; they happened before this process; the id is none of ours."""


class HopView(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """One hop. `event` names the order's event where the hop was `replayed` from the log; it has no duration then."""

    seq: int
    at: str
    order_id: str | None
    edge: str
    function: str
    outcome: HopOutcome
    attempt: int
    duration_ms: float | None
    error: str | None
    trace_id: str | None
    replayed: bool = False
    event: str | None = None


class EdgeView(msgspec.Struct, rename={"p50_ms": "p50Ms", "p99_ms": "p99Ms"}, gc=False):
    """How many hops an edge had within a frame, by outcome, and how long they took."""

    ok: int = 0
    retry: int = 0
    failed: int = 0
    dead: int = 0
    p50_ms: float = 0
    p99_ms: float = 0


class FrameView(msgspec.Struct, frozen=True, rename={"from_": "from"}, gc=False):
    """The hops numbered `from` to `to` that passed the filter: exact counts by edge, and some of them whole."""

    from_: int
    to: int
    at: str
    edges: dict[str, EdgeView]
    samples: Sequence[HopView]


class GapView(msgspec.Struct, frozen=True, rename={"from_": "from"}, gc=False):
    """What came after id `after` and before `from` is not sent."""

    after: int
    from_: int
    reason: GapReason


def hop_view(seq: int, hop: Hop) -> HopView:
    """A hop of this process."""
    return HopView(
        seq,
        rfc3339(hop.at),
        hop.order_id,
        hop.edge,
        hop.function,
        hop.outcome,
        hop.attempt,
        round(hop.duration_ms, 3),
        hop.error,
        hop.trace_id,
    )


@lru_cache(maxsize=2048)
def hop_event(seq: int, hop: Hop) -> bytes:
    """A hop as an event, encoded once for all who watch."""
    return sse.event("hop", _encode(hop_view(seq, hop)), seq)


def replayed_event(num: int, event: OrderEvent, edge: str) -> bytes:
    """An event of the log, at its place `num`, as the hop that made it."""
    fact = event.data
    view = HopView(
        num,
        rfc3339(fact.at),
        fact.order_id,
        edge,
        fact.by,
        "ok",
        fact.attempt,
        None,
        None,
        trace_of(fact.order_id),
        replayed=True,
        event=event.type.value,
    )
    return sse.event("hop", _encode(view), num)


def frame_event(view: FrameView) -> bytes:
    """A frame; its id is its last hop's."""
    return sse.event("frame", _encode(view), view.to)


def gap_event(after: int, from_: int, reason: GapReason) -> bytes:
    """A gap; its id is that of the last hop that is missing."""
    return sse.event("gap", _encode(GapView(after, from_, reason)), from_ - 1)
