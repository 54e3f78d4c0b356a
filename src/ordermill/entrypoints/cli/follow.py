"""Following an order to its end."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event

from ordermill.entrypoints.cli.answers import Entry, OrderSeen, Placed
from ordermill.entrypoints.cli.client import Client, Reply
from ordermill.entrypoints.cli.failures import Refused, Unreachable

DONE = frozenset({"PROCESSED", "SHIPPED", "DELIVERED"})
ENDED = DONE | {"REJECTED", "FAILED", "CANCELLED"}

_FIRST_WAIT_S = 0.01
_LONGEST_WAIT_S = 0.5
_BACK_OFF = 1.5
_PASSING = frozenset({404, 429})


class Pace:
    """Time as a command sees it; `stop` ends every wait, from any thread."""

    def __init__(self) -> None:
        self._stopped = Event()

    def now(self) -> float:
        """Seconds on a clock that never goes back."""
        return time.perf_counter()

    def wait(self, seconds: float) -> bool:
        """Wait; True if it was cut short by `stop`."""
        return self._stopped.wait(seconds)

    def stop(self) -> None:
        self._stopped.set()


def follow(
    client: Client, placed: Placed, pace: Pace, timeout: float, on_entry: Callable[[Entry], None] = lambda entry: None
) -> tuple[OrderSeen, Reply] | None:
    """Poll the order until it ends or `timeout` seconds have passed; the last view of it, None if never seen.

    `on_entry` gets each history entry once, as it appears. A 404 (the record is still on its way), a 429, a 5xx and a
    server that restarts are waited out; if nothing better was known at the end, Refused or Unreachable is raised.
    """
    deadline, delay, shown = pace.now() + timeout, _FIRST_WAIT_S, 0
    while True:
        view, trouble = _look(client, placed)
        if view:
            for entry in (entry for entry in view[0].history if entry.seq > shown):
                on_entry(entry)
                shown = entry.seq
            if view[0].status in ENDED:
                return view
        left = deadline - pace.now()
        if left <= 0 or pace.wait(min(delay, left)):
            if trouble:
                raise trouble
            return view
        delay = min(delay * _BACK_OFF, _LONGEST_WAIT_S)


def _look(client: Client, placed: Placed) -> tuple[tuple[OrderSeen, Reply] | None, Refused | Unreachable | None]:
    """The order, or the passing trouble that hid it (404 is none). Raises Refused for what will not pass."""
    try:
        return client.order(placed.order_id, placed.order_token), None
    except Unreachable as error:
        return None, error
    except Refused as error:
        if error.status not in _PASSING and error.status < 500:
            raise
        return None, None if error.status == 404 else error
