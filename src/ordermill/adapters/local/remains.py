"""The service `remains`: what the store keeps beside the tables of functions, in the engine's transaction."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from ordermill.adapters.local.sql import queries
from ordermill.adapters.local.store import LocalStore
from ordermill.ports.erasure import Swept

STRETCH: Final = 500
"""How many executions a step looks at."""

_CUT: Final = ("…", "bytes of JSON)")
"""What is at the end of what is kept in part."""


class LocalRemains:
    """What is erased at once, and not undone where its function fails later: so functions erase here last."""

    def __init__(self, store: LocalStore, *, stretch: int = STRETCH) -> None:
        self._store, self._connection, self._stretch = store, store.connection, stretch

    def under_way(self, order_ids: Sequence[str]) -> frozenset[str]:
        """See `Remains.under_way`."""
        rows = self._connection.execute(queries()["under_way"], {"ids": json.dumps(order_ids)})
        return frozenset(order_id for (order_id,) in rows)

    def erase(self, order_ids: Sequence[str]) -> None:
        """See `Remains.erase`."""
        claimed = self._store.tables.claimed_orders
        for order_id in order_ids:
            claimed.delete(order_id)
        ids = (json.dumps(order_ids),)
        self._connection.execute(queries()["erase_attempts"], ids)
        self._connection.execute(queries()["erase_executions"], ids)
        self._connection.execute(queries()["erase_dead_messages"], ids)
        self._store.scrub()

    def erase_of(self, customer: str, after: str | None) -> Swept:
        """See `Remains.erase_of`."""
        rows = self._connection.execute(queries()["ended_executions"], (after or "", self._stretch)).fetchall()
        theirs = [id_ for id_, body in rows if is_about(json.loads(body), customer)]
        for execution_id in theirs:
            self._connection.execute(queries()["erase_execution"], (execution_id,))
        self._store.scrub()
        return Swept(len(theirs), rows[-1][0] if len(rows) == self._stretch else None)


def is_about(kept: object, customer: str) -> bool:
    """Whether what is kept of an execution names the customer, or was cut so that it may have.

    Requests are texts within, as they were sent: each character may stand there as an escape.
    """
    name = json.dumps(customer)[1:-1]
    if "@" not in customer:
        # A whole id: others may begin with it.
        customer, name = f'"{customer}"', f'"{name}"'
    wanted = {customer.lower(), name.lower()}
    return any(text.endswith(_CUT) or any(each in text.lower() for each in wanted) for text in _texts(kept))


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        # A member by itself is an id as a whole.
        inner = [text for each in value.values() for text in _texts(each)]
        return inner + [f'"{each}"' for each in value.values() if isinstance(each, str)]
    return [text for each in value for text in _texts(each)] if isinstance(value, list) else []
