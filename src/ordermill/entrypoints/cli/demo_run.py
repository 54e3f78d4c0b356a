"""Places the cases of a demo side by side, and says how each ended."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

import msgspec

from ordermill.entrypoints.cli.answers import Placed
from ordermill.entrypoints.cli.client import Client
from ordermill.entrypoints.cli.demo_plan import Case
from ordermill.entrypoints.cli.failures import Refused
from ordermill.entrypoints.cli.follow import ENDED, Pace, follow

SIDE_BY_SIDE = 8
SAME_ORDER = "the same order"


class Outcome(msgspec.Struct, frozen=True, rename="camel"):
    """How one request ended; `seconds` from sending it to its end, `total` a decimal string."""

    kind: str
    expected: str
    seen: str
    seconds: float
    order_id: str | None = None
    total: str | None = None
    currency: str | None = None

    @property
    def as_expected(self) -> bool:
        return self.expected == self.seen


def run(client: Client, cases: Sequence[Case], pace: Pace, timeout: float) -> Iterator[Outcome]:
    """Outcomes as they come, one per case and one more per repetition.

    An order may take `timeout` seconds. Raises Unreachable if the server cannot be reached; nothing is waited for then.
    """
    with ThreadPoolExecutor(SIDE_BY_SIDE, thread_name_prefix="demo") as pool:
        trials = [pool.submit(_try, client, case, pace, timeout) for case in cases]
        try:
            for trial in as_completed(trials):
                yield from trial.result()
        finally:
            pace.stop()
            pool.shutdown(cancel_futures=True)


def _try(client: Client, case: Case, pace: Pace, timeout: float) -> list[Outcome]:
    key = f"demo-{secrets.token_hex(8)}" if case.repeated else None
    start = pace.now()
    try:
        placed, _ = client.place(case.body, key)
    except Refused as refused:
        return [Outcome(case.kind, case.expected, str(refused.status), pace.now() - start)]
    seen = _end(client, placed, pace, timeout)
    took = pace.now() - start
    first = Outcome(case.kind, case.expected, seen, took, placed.order_id, placed.total, placed.currency)
    return [first, _repeat(client, case, placed, key, pace)] if key else [first]


def _end(client: Client, placed: Placed, pace: Pace, timeout: float) -> str:
    try:
        followed = follow(client, placed, pace, timeout)
    except Refused as refused:
        return f"{refused.status} when read"
    if followed is None:
        return "not found"
    order = followed[0]
    reason = f" {order.reason}" if order.reason else ""
    return order.status + reason + ("" if order.status in ENDED else " still")


def _repeat(client: Client, case: Case, placed: Placed, key: str, pace: Pace) -> Outcome:
    start = pace.now()
    try:
        again, reply = client.place(case.body, key)
    except Refused as refused:
        return Outcome("repeated key", SAME_ORDER, str(refused.status), pace.now() - start)
    if again.order_id != placed.order_id:
        seen = "another order"
    elif reply.headers.get("idempotent-replayed") != "true":
        seen = "the same order, not marked as replayed"
    else:
        seen = SAME_ORDER
    took = pace.now() - start
    return Outcome("repeated key", SAME_ORDER, seen, took, again.order_id, again.total, again.currency)
