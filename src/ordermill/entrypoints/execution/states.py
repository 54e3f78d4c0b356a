"""What a step of an order's way looks like, and what the hops in memory add to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any, Final, Literal

import msgspec

from ordermill.ports.hops import Hop
from ordermill.ports.journal import FailedAttempt

Status = Literal["SUCCEEDED", "FAILED", "RUNNING"]

_SLACK_MS: Final = 10
"""How far the clock may step between what a function wrote and the end of its hop."""


class State(msgspec.Struct, frozen=True):
    """One attempt at one step.

    `at` (epoch ms) is when it ended; of one that is RUNNING, since when it waits or is at work. `duration_ms` is None
    where no hop tells it. `input` and `output` are small JSON objects, `output` None where nothing was made.
    """

    name: str
    status: Status
    attempt: int
    at: int
    duration_ms: float | None
    input: dict[str, Any]
    output: dict[str, Any] | None = None
    error: str | None = None
    cause: str | None = None


def failure(failed: FailedAttempt, output: dict[str, Any] | None = None) -> State:
    """The state of an attempt that failed."""
    return State(
        failed.function,
        "FAILED",
        failed.attempt,
        failed.at,
        failed.duration_ms,
        dict(failed.input),
        output,
        failed.error,
        failed.cause,
    )


def success(
    name: str, at: int, hop: Hop | None, attempt: int, input_: dict[str, Any], output: dict[str, Any] | None
) -> State:
    """The state of a step that is done: its hop, if there is one, knows better which attempt it was."""
    if hop is None:
        return State(name, "SUCCEEDED", attempt, at, None, input_, output)
    return State(name, "SUCCEEDED", hop.attempt, at, hop.duration_ms, input_, output)


class Hops:
    """Of the hops of one order that are still in memory, oldest first, those of steps that are done.

    `complete`: none is missing since the order came in, at `born` (epoch ms). `later` are functions that have no part
    in that.
    """

    def __init__(self, hops: Sequence[Hop], born: int, later: Collection[str]) -> None:
        self.complete = bool(hops) and _covers(hops[0], born) and hops[0].function not in later
        self._by_function: defaultdict[str, list[Hop]] = defaultdict(list)
        for hop in hops:
            # An edge that ends elsewhere is a call to the outside.
            if hop.outcome == "ok" and hop.edge.endswith(f">{hop.function}"):
                self._by_function[hop.function].append(hop)

    def at(self, function: str, moment: int) -> Hop | None:
        """That of the function while which something happened."""
        return next((hop for hop in self._by_function[function] if _covers(hop, moment)), None)

    def done(self, function: str) -> int:
        """How often the function is known to have done its step; 0 where hops are missing."""
        return len(self._by_function[function]) if self.complete else 0

    def each(self, function: str, count: int) -> list[Hop | None]:
        """The hops of `count` steps that the function did one after another, all there were if hops are missing."""
        found: list[Hop | None] = [*self._by_function[function]]
        if self.complete:
            return [*found[:count], *[None] * (count - len(found))]
        return [*[None] * (count - len(found)), *found[max(0, len(found) - count) :]]


def _covers(hop: Hop, moment: int) -> bool:
    return hop.at - hop.duration_ms - _SLACK_MS <= moment <= hop.at + _SLACK_MS
