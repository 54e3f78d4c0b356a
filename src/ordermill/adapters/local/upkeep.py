"""The steps of maintenance: what has expired is removed, little by little, by ranges of its own key.

A range is a few neighbouring pages, however large the table is, and costs whoever writes to the table no index.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ordermill.adapters.ids import first_order_id
from ordermill.adapters.local.attempts import KEPT_MS
from ordermill.adapters.local.sql import queries
from ordermill.adapters.local.store import LocalStore
from ordermill.domain.idempotency import KEY_LIFETIME_MS
from ordermill.ports.journal import Swept

ROWS: Final = 1000
"""How many rows a step looks at."""

_MARGIN_MS: Final = 3_600_000
"""An order's id may be a little older than its claim; and the wall clock may have been set back between the two."""


class ExpiredClaims:
    """Idempotency keys that are free again: those whose time is over, which is how they are read too."""

    def __init__(self, store: LocalStore, now_ms: Callable[[], int]) -> None:
        self._connection, self._now, self._after = store.connection, now_ms, ""

    def step(self) -> Swept:
        """The next range of keys; a pass goes once through the table."""
        execute = self._connection.execute
        end = execute(queries()["claim_after"], (self._after, ROWS - 1)).fetchone()
        if end is None:
            rows = execute(queries()["expire_last_claims"], (self._after, self._now())).rowcount
            self._after = ""
            return Swept(rows, more=False)
        rows = execute(queries()["expire_claims"], (self._after, end[0], self._now())).rowcount
        self._after = end[0]
        return Swept(rows, more=True)


class ExpiredClaimedOrders:
    """The orders that were kept with keys which have expired since: an order's id says when its key was taken."""

    def __init__(self, store: LocalStore, now_ms: Callable[[], int]) -> None:
        self._connection, self._now = store.connection, now_ms

    def step(self) -> Swept:
        """The oldest ones."""
        before = first_order_id(self._now() - KEY_LIFETIME_MS - _MARGIN_MS)
        rows = self._connection.execute(queries()["expire_claimed_orders"], (before, ROWS)).rowcount
        return Swept(rows, more=rows == ROWS)


class OldAttempts:
    """What failed on orders' ways long ago; what was written while the clock was ahead stays until then."""

    def __init__(self, store: LocalStore, now_ms: Callable[[], int], rows: int = ROWS) -> None:
        self._connection, self._now, self._rows = store.connection, now_ms, rows

    def step(self) -> Swept:
        """Of the oldest ones."""
        before = {"before": self._now() - KEPT_MS, "limit": self._rows}
        rows = self._connection.execute(queries()["forget_attempts"], before).rowcount
        return Swept(rows, more=rows > 0)


class ExpiredStubs:
    """What is left of deleted orders, once no message about them can come any more."""

    def __init__(self, store: LocalStore, now_ms: Callable[[], int]) -> None:
        self._connection, self._now = store.connection, now_ms

    def step(self) -> Swept:
        """Those that expired first."""
        rows = self._connection.execute(queries()["expire_stubs"], (self._now(), ROWS)).rowcount
        return Swept(rows, more=rows == ROWS)


class ExpiredSubscriptions:
    """Addresses that were asked for, and that nobody confirmed in time."""

    def __init__(self, store: LocalStore, now_ms: Callable[[], int], rows: int = ROWS) -> None:
        self._connection, self._now, self._rows = store.connection, now_ms, rows

    def step(self) -> Swept:
        """The oldest ones."""
        rows = self._connection.execute(queries()["expire_subscriptions"], (self._now(), self._rows)).rowcount
        return Swept(rows, more=rows == self._rows)
