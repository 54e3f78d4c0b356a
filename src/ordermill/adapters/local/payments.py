"""The shipped payment gateway: test tokens instead of cards, and a ledger of its own in its own SQLite file.

A charge happens once per key. After a void, which refunds what the key captured, every charge under that key is
declined. What moved is the sum of the approved charges less the approved voids. Answers that move nothing are in the
ledger too: declined charges (once per key) and errors (each); a repeat of an answer adds no row.
"""

from __future__ import annotations

import sqlite3
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import Final, Literal, NamedTuple

import msgspec
import uuid_utils

from ordermill.adapters.local.database import Writer, unopened
from ordermill.adapters.local.sql import read
from ordermill.ports.ambient import Clock
from ordermill.ports.journal import StorageBroken, StorageFull
from ordermill.ports.services import Charge, ChargeResult, PaymentError, PaymentTimeout

Kind = Literal["charge", "void"]
Outcome = Literal["approved", "declined", "error"]

_ALWAYS: Final = sys.maxsize
_MAX_AMOUNT: Final = 2**63 - 1
# Statements are cached by their number of rows: this bounds both how many there are and how large.
_ROWS_PER_INSERT: Final = 128


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


class _Row(NamedTuple):
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


_ROW: Final = f"({', '.join('?' * len(_Row._fields))})"
_INSERT: Final = f"INSERT INTO ledger ({', '.join(_Row._fields)}) VALUES "  # noqa: S608
_BY_KEYS: Final = (
    f"SELECT {', '.join(_Row._fields)} FROM ledger "  # noqa: S608
    "WHERE key IN (SELECT value FROM json_each(?)) ORDER BY key, seq"
)
_BY_ORDER: Final = (
    f"SELECT {', '.join(LedgerEntry.__struct_fields__)} FROM ledger "  # noqa: S608
    "WHERE order_id = ? ORDER BY at, payment_id"
)


class _KeyState:
    """What the ledger's rows of one key amount to."""

    __slots__ = ("charge", "charge_errors", "last", "void", "void_errors")

    def __init__(self) -> None:
        self.last: _Row | None = None
        self.charge: _Row | None = None
        self.void: _Row | None = None
        self.charge_errors = 0
        self.void_errors = 0

    def add(self, row: _Row) -> None:
        self.last = row
        if row.outcome == "error":
            self.charge_errors += row.kind == "charge"
            self.void_errors += row.kind == "void"
        elif row.kind == "charge":
            self.charge = row
        else:
            self.void = row


class _Batch:
    """The keys that one transaction touches, and the rows to write at its end."""

    def __init__(self, db: sqlite3.Connection, keys: Sequence[str]) -> None:
        self._db = db
        self._states: dict[str, _KeyState] = {}
        self._rows: list[_Row] = []
        if keys:
            self._load(keys)

    def state(self, key: str) -> _KeyState:
        if key not in self._states:
            self._load((key,))
        return self._states[key]

    def add(self, row: _Row) -> None:
        self._rows.append(row)
        self._states[row.key].add(row)

    def write(self) -> None:
        for start in range(0, len(self._rows), _ROWS_PER_INSERT):
            rows = self._rows[start : start + _ROWS_PER_INSERT]
            self._db.execute(_INSERT + ", ".join([_ROW] * len(rows)), tuple(chain.from_iterable(rows)))

    def _load(self, keys: Sequence[str]) -> None:
        self._states.update((key, _KeyState()) for key in keys)
        for columns in self._db.execute(_BY_KEYS, (msgspec.json.encode(keys).decode(),)).fetchall():
            row = _Row(*columns)
            self._states[row.key].add(row)


class Gateway:
    """The port `Payments` on an SQLite file that nobody else writes. Any thread may call.

    Outside a batch, a call is durable when it returns or raises PaymentError. StorageFull means that there is no room
    and nothing moved; StorageBroken and sqlite3.Error that the outcome is unknown, and a repeat under the same key
    finds out.
    """

    def __init__(self, path: Path, clock: Clock, timeout_ms: int) -> None:
        """Open or create the file at `path`; PaymentTimeout carries `timeout_ms`.

        Raises UnusableDatabase where only an operator can help, StorageFull where time may.
        """
        self._path = path
        self._clock = clock
        self._timeout_ms = timeout_ms
        self._lock = threading.RLock()
        self._batch: _Batch | None = None
        try:
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, factory=Writer)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.executescript(read("payments_schema.sql"))
        except (sqlite3.DatabaseError, StorageBroken) as error:
            raise unopened(path, error) from error

    def close(self) -> None:
        """Close the file, once no other thread has a batch open; one open in this thread is lost."""
        with self._lock:
            self._db.close()

    @contextmanager
    def batch(self, keys: Sequence[str] = ()) -> Iterator[None]:
        """Make this thread's calls in the body one transaction, durable at its end. Other threads wait.

        The state of `keys` is read in one go; other keys may be used too, at one read each. PaymentError may leave the
        body: what was done is committed all the same. Any other exception undoes the whole batch, and so does a failed
        commit, which raises StorageFull, StorageBroken or sqlite3.Error. Raises RuntimeError if this thread has a batch
        open.
        """
        with self._lock:
            if self._batch is not None:
                raise RuntimeError("this thread has a batch open")
            with self._transaction(keys):
                yield

    def charge(self, charge: Charge) -> ChargeResult:
        """Charge once per key; a repeat answers what the first did, whatever it asks for.

        After a void the answer is declined. Raises PaymentError, PaymentTimeout (at once: the caller lets the time
        pass), ValueError on an amount below zero or beyond 64 bits.
        """
        if not 0 <= charge.amount <= _MAX_AMOUNT:
            raise ValueError(f"cannot charge {charge.amount}")
        with self._joined(charge.key) as batch:
            state = batch.state(charge.key)
            repeated = state.charge
            answer = repeated or self._first_answer(batch, state, charge)
            if answer.outcome == "declined" or state.void is not None:
                return ChargeResult("declined", 0)
            timeouts = _behaviour(answer.token).timeouts
            if timeouts == "all" or (timeouts == "first" and repeated is None):
                raise PaymentTimeout(self._timeout_ms)
            return ChargeResult("approved", answer.amount)

    def void(self, key: str) -> int:
        """Refund what `key` captured, in minor units, and decline any later charge; a repeat answers the same.

        A key that captured nothing is voided all the same, for 0. Raises PaymentError.
        """
        with self._joined(key) as batch:
            state = batch.state(key)
            if state.void is not None:
                return state.void.amount
            captured = state.charge if state.charge and state.charge.outcome == "approved" else None
            fails = captured is not None and _behaviour(captured.token).void_errors > state.void_errors
            amount = captured.amount if captured else 0
            order_id = state.last.order_id if state.last else _order_of(key)
            currency = state.last.currency if state.last else None
            batch.add(self._row(state, key, order_id, "void", amount, currency, "error" if fails else "approved"))
            if fails:
                raise PaymentError("the payment gateway could not refund")
            return amount

    def payments_of(self, order_id: str) -> list[LedgerEntry]:
        """The committed ledger of one order, oldest first; waits for no batch. Raises sqlite3.Error."""
        with closing(sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=ro", uri=True)) as db:
            return [LedgerEntry(*columns) for columns in db.execute(_BY_ORDER, (order_id,))]

    def _first_answer(self, batch: _Batch, state: _KeyState, charge: Charge) -> _Row:
        behaviour = _behaviour(charge.token)
        outcome: Outcome = "approved"
        if state.void is not None or behaviour.declines:
            outcome = "declined"
        elif behaviour.charge_errors > state.charge_errors:
            outcome = "error"
        # Only what a refund goes back to is kept: a token may be as good as a card.
        token = charge.token if outcome == "approved" else None
        row = self._row(state, charge.key, charge.order_id, "charge", charge.amount, charge.currency, outcome, token)
        batch.add(row)
        if outcome == "error":
            raise PaymentError("the payment gateway answered with an error")
        return row

    def _row(
        self,
        state: _KeyState,
        key: str,
        order_id: str,
        kind: Kind,
        amount: int,
        currency: str | None,
        outcome: Outcome,
        token: str | None = None,
    ) -> _Row:
        seq = state.last.seq + 1 if state.last else 1
        payment_id = f"pay_{uuid_utils.uuid7()}"
        return _Row(key, seq, payment_id, order_id, kind, amount, currency, outcome, token, self._clock.now_ms())

    @contextmanager
    def _joined(self, key: str) -> Iterator[_Batch]:
        """This thread's open batch, or else a transaction of its own."""
        with self._lock:
            if self._batch is not None:
                yield self._batch
            else:
                with self._transaction((key,)) as batch:
                    yield batch

    @contextmanager
    def _transaction(self, keys: Sequence[str]) -> Iterator[_Batch]:
        failure: PaymentError | None = None
        try:
            self._db.execute("BEGIN IMMEDIATE")
            self._batch = _Batch(self._db, keys)
            try:
                yield self._batch
            except PaymentError as error:
                failure = error
            self._batch.write()
            self._db.execute("COMMIT")
        except BaseException:
            self._roll_back()
            raise
        finally:
            self._batch = None
        if failure is not None:
            raise failure

    def _roll_back(self) -> None:
        # The exception that led here says more than one of the roll-back's would.
        with suppress(sqlite3.Error, StorageFull, StorageBroken):
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")


def _behaviour(token: str | None) -> Behaviour:
    return TOKENS.get(token or "", _UNKNOWN)


def _order_of(key: str) -> str:
    """Keys are `orderId/attempt`: all there is to go by when nothing was charged."""
    return key.rpartition("/")[0] or key
