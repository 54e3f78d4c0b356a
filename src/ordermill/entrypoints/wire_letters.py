"""What the dead letters' routes show."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Raw, Struct

from ordermill.domain.dead_letters import DeadLetter, Redriven
from ordermill.domain.times import rfc3339
from ordermill.entrypoints.wire import OrderId, Time
from ordermill.ports.stores import LetterPage

Count = Annotated[int, Meta(ge=0)]


class DeadLetterView(Struct, frozen=True, rename="camel", gc=False):
    """One message that used up its `receives`, and the last `error`.

    `queue` is where it came from: a queue, or `table>function` for a change record. `redrives` counts how often it was
    sent on before, `payload` is the message itself.
    """

    id: str
    queue: str
    order_id: OrderId | None
    function: str
    error: str
    receives: Count
    redrives: Count
    at: Time
    payload: Raw


class DeadLettersView(Struct, frozen=True, rename="camel"):
    """A page of dead letters, newest first; `nextCursor` leads to the next page, null at the end."""

    dead_letters: tuple[DeadLetterView, ...]
    next_cursor: str | None


class RefusalView(Struct, frozen=True, gc=False):
    """A letter that stays where it is, and why."""

    id: str
    reason: str


class RedrivenView(Struct, frozen=True):
    """How many letters were sent on, or would be, and which not; `remaining` of those asked for wait for another
    request."""

    redriven: Count
    refused: tuple[RefusalView, ...]
    remaining: Count


def letters_view(page: LetterPage, cursor: str | None) -> DeadLettersView:
    """A page, and the cursor to the next."""
    return DeadLettersView(tuple(_letter(letter) for letter in page.letters), cursor)


def redriven_view(result: Redriven) -> RedrivenView:
    """What came of a redrive."""
    refused = tuple(RefusalView(refusal.id, refusal.reason) for refusal in result.refused)
    return RedrivenView(len(result.redriven), refused, result.remaining)


def _letter(letter: DeadLetter) -> DeadLetterView:
    return DeadLetterView(
        letter.id,
        letter.queue,
        letter.order_id,
        letter.function,
        letter.error,
        letter.receives,
        letter.redrives,
        rfc3339(letter.at),
        letter.payload,
    )
