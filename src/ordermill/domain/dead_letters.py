"""Dead letters: messages that used up their receives, kept whole until somebody sends them on."""

from __future__ import annotations

from typing import Final

import msgspec

from ordermill.domain.order import Reason

MOST_REDRIVES: Final = 3
"""How often one message is redriven at most."""


class DeadLetter(msgspec.Struct, frozen=True, rename="camel"):
    """A message that used up its receives: the whole of it, where it came from, and why it failed.

    `id` is the same each time this receive is told of. `queue` is a queue, or `table>function` where the message is a
    change record. `redrives` counts how often it was redriven before; `at` is epoch milliseconds.
    """

    id: str
    queue: str
    function: str
    order_id: str | None
    error: str
    receives: int
    redrives: int
    at: int
    payload: msgspec.Raw


def reason_of(error: str) -> Reason:
    """Why an order failed, from a dead letter's `error`: an exception's name, a colon, and what it said."""
    name = error.partition(":")[0]
    if "Timeout" in name:
        return Reason.TIMEOUT
    return Reason.PAYMENT_ERROR if name.startswith("Payment") else Reason.INTERNAL
