"""The change stream of the orders table; see `ports.journal.StreamLog`."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from ordermill.adapters.local.bulk import insert_rows
from ordermill.adapters.local.sql import queries
from ordermill.adapters.local.tables import decode_order
from ordermill.adapters.local.writeset import UndoLog
from ordermill.domain.events import OrderChange
from ordermill.domain.order import Order, Status
from ordermill.ports.journal import ChangeRecord, Parked, Position

_body = msgspec.json.Encoder().encode


def _record(row: Any) -> ChangeRecord:
    seq, event, old_version, old_status, body = row
    status = None if old_status is None else Status(old_status)
    return ChangeRecord(seq, OrderChange(event, old_version, status, decode_order(body)))


class LocalStreamLog:
    """Records are written with the change they tell of, in one transaction; numbers are never used twice."""

    def __init__(self, connection: sqlite3.Connection, undo: UndoLog, last_seq: int) -> None:
        self._connection, self._undo, self._last_seq = connection, undo, last_seq
        self._written: list[ChangeRecord] = []
        self._resent: list[tuple[Parked, ChangeRecord]] = []

    def append(self, change: OrderChange) -> None:
        """Write one record in the open transaction."""
        self._last_seq += 1
        self._undo.append(self._written, ChangeRecord(self._last_seq, change))

    def written(self) -> list[ChangeRecord]:
        """See `StreamLog.written`."""
        return self._written

    def after(self, seq: int, limit: int) -> list[ChangeRecord]:
        """See `StreamLog.after`."""
        return [_record(row) for row in self._connection.execute(queries()["changes_after"], (seq, limit))]

    def open(self, consumers: Sequence[str], draining: Sequence[str] = ()) -> dict[str, Position]:
        """See `StreamLog.open`. A consumer seen for the first time starts with what is written from now on."""
        execute = self._connection.execute
        known = {row[0]: row[1:] for row in execute(queries()["stream_positions"])}
        (last,) = execute(queries()["last_change"]).fetchone()
        opened: dict[str, Position] = {}
        for consumer in consumers:
            checkpoint, claimed_to, _ = known.get(consumer, (self._last_seq, self._last_seq, None))
            opened[consumer] = self._take_up(consumer, checkpoint, claimed_to, None)
        for consumer in known.keys() & set(draining):
            checkpoint, claimed_to, drain_to = known[consumer]
            end = max(claimed_to, last) if drain_to is None else drain_to
            position = self._take_up(consumer, checkpoint, claimed_to, end)
            if claimed_to < end or self.parked(consumer):
                opened[consumer] = position
            else:
                self.close(consumer)
        return opened

    def _take_up(self, consumer: str, checkpoint: int, claimed_to: int, drain_to: int | None) -> Position:
        execute = self._connection.execute
        if claimed_to > checkpoint:
            execute(queries()["park_claimed"], (consumer, 1, checkpoint, claimed_to))
        execute(queries()["open_position"], (consumer, claimed_to, claimed_to, drain_to))
        return Position(claimed_to, drain_to)

    def uncount(self, consumer: str, but: Iterable[str]) -> None:
        """See `StreamLog.uncount`: what was claimed is parked as if it never had been, which `open` leaves as it is."""
        self._connection.execute(queries()["uncount_parked"], (consumer, _body(list(but)).decode()))
        for name, checkpoint, claimed_to, _ in self._connection.execute(queries()["stream_positions"]).fetchall():
            if name == consumer:
                self._connection.execute(queries()["park_claimed"], (consumer, 0, checkpoint, claimed_to))

    def move(self, consumer: str, checkpoint: int, claimed_to: int) -> None:
        """See `StreamLog.move`."""
        self._connection.execute(queries()["set_position"], (checkpoint, claimed_to, consumer))

    def close(self, consumer: str) -> None:
        """See `StreamLog.close`."""
        self._connection.execute(queries()["remember_change"], (self._last_seq,))
        self._connection.execute(queries()["close_position"], (consumer,))

    def trim(self, up_to: int) -> None:
        """See `StreamLog.trim`."""
        self._connection.execute(queries()["trim_changes"], (up_to,))

    def parked(self, consumer: str) -> list[Parked]:
        """See `StreamLog.parked`."""
        return [Parked(*row) for row in self._connection.execute(queries()["parked"], (consumer,))]

    def resend(self, consumer: str, change: OrderChange, redrives: int) -> None:
        """See `StreamLog.resend`. It has a number of its own, as whatever a consumer takes."""
        self._last_seq += 1
        parked = Parked(consumer, self._last_seq, change.order.order_id, 0, None, redrives)
        self._undo.append(self._resent, (parked, ChangeRecord(self._last_seq, change)))

    def resent(self) -> list[tuple[Parked, ChangeRecord]]:
        """See `StreamLog.resent`."""
        return self._resent

    def read_parked(self, consumer: str, seq: int) -> ChangeRecord:
        """See `StreamLog.read_parked`."""
        return _record(self._connection.execute(queries()["parked_change"], (consumer, seq)).fetchone())

    def park(self, parked: Parked, record: ChangeRecord) -> None:
        """See `StreamLog.park`."""
        change = record.change
        self._connection.execute(
            queries()["park"],
            (
                *(parked.consumer, parked.seq, parked.order_id, change.event, change.old_version, change.old_status),
                *(_body(change.order), parked.receives, parked.retry_at, parked.redrives),
            ),
        )

    def unpark(self, consumer: str, seq: int) -> None:
        """See `StreamLog.unpark`."""
        self._connection.execute(queries()["unpark"], (consumer, seq))

    def flush(self, order_body: Callable[[Order], bytes]) -> None:
        """Write the records of the open transaction."""
        rows = [
            (
                record.seq,
                (change := record.change).order.order_id,
                change.event,
                change.old_version,
                None if change.old_status is None else change.old_status.value,
                order_body(change.order),
            )
            for record in self._written
        ]
        insert_rows(self._connection, "INSERT INTO changes (seq, order_id, event, old_version, old_status, body)", rows)
        for parked, record in self._resent:
            self.park(parked, record)
        if self._resent:
            self._connection.execute(queries()["remember_change"], (self._last_seq,))

    def settled(self) -> None:
        """After the commit."""
        self._written.clear()
        self._resent.clear()
