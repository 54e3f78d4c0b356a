"""Waiting until the orders of a load are processed, known from some of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import msgspec

from ordermill.entrypoints.cli.answers import OrderSeen, Placed
from ordermill.entrypoints.cli.client import Client
from ordermill.entrypoints.cli.failures import Refused, Unreachable
from ordermill.entrypoints.cli.follow import ENDED, Pace, follow
from ordermill.entrypoints.load.report import Processed

NOT_SEEN = "not seen"


def settle(client: Client, answers: Sequence[bytes], accepted: int, pace: Pace, within_s: float) -> Processed:
    """Follow the orders of these answers to POST /orders, the last of the run among them, for at most `within_s`."""
    deadline = pace.now() + within_s
    statuses: Counter[str] = Counter()
    started: list[datetime] = []
    ended: list[datetime] = []
    unsettled = 0
    # The last one first: once it has ended, most others have.
    for answer in reversed(answers):
        order = _end(client, answer, pace, max(0.0, deadline - pace.now()))
        if order is None or order.status not in ENDED:
            unsettled += 1
            statuses[f"{order.status} still" if order else NOT_SEEN] += 1
            continue
        statuses[order.status] += 1
        started.append(datetime.fromisoformat(order.history[0].at))
        ended.append(datetime.fromisoformat(order.history[-1].at))
    took = (max(ended) - min(started)).total_seconds() if ended and not unsettled else 0.0
    rate = accepted / took if took > 0 else None
    return Processed(len(answers), unsettled, dict(statuses), took or None, rate and round(rate, 1))


def _end(client: Client, answer: bytes, pace: Pace, within_s: float) -> OrderSeen | None:
    try:
        placed = msgspec.json.decode(answer, type=Placed)
        seen = follow(client, placed, pace, within_s)
    except (msgspec.MsgspecError, UnicodeDecodeError, Refused, Unreachable):
        return None
    return seen[0] if seen and seen[0].history else None
