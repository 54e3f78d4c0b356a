"""Everything that a data directory holds, as plain values; reading leaves the files as they are."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from email import message_from_bytes
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from tests.audit.archived import restored
from tests.audit.attempts import Json

T = TypeVar("T")

# A letter is in a queue before it is kept.
_DEAD = "SELECT body FROM dead_letters UNION ALL SELECT body FROM messages WHERE queue = 'dead-letters'"


class Claim(NamedTuple):
    claim_key: str
    order_id: str


class Event(NamedTuple):
    order_id: str
    seq: int
    type: str
    body: Json


class Message(NamedTuple):
    """A message of any queue; `body` is an order event or a mail."""

    id: int
    queue: str
    order_id: str | None
    receives: int
    retry_at: int | None
    body: Json


class Change(NamedTuple):
    """A change record; of a parked one `consumer` has it, and its receives."""

    seq: int
    order_id: str
    event: str
    old_version: int
    consumer: str
    receives: int
    order: Json


class Position(NamedTuple):
    consumer: str
    checkpoint: int
    claimed_to: int
    drain_to: int | None


class Execution(NamedTuple):
    """One that waits, and the order that it makes."""

    execution_id: str
    order_id: str | None


class Charge(NamedTuple):
    """One row of the gateway's ledger."""

    key: str
    order_id: str
    kind: str
    amount: int
    currency: str | None
    outcome: str


class MailFile(NamedTuple):
    name: str
    order_id: str
    event: str
    data: bytes


@dataclass(slots=True)
class Snapshot:
    """One moment of a data directory. `integrity` is what SQLite says of each file that is not whole.

    `orders` has those of which a stub is left as the archive has them; `stubs` are these as they are in the file.
    """

    orders: dict[str, Json]
    claims: list[Claim]
    stock: dict[str, int | None]
    events: list[Event]
    mails: dict[str, str]
    messages: list[Message]
    dead: list[Json]
    changes: list[Change]
    parked: list[Change]
    positions: dict[str, Position]
    running: list[Execution]
    ledger: list[Charge]
    files: list[MailFile]
    strays: list[str]
    integrity: list[str]
    stubs: dict[str, Json]
    archived: dict[str, Json]
    archive_rows: set[str]


def take(data: Path, *, mail: Path | None = None, payments: Path | None = None) -> Snapshot:
    """The directory as it is now, its server running or not; another place of mail or payments can be named.

    The orders are read first: what the gateway and the mail folder hold can only be more recent.
    """
    mail, payments = mail or data / "mail", payments or data / "ordermill.db.payments"
    with closing(_open(data / "ordermill.db")) as db:
        db.execute("BEGIN")
        snapshot = _orders_file(db)
    if payments.exists():
        with closing(_open(payments)) as db:
            columns = ", ".join(Charge._fields)
            snapshot.ledger = [Charge(*row) for row in _rows(db, f"SELECT {columns} FROM ledger ORDER BY key, seq")]
            snapshot.integrity += _integrity(db, payments.name)
    snapshot.files = [_mail_of(path) for path in sorted(mail.glob("*.eml"))]
    snapshot.strays = [path.name for path in sorted(mail.glob("*")) if path.suffix != ".eml"]
    _read_archive(snapshot, data / "objects" / "archive")
    return snapshot


def _orders_file(db: sqlite3.Connection) -> Snapshot:
    return Snapshot(
        orders={order_id: json.loads(body) for order_id, body in _rows(db, "SELECT order_id, body FROM orders")},
        claims=[Claim(*row) for row in _rows(db, "SELECT claim_key, order_id FROM idempotency")],
        stock=dict(_rows(db, "SELECT sku, stock FROM products")),
        events=_decoded(db, Event, "SELECT order_id, seq, type, body FROM events ORDER BY order_id, seq"),
        mails=dict(_rows(db, "SELECT mail_id, status FROM mails")),
        messages=_decoded(db, Message, "SELECT id, queue, order_id, receives, retry_at, body FROM messages"),
        dead=[json.loads(body) for (body,) in _rows(db, _DEAD)],
        changes=_decoded(db, Change, "SELECT seq, order_id, event, old_version, '', 0, body FROM changes ORDER BY seq"),
        parked=_decoded(
            db, Change, "SELECT seq, order_id, event, old_version, consumer, receives, body FROM stream_parked"
        ),
        positions={row[0]: Position(*row) for row in _rows(db, "SELECT * FROM stream_positions")},
        running=[
            Execution(*row)
            for row in _rows(db, "SELECT execution_id, order_id FROM executions WHERE status = 'RUNNING'")
        ],
        ledger=[],
        files=[],
        strays=[],
        integrity=_integrity(db, "ordermill.db"),
        stubs={},
        archived={},
        archive_rows={order_id for (order_id,) in _rows(db, "SELECT order_id FROM archived_orders")},
    )


def _read_archive(snapshot: Snapshot, folder: Path) -> None:
    # Their last line is the store's own.
    snapshot.archived = {
        path.stem: json.loads(path.read_bytes().splitlines()[0]) for path in sorted(folder.glob("*.json"))
    }
    for order_id, order in snapshot.orders.items():
        if order.get("deletion") is not None and not order["history"]:
            snapshot.stubs[order_id] = order
            if order_id in snapshot.archived:
                snapshot.orders[order_id] = restored(order, snapshot.archived[order_id], snapshot.stock)


def _decoded(db: sqlite3.Connection, make: Callable[..., T], sql: str) -> list[T]:
    """The rows, of which the last column is JSON."""
    return [make(*row[:-1], json.loads(row[-1])) for row in _rows(db, sql)]


def _open(path: Path) -> sqlite3.Connection:
    # Read-only: the last connection to close would otherwise take the write-ahead log away.
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=5, isolation_level=None)


def _rows(db: sqlite3.Connection, sql: str) -> Iterator[Any]:
    """The rows; none where a crash at the first start left no tables."""
    try:
        return iter(db.execute(sql).fetchall())
    except sqlite3.OperationalError as error:
        if "no such table" not in str(error):
            raise
        return iter(())


def _integrity(db: sqlite3.Connection, name: str) -> list[str]:
    return [f"{name}: {text}" for (text,) in db.execute("PRAGMA integrity_check") if text != "ok"]


def _mail_of(path: Path) -> MailFile:
    data = path.read_bytes()
    mail = message_from_bytes(data)
    return MailFile(path.name, str(mail["X-Ordermill-Order"]), str(mail["X-Ordermill-Event"]), data)
