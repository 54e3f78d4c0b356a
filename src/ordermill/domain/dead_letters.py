"""Dead letters: messages that used up their receives, kept whole until somebody sends them on."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Final

import msgspec

from ordermill.domain.commands import ProcessOrder
from ordermill.domain.order import Order, Reason

MOST_REDRIVES: Final = 3
"""How often one message is redriven at most."""

LETTER_PAGE_MAX: Final = 200
"""How many dead letters a page of the list has at most."""

DEAD_LETTERS: Final = "dead-letters"
"""The queue that every dead letter goes through on its way to `fail_order`."""

PROCESSING: Final = "process_order"
"""The function whose dead letter is an order's failure."""

COMPENSATING: Final = "compensate_order"
"""The function whose dead letter is a refund that is stuck."""


ENDED: Final = "the process ended, or was stopped, at each receive"
"""The error of a message that was given up without anybody being able to say why."""


class DeadLetter(msgspec.Struct, frozen=True, rename="camel"):
    """A message that used up its receives: the whole of it, where it came from, and why it failed.

    `id` is the same each time this receive is told of. `queue` is a queue, or `table>function` where the message is a
    change record. `redrives` counts how often it was redriven before; `at` is epoch milliseconds. `payload` is what
    `payload_of` made of the message.
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


class Refusal(msgspec.Struct, frozen=True, gc=False):
    """A letter that is not redriven, and why."""

    id: str
    reason: str


class Redriven(msgspec.Struct, frozen=True):
    """Which letters were sent on, which were not, and how many of those asked for nobody has looked at yet."""

    redriven: tuple[str, ...]
    refused: tuple[Refusal, ...]
    remaining: int
    dry_run: bool = False


class _NotJson(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Stands for a message that is no JSON, and so no part of a letter that is."""

    base64: str


class _Fact(msgspec.Struct, frozen=True):
    attempt: int


class _Attempted(msgspec.Struct, frozen=True):
    """What messages about one attempt of an order have: a command says which, an event in its data, a change record in
    the order's image."""

    attempt: int | None = None
    data: _Fact | None = None
    order: Order | None = None


def payload_of(body: bytes) -> msgspec.Raw:
    """The message as a letter's payload: as it is, or wrapped where it is no JSON."""
    try:
        msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return msgspec.Raw(msgspec.json.encode(_NotJson(b64encode(body).decode("ascii"))))
    return msgspec.Raw(body)


def body_of(payload: msgspec.Raw) -> bytes:
    """The message that `payload_of` was given."""
    try:
        return b64decode(msgspec.json.decode(payload, type=_NotJson).base64)
    except (msgspec.MsgspecError, ValueError):
        return bytes(payload)


def attempt_of(letter: DeadLetter) -> ProcessOrder | None:
    """Which attempt of which order the letter is about, with the order where the message carried it.

    None where that cannot be read.
    """
    try:
        found = msgspec.json.decode(letter.payload, type=_Attempted)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    if letter.order_id is None:
        return None
    if found.attempt is not None:
        return ProcessOrder(letter.order_id, found.attempt, found.order)
    # A change record's image tells of an order that was there: if it is not any more, it stays away.
    about = found.data or found.order
    return None if about is None else ProcessOrder(letter.order_id, about.attempt)


def reason_of(error: str) -> Reason:
    """Why an order failed, from a dead letter's `error`: an exception's name, a colon, and what it said."""
    name = name_of(error)
    if "Timeout" in name:
        return Reason.TIMEOUT
    return Reason.PAYMENT_ERROR if name.startswith("Payment") else Reason.INTERNAL


def name_of(error: str) -> str:
    """The exception's name, or the whole text where no exception was raised."""
    return error.partition(":")[0]


def told_of(error: str) -> str:
    """What customers and alerts may be told of `error`: what payments and time-outs say of themselves.

    Other exceptions may quote anything; staff find what they said in the letter.
    """
    said = error.partition(":")[2].strip()
    return said if said and reason_of(error) is not Reason.INTERNAL else f"an internal failure ({name_of(error)})"
