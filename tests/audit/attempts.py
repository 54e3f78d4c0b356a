"""What clients did: every attempt to place an order, and what they learned of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

Json = dict[str, Any]
Outcome = Literal["ok", "refused", "unknown"]


@dataclass(slots=True)
class Attempt:
    """One request. `body["customerName"]` is its marker: no two bodies that differ share one.

    `ok`: accepted, with the order's id and its holder's token. `refused`: told that it is no order. `unknown`:
    anything else, no answer and storage-unavailable among them; the order may be there or not.
    """

    body: Json
    key: str | None = None
    outcome: Outcome = "unknown"
    order_id: str | None = None
    token: str | None = None

    @property
    def marker(self) -> str:
        """What tells this body from every other."""
        marker: str = self.body["customerName"]
        return marker


def by_marker(attempts: Iterable[Attempt]) -> dict[str, list[Attempt]]:
    """The attempts with each body."""
    found: dict[str, list[Attempt]] = {}
    for attempt in attempts:
        found.setdefault(attempt.marker, []).append(attempt)
    return found


def unanswered(attempts: Iterable[Attempt]) -> list[Attempt]:
    """One attempt for each key whose outcome nobody knows, to be made once more."""
    last: dict[str, Attempt] = {}
    for attempt in attempts:
        if attempt.key is None or attempt.outcome == "refused":
            continue
        known = last.get(attempt.key)
        if known is None or known.outcome == "unknown":
            last[attempt.key] = attempt
    return [attempt for attempt in last.values() if attempt.outcome == "unknown"]
