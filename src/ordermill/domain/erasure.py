"""Erasing a person: of orders, archive, mails and dead letters goes what is about them; what accounts need stays.

Items, quantities, prices, totals, currency, status, times, payments and refunds are not the person's. What people typed
is taken for it: notes, descriptions, reasons.
"""

from __future__ import annotations

from typing import Any, Final, Literal, NamedTuple

import msgspec
from msgspec.structs import replace

from ordermill.domain.archive import ArchivedOrder
from ordermill.domain.commands import SendMail
from ordermill.domain.dead_letters import DeadLetter, name_of
from ordermill.domain.errors import FieldError, InvalidErasure
from ordermill.domain.events import OrderEvent
from ordermill.domain.exits import noted, owes
from ordermill.domain.fields import Errors, read_text, unknown_member
from ordermill.domain.mail import MailRecord
from ordermill.domain.order import HistoryEntry, Order, Reason, Status
from ordermill.domain.text import TextRule

CUSTOMER: Final = TextRule(254)
ERASED: Final = ("erased",)
"""What the history entry of an erased order says was changed."""

_SETTLED: Final = frozenset({Status.DELIVERED, Status.REJECTED, Status.CANCELLED})
_PERSONAL: Final = ("customerName", "customerId", "email", "description", "note", "image")
_NOTHING: Final = msgspec.Raw(b"null")

Phase = Literal["orders", "reports", "archive", "letters", "mails", "executions"]
PHASES: Final[tuple[Phase, ...]] = ("orders", "reports", "archive", "letters", "mails", "executions")
"""In this order: what finds the rest goes last."""


class Position(NamedTuple):
    """How far an erasure is: in which phase, and from where on."""

    phase: Phase
    after: str | None = None

    def text(self) -> str:
        """As a cursor holds it."""
        return f"{self.phase}:{self.after or ''}"


class Counts(msgspec.Struct, frozen=True, rename="camel"):
    """How much a step erased, by kind."""

    orders: int = 0
    archived: int = 0
    mails: int = 0
    dead_letters: int = 0
    reports: int = 0
    subscriptions: int = 0
    executions: int = 0


class Erased(msgspec.Struct, frozen=True):
    """What a step came to: the orders that are still under way, and where the next one goes on; None after the last."""

    counts: Counts
    remaining: tuple[str, ...]
    next: Position | None


def position_of(text: str | None) -> Position:
    """Where an erasure goes on, from what `Position.text` gave; None: where it begins. Raises ValueError."""
    if text is None:
        return Position("orders")
    name, _, after = text.partition(":")
    return Position(PHASES[PHASES.index(name)], after or None)


def following(phase: Phase, customer: str) -> Position | None:
    """What comes after a phase, None after the last. Only an e-mail has mails and letters that are about no order."""
    left = PHASES[PHASES.index(phase) + 1 :]
    if "@" not in customer:
        left = tuple(each for each in left if each not in ("letters", "mails"))
    return Position(left[0]) if left else None


def read_erasure(body: object) -> tuple[str, str | None]:
    """The customer of a body parsed by `parse_json`, and the cursor if there is one. Raises InvalidErasure."""
    if not isinstance(body, dict):
        raise InvalidErasure([FieldError("", "wrong-type", "a JSON object")])
    errors: Errors = [unknown_member("", name) for name in body if name not in ("customer", "cursor")]
    customer = read_text(body.get("customer"), "/customer", CUSTOMER, errors)
    if customer is None and not any(error.pointer == "/customer" for error in errors):
        errors.append(FieldError("/customer", "required", "a customer id, or a whole e-mail"))
    cursor = body.get("cursor")
    if cursor is not None and type(cursor) is not str:
        errors.append(FieldError("/cursor", "wrong-type", "the `next` of the answer before"))
    if errors or customer is None:
        raise InvalidErasure(errors)
    return customer, cursor


def is_settled(order: Order) -> bool:
    """Whether nothing is to become of the order any more, so that nobody needs to know whose it is."""
    return order.deletion is None and order.status in _SETTLED and not owes(order)


def erased_order(order: Order, *, at: int, by: str) -> Order:
    """The order without the person."""
    shipment = None if order.shipment is None else replace(order.shipment, tracking_number=None)
    cleared = replace(
        order,
        customer_name=None,
        customer_id=None,
        email=None,
        description=None,
        note=None,
        payment_token="",
        reason_detail=None if order.status is Status.CANCELLED else order.reason_detail,
        shipment=shipment,
        image_id=None,
        image=None,
        history=tuple(_entry(entry) for entry in order.history),
    )
    return noted(cleared, cleared, ERASED, at=at, by=by)


def _entry(entry: HistoryEntry) -> HistoryEntry:
    return entry if _is_code(entry.reason) else replace(entry, reason=None)


def _is_code(reason: str | None) -> bool:
    """Whether a reason is one of ours, which nobody typed."""
    return reason is None or reason in Reason.__members__


def erased_json(body: bytes) -> bytes:
    """The archive's object without the person; erased again, it is the same. Raises msgspec.DecodeError."""
    order: dict[str, Any] = msgspec.json.decode(body)
    order |= {name: None for name in _PERSONAL if name in order}
    if order["status"] == Status.CANCELLED:
        order["reasonDetail"] = None
    if order["shipment"] is not None:
        order["shipment"]["trackingNumber"] = None
    for entry in order["history"]:
        entry["reason"] = entry["reason"] if _is_code(entry["reason"]) else None
    order["deletionReason"] = None
    return msgspec.json.encode(order)


def erased_row(row: ArchivedOrder) -> ArchivedOrder:
    """The archive's row, which no customer finds any more."""
    return replace(row, customer_id=None, email=None)


def erased_event(event: OrderEvent) -> OrderEvent:
    """The event without a reason that somebody typed."""
    return event if _is_code(event.data.reason) else replace(event, data=replace(event.data, reason=None))


def erased_mail(record: MailRecord) -> MailRecord:
    """The record that a mail was sent, without to whom and what it said."""
    return replace(record, to=None, text=None, content=None, headers=(), error=None)


def mail_keys(record: MailRecord) -> tuple[str, ...]:
    """What names the mail's files: itself, and each time that it was sent again."""
    return (record.mail_id, *(f"{record.mail_id}-resend-{number}" for number in range(1, record.resends + 1)))


def erased_letter(letter: DeadLetter) -> DeadLetter:
    """What is left of a dead letter: that there was one, of what kind."""
    return replace(letter, error=name_of(letter.error), payload=_NOTHING)


def recipient_of(letter: DeadLetter) -> str | None:
    """To whom the mail goes that a letter is, if it is one."""
    try:
        return msgspec.json.decode(letter.payload, type=SendMail).to
    except msgspec.MsgspecError:
        return None
