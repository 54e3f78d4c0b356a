"""`get_dead_letters`: lists dead letters, newest first."""

from __future__ import annotations

from ordermill.domain.commands import GetDeadLetters
from ordermill.ports.stores import DeadLetterStore, LetterPage


def get_dead_letters(message: GetDeadLetters, *, dead_letters: DeadLetterStore) -> LetterPage:
    """One page. Raises InvalidCursor where `after` is no position."""
    if message.order_id is not None:
        return dead_letters.of_order(message.order_id, message.limit, message.after, closed=False)
    return dead_letters.list(message.limit, message.after, queue=message.queue)
