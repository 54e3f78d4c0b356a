"""Which hops a watcher wants, and from where on: the query of `/live` and its `Last-Event-ID`."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, get_args

from ordermill.entrypoints.bindings import InvalidQuery
from ordermill.entrypoints.wire import ORDER_ID_PATTERN
from ordermill.ports.hops import Hop, HopOutcome

REPLAY_MAX: Final = 10_000
_ID: Final = re.compile(r"[0-9]{1,16}")
_PARAMETERS: Final = ("orderId", "function", "outcome", "since", "replay", "lastEventId")


Numbered = tuple[int, Hop]
"""A hop with its number."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What has to match; None matches all."""

    order_id: str | None = None
    function: str | None = None
    outcome: str | None = None

    @property
    def everything(self) -> bool:
        """Whether every hop passes."""
        return self.order_id is None and self.function is None and self.outcome is None

    def select(self, first: int, hops: Sequence[Hop]) -> list[Numbered]:
        """What is wanted of `hops`, which are numbered from `first` on."""
        found = list(enumerate(hops, first))
        # One condition at a time: many may watch, each with another filter, while hops come by the ten thousand.
        if (order_id := self.order_id) is not None:
            found = [numbered for numbered in found if numbered[1].order_id == order_id]
        if (function := self.function) is not None:
            found = [numbered for numbered in found if numbered[1].function == function]
        if (outcome := self.outcome) is not None:
            found = [numbered for numbered in found if numbered[1].outcome == outcome]
        return found


@dataclass(frozen=True, slots=True)
class Wish:
    """What a client asks for: a filter, where it stopped (`after`), and what of before it wants to see.

    `since` is epoch milliseconds; `replay` how many hops.
    """

    filter: Filter
    after: int | None = None
    since: int | None = None
    replay: int | None = None

    @property
    def looks_back(self) -> bool:
        """Whether it wants to see what happened before."""
        return self.filter.order_id is not None or self.since is not None or self.replay is not None


def read_wish(query: Mapping[str, str], last_event_id: str | None, functions: Collection[str]) -> Wish:
    """What the request asks for; the header wins over `lastEventId`. Raises InvalidQuery."""
    for name in query:
        if name not in _PARAMETERS:
            raise InvalidQuery(f"this route takes no {name}; it takes {', '.join(_PARAMETERS)}"[:160])
    order_id, function, outcome = (query.get(name) for name in ("orderId", "function", "outcome"))
    if order_id is not None and not re.fullmatch(ORDER_ID_PATTERN, order_id):
        raise InvalidQuery("orderId is not an order's id")
    if function is not None and function not in functions:
        raise InvalidQuery(f"function takes one of {', '.join(sorted(functions))}")
    if outcome is not None and outcome not in get_args(HopOutcome):
        raise InvalidQuery(f"outcome takes one of {', '.join(get_args(HopOutcome))}")
    since, replay = query.get("since"), query.get("replay")
    if since is not None and replay is not None:
        raise InvalidQuery("send since or replay, not both")
    after = query.get("lastEventId") if last_event_id is None else last_event_id
    return Wish(
        Filter(order_id, function, outcome),
        _id(after) if after else None,
        None if since is None else _time(since),
        None if replay is None else _count(replay),
    )


def _id(text: str) -> int:
    if not _ID.fullmatch(text):
        raise InvalidQuery("Last-Event-ID is not an id of this stream")
    return int(text)


def _time(text: str) -> int:
    try:
        # A plus that was not encoded comes as a space.
        at = datetime.fromisoformat(text.replace(" ", "+"))
        if at.tzinfo is None or "T" not in text:
            raise ValueError
        return int(at.timestamp() * 1000)
    except (ValueError, OverflowError):
        raise InvalidQuery("since takes a time such as 2026-11-20T12:00:00Z") from None


def _count(text: str) -> int:
    if not re.fullmatch("[0-9]{1,5}", text) or not 1 <= int(text) <= REPLAY_MAX:
        raise InvalidQuery(f"replay takes a number from 1 to {REPLAY_MAX:,}")
    return int(text)
