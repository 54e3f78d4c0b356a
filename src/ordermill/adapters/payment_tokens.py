"""The shipped payment gateway, as rules without a store: test tokens instead of cards, and a ledger of every answer.

A charge happens once per key. After a void, which refunds what the key captured, every charge under that key is
declined. What moved is the sum of the approved charges less the approved voids. Answers that move nothing are in the
ledger too: declined charges (once per key) and errors (each); a repeat of an answer adds no row.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

import msgspec
import uuid_utils

from ordermill.ports.ambient import Clock
from ordermill.ports.services import Charge, ChargeResult, PaymentError, PaymentTimeout

Kind = Literal["charge", "void"]
Outcome = Literal["approved", "declined", "error"]

_ALWAYS: Final = sys.maxsize
_MAX_AMOUNT: Final = 2**63 - 1


class Behaviour(NamedTuple):
    """How a token behaves under one key: which charges fail or go unanswered, and how many voids fail."""

    declines: bool = False
    charge_errors: int = 0
    void_errors: int = 0
    timeouts: Literal["none", "first", "all"] = "none"


TOKENS: Final = {
    "tok_approve": Behaviour(),
    "tok_decline": Behaviour(declines=True),
    "tok_error": Behaviour(charge_errors=_ALWAYS),
    "tok_flaky": Behaviour(charge_errors=2),
    "tok_timeout": Behaviour(timeouts="all"),
    "tok_timeout_once": Behaviour(timeouts="first"),
    "tok_refund_flaky": Behaviour(void_errors=2),
    "tok_refund_fail": Behaviour(void_errors=_ALWAYS),
}
"""The tokens there are; any other is declined."""

_UNKNOWN: Final = Behaviour(declines=True)


class LedgerEntry(msgspec.Struct, frozen=True, rename="camel"):
    """One answer of the gateway: `amount` in minor units, `at` in epoch milliseconds.

    `amount` is what an approved entry moved, and what any other was about. `currency` is None for a void of a key
    that nothing was ever charged under.
    """

    payment_id: str
    order_id: str
    kind: Kind
    key: str
    amount: int
    currency: str | None
    outcome: Outcome
    at: int


class Row(NamedTuple):
    """One row of the ledger; `seq` counts from 1 within the key.

    `token` is what a refund goes back to: only an approved charge has one, as a token may be as good as a card.
    """

    key: str
    seq: int
    payment_id: str
    order_id: str
    kind: Kind
    amount: int
    currency: str | None
    outcome: Outcome
    token: str | None
    at: int

    @property
    def entry(self) -> LedgerEntry:
        """The row as it is shown."""
        return LedgerEntry(
            self.payment_id, self.order_id, self.kind, self.key, self.amount, self.currency, self.outcome, self.at
        )


class KeyLedger:
    """What the rows of one key amount to, and what the gateway answers next. `new` are those it added."""

    __slots__ = ("_charge", "_charge_errors", "_key", "_last", "_void", "_void_errors", "new")

    def __init__(self, key: str, rows: Iterable[Row] = ()) -> None:
        """`rows` in their order."""
        self._key = key
        self._last: Row | None = None
        self._charge: Row | None = None
        self._void: Row | None = None
        self._charge_errors = self._void_errors = 0
        self.new: list[Row] = []
        for row in rows:
            self.add(row)

    def add(self, row: Row) -> None:
        """Take one that is stored into account."""
        self._last = row
        if row.outcome == "error":
            self._charge_errors += row.kind == "charge"
            self._void_errors += row.kind == "void"
        elif row.kind == "charge":
            self._charge = row
        else:
            self._void = row

    def charge(self, charge: Charge, clock: Clock, timeout_ms: int) -> ChargeResult:
        """Charge once; a repeat answers what the first did, whatever it asks for.

        After a void the answer is declined. Raises PaymentError, PaymentTimeout at once: the caller lets the time
        pass; whatever was added to `new` is part of the answer. ValueError on an amount below zero or beyond 64 bits.
        """
        if not 0 <= charge.amount <= _MAX_AMOUNT:
            raise ValueError(f"cannot charge {charge.amount}")
        repeated = self._charge
        answer = repeated or self._first_answer(charge, clock)
        if answer.outcome == "declined" or self._void is not None:
            return ChargeResult("declined", 0)
        timeouts = _behaviour(answer.token).timeouts
        if timeouts == "all" or (timeouts == "first" and repeated is None):
            raise PaymentTimeout(timeout_ms)
        return ChargeResult("approved", answer.amount)

    def void(self, clock: Clock) -> int:
        """Refund what was captured, in minor units, and decline any later charge; a repeat answers the same.

        A key that captured nothing is voided all the same, for 0. Raises PaymentError, as `charge` does.
        """
        if self._void is not None:
            return self._void.amount
        captured = self._charge if self._charge and self._charge.outcome == "approved" else None
        fails = captured is not None and _behaviour(captured.token).void_errors > self._void_errors
        amount = captured.amount if captured else 0
        order_id = self._last.order_id if self._last else order_of(self._key)
        currency = self._last.currency if self._last else None
        self._put(clock, order_id, "void", amount, currency, "error" if fails else "approved")
        if fails:
            raise PaymentError("the payment gateway could not refund")
        return amount

    def _first_answer(self, charge: Charge, clock: Clock) -> Row:
        behaviour = _behaviour(charge.token)
        outcome: Outcome = "approved"
        if self._void is not None or behaviour.declines:
            outcome = "declined"
        elif behaviour.charge_errors > self._charge_errors:
            outcome = "error"
        token = charge.token if outcome == "approved" else None
        row = self._put(clock, charge.order_id, "charge", charge.amount, charge.currency, outcome, token)
        if outcome == "error":
            raise PaymentError("the payment gateway answered with an error")
        return row

    def _put(
        self,
        clock: Clock,
        order_id: str,
        kind: Kind,
        amount: int,
        currency: str | None,
        outcome: Outcome,
        token: str | None = None,
    ) -> Row:
        seq = self._last.seq + 1 if self._last else 1
        payment_id = f"pay_{uuid_utils.uuid7()}"
        row = Row(self._key, seq, payment_id, order_id, kind, amount, currency, outcome, token, clock.now_ms())
        self.add(row)
        self.new.append(row)
        return row


def order_of(key: str) -> str:
    """Whose a key is: keys are `orderId/attempt`, all there is to go by when nothing was charged."""
    return key.rpartition("/")[0] or key


def _behaviour(token: str | None) -> Behaviour:
    return TOKENS.get(token or "", _UNKNOWN)
