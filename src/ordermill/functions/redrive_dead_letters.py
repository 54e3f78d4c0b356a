"""`redrive_dead_letters`: sends dead letters on: a failed order begins its next attempt, anything else its queue anew.

Two effects for each letter: the order with its letters, in one write; or the message, then the letter's end. A crash
between the latter sends it again at the next redrive, which its consumer has to stand.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ordermill.domain.commands import RedriveDeadLetters
from ordermill.domain.dead_letters import LETTER_PAGE_MAX, MOST_REDRIVES, PROCESSING, DeadLetter, Redriven, Refusal
from ordermill.domain.deletion import present
from ordermill.domain.exits import owes, retried
from ordermill.domain.order import Order, Status
from ordermill.domain.redrive import MOST_AT_ONCE
from ordermill.ports.ambient import Clock
from ordermill.ports.services import Messages
from ordermill.ports.stores import DeadLetterStore, OrderStore

MOST_BYTES: Final = 4 * 1024 * 1024
"""Of payloads, in one request beyond named ids: what is left waits for the next one."""

_REFUSED_TOO_OFTEN: Final = f"it was redriven {MOST_REDRIVES} times already"


def redrive_dead_letters(
    message: RedriveDeadLetters,
    *,
    orders: OrderStore,
    dead_letters: DeadLetterStore,
    messages: Messages,
    clock: Clock,
) -> Redriven:
    """What was sent on, or with `dry_run` would be; refused letters stay as they are."""
    open_ = 0 if message.ids is not None else dead_letters.count(message.queue)
    redriven, refused, went_on = list[str](), list[Refusal](), set[str]()
    for id_, letter in _selected(message, dead_letters):
        # Of an order that was deleted nothing is to be done: what still waits for it may go, and does nothing.
        order = present(orders.read(letter.order_id)) if letter is not None and letter.order_id is not None else None
        reason = _refusal(letter, order, went_on, messages)
        if reason is not None or letter is None:
            refused.append(Refusal(id_, reason or ""))
            continue
        redriven.append(id_)
        if letter.function == PROCESSING and order is not None:
            went_on.add(order.order_id)
        if not message.dry_run:
            _send_on(letter, order, orders, dead_letters, messages, clock.now_ms())
        if len(redriven) == message.most:
            break
    remaining = max(0, open_ - len(redriven) - len(refused))
    return Redriven(tuple(redriven), tuple(refused), remaining, message.dry_run)


def _selected(message: RedriveDeadLetters, dead_letters: DeadLetterStore) -> Iterator[tuple[str, DeadLetter | None]]:
    """The letters asked for, each with its id; None for one that is not open.

    Of a queue, or of all, the oldest, as far as one request looks.
    """
    if message.ids is not None:
        # All before any is sent on, as that may close others.
        yield from [(id_, dead_letters.read(id_)) for id_ in message.ids]
        return
    after, count, size = None, 0, 0
    while True:
        page = dead_letters.list(LETTER_PAGE_MAX, after, queue=message.queue, oldest=True)
        for letter in page.letters:
            yield letter.id, letter
            count, size = count + 1, size + len(bytes(letter.payload))
            if count == MOST_AT_ONCE or size > MOST_BYTES:
                return
        if page.after is None:
            return
        after = page.after


def _refusal(letter: DeadLetter | None, order: Order | None, went_on: set[str], messages: Messages) -> str | None:
    """Why the letter stays, None if nothing keeps it."""
    if letter is None:
        return "no dead letter with this id is open"
    if letter.function != PROCESSING or order is None:
        if letter.redrives >= MOST_REDRIVES:
            return _REFUSED_TOO_OFTEN
        return None if messages.reaches(letter) else f"nothing consumes {letter.queue} any more"
    if order.order_id in went_on:
        return "its order goes on with another of these letters"
    if order.status is not Status.FAILED:
        return f"the order is {order.status}"
    if owes(order):
        return "the refund of the order's last attempt is not settled yet"
    return _REFUSED_TOO_OFTEN if order.redrives >= MOST_REDRIVES else None


def _send_on(
    letter: DeadLetter,
    order: Order | None,
    orders: OrderStore,
    dead_letters: DeadLetterStore,
    messages: Messages,
    now: int,
) -> None:
    if letter.function == PROCESSING and order is not None:
        again = retried(order, at=now, by="staff", redriven=True)
        orders.update(again, expect=order.version, letters=dead_letters.resolve(order.order_id))
        return
    messages.redrive(letter)
    dead_letters.close(letter.id)
