"""What happened, hop by hop: one event for each edge that a message or a request travelled, for whoever watches.

A hop tells what was committed. It names no person and quotes nothing that was sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

import msgspec

from ordermill.domain.tracing import trace_of

HopOutcome = Literal["ok", "retry", "failed", "dead"]
"""Done; failed and coming back; refused, or an outside call that failed; failed for the last time."""


class Hop(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """One edge travelled.

    `at` is when it ended, in epoch milliseconds; `edge` is `source>function`, or `function>service` for a call outside;
    `attempt` counts the message's receives; `duration_ms` runs from the request's arrival or the message's claim to the
    commit. `error` is a problem's slug or an exception's name, `detail` what it said; None where all went well.
    """

    at: int
    order_id: str | None
    edge: str
    function: str
    outcome: HopOutcome
    attempt: int
    duration_ms: float
    error: str | None = None
    detail: str | None = None

    @property
    def trace_id(self) -> str | None:
        """The trace of everything about one order, 32 hex digits (W3C): its id's UUID. None where no order is known."""
        return None if self.order_id is None else trace_of(self.order_id)


class HopSink(Protocol):
    """Someone who watches."""

    def take(self, hops: Sequence[Hop]) -> None:
        """The hops of one commit, in their order. Called in the engine's thread: it must neither wait nor keep long."""
        ...
