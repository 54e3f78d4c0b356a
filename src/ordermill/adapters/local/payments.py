"""The shipped payment gateway on an SQLite file of its own; what it answers is in `adapters/payment_tokens.py`."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import Final

import msgspec

from ordermill.adapters.local.database import Writer, unopened
from ordermill.adapters.local.sql import read
from ordermill.adapters.payment_tokens import KeyLedger, LedgerEntry, Row
from ordermill.ports.ambient import Clock
from ordermill.ports.journal import StorageBroken, StorageFull
from ordermill.ports.services import Charge, ChargeResult, PaymentError

# Statements are cached by their number of rows: this bounds both how many there are and how large.
_ROWS_PER_INSERT: Final = 128


_ROW: Final = f"({', '.join('?' * len(Row._fields))})"
_INSERT: Final = f"INSERT INTO ledger ({', '.join(Row._fields)}) VALUES "  # noqa: S608
_BY_KEYS: Final = (
    f"SELECT {', '.join(Row._fields)} FROM ledger "  # noqa: S608
    "WHERE key IN (SELECT value FROM json_each(?)) ORDER BY key, seq"
)
_BY_ORDER: Final = (
    f"SELECT {', '.join(LedgerEntry.__struct_fields__)} FROM ledger "  # noqa: S608
    "WHERE order_id = ? ORDER BY at, payment_id"
)


class _Batch:
    """The keys that one transaction touches, and the rows to write at its end."""

    def __init__(self, db: sqlite3.Connection, keys: Sequence[str]) -> None:
        self._db = db
        self._ledgers: dict[str, KeyLedger] = {}
        if keys:
            self._load(keys)

    def ledger(self, key: str) -> KeyLedger:
        if key not in self._ledgers:
            self._load((key,))
        return self._ledgers[key]

    def write(self) -> None:
        new = list(chain.from_iterable(ledger.new for ledger in self._ledgers.values()))
        for start in range(0, len(new), _ROWS_PER_INSERT):
            rows = new[start : start + _ROWS_PER_INSERT]
            self._db.execute(_INSERT + ", ".join([_ROW] * len(rows)), tuple(chain.from_iterable(rows)))

    def _load(self, keys: Sequence[str]) -> None:
        self._ledgers.update((key, KeyLedger(key)) for key in keys)
        for columns in self._db.execute(_BY_KEYS, (msgspec.json.encode(keys).decode(),)).fetchall():
            row = Row(*columns)
            self._ledgers[row.key].add(row)


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
        with self._joined(charge.key) as batch:
            return batch.ledger(charge.key).charge(charge, self._clock, self._timeout_ms)

    def void(self, key: str) -> int:
        """Refund what `key` captured, in minor units, and decline any later charge; a repeat answers the same.

        A key that captured nothing is voided all the same, for 0. Raises PaymentError.
        """
        with self._joined(key) as batch:
            return batch.ledger(key).void(self._clock)

    def payments_of(self, order_id: str) -> list[LedgerEntry]:
        """The committed ledger of one order, oldest first; waits for no batch. Raises sqlite3.Error."""
        with closing(sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=ro", uri=True)) as db:
            return [LedgerEntry(*columns) for columns in db.execute(_BY_ORDER, (order_id,))]

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
