"""What is planted in a copy of a sound directory, and what the auditor is to say of it."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from tests.audit.attempts import Attempt, Json

BODIES: dict[str, Json] = {
    "plain": {"items": [{"product": "Widget", "quantity": 2, "unitPrice": "9.99"}], "email": "a@example.org"},
    "keyed": {"items": [{"product": "Widget", "quantity": 1, "unitPrice": "1.00"}], "note": "as sent"},
    "counted": {"items": [{"sku": "CHAIR-ERGO", "quantity": 3}], "email": "b@example.org"},
    "declined": {
        "items": [{"sku": "CHAIR-ERGO", "quantity": 1}],
        "paymentToken": "tok_decline",
        "email": "c@d.example",
    },
    "cancelled": {"items": [{"sku": "CHAIR-ERGO", "quantity": 2}], "email": "d@example.org"},
    "scarce": {"items": [{"sku": "CHAIR-ERGO", "quantity": 500}]},
    "failing": {"items": [{"product": "Widget", "quantity": 1, "unitPrice": "5.00"}], "paymentToken": "tok_error"},
}
REFUSED: Json = {"items": [], "customerName": "refused"}


class Sound(NamedTuple):
    """A directory that settled, and what its client knows."""

    data: Path
    attempts: list[Attempt]


class Case:
    """A copy to plant something in."""

    def __init__(self, data: Path, attempts: list[Attempt]) -> None:
        self.data, self.attempts = data, attempts

    def id_of(self, marker: str) -> str:
        order_id = next(attempt.order_id for attempt in self.attempts if attempt.marker == marker)
        assert order_id is not None
        return order_id

    def sql(self, statement: str, *parameters: object, file: str = "ordermill.db") -> None:
        with closing(sqlite3.connect(self.data / file, isolation_level=None)) as db:
            assert db.execute(statement, parameters).rowcount != 0, "nothing was planted"

    def order(self, marker: str) -> Json:
        with closing(sqlite3.connect(self.data / "ordermill.db")) as db:
            row = db.execute("SELECT body FROM orders WHERE order_id = ?", (self.id_of(marker),)).fetchone()
        order: Json = json.loads(row[0])
        return order

    def put(self, order: Json) -> None:
        """In the place of the order with its id."""
        self.sql(
            "UPDATE orders SET version = ?, status = ?, body = ? WHERE order_id = ?",
            *(order["version"], order["status"], json.dumps(order).encode(), order["orderId"]),
        )

    def add(self, like: str, order: Json) -> None:
        """As a further row, whose other columns are like those of that order's."""
        with closing(sqlite3.connect(self.data / "ordermill.db", isolation_level=None)) as db:
            db.execute("CREATE TEMP TABLE added AS SELECT * FROM orders WHERE order_id = ?", (self.id_of(like),))
            db.execute("UPDATE added SET num = NULL, order_id = ?", (order["orderId"],))
            db.execute("INSERT INTO orders SELECT * FROM added")
        self.put(order)

    def edit(self, marker: str, **members: Any) -> None:
        self.put(self.order(marker) | members)

    def mail_of(self, marker: str) -> Path:
        (path,) = (self.data / "mail").glob(f"{self.id_of(marker)}-*.eml")
        return path

    def charge(self, key: str, order_id: str, amount: int = 100, kind: str = "charge") -> None:
        self.sql(
            "INSERT INTO ledger VALUES (?, 9, 'pay_x', ?, ?, ?, 'USD', 'approved', 'tok_approve', 1)",
            *(key, order_id, kind, amount),
            file="ordermill.db.payments",
        )

    def bury(self, marker: str, function: str, receives: int, payload: Json) -> None:
        letter = {"queue": "q", "function": function, "orderId": self.id_of(marker), "error": "E", "payload": payload}
        body = json.dumps(letter | {"receives": receives}).encode()
        self.sql("INSERT INTO dead_letters (letter_id, queue, open, body) VALUES ('x', 'q', 1, ?)", body)


Plant = Callable[[Case], object]


def _answered_as(marker: str, **members: Any) -> Plant:
    """The client knows something else of that attempt."""

    def plant(case: Case) -> None:
        for number, attempt in enumerate(case.attempts):
            if attempt.marker == marker:
                case.attempts[number] = replace(attempt, **members)

    return plant


def _second_of(marker: str, **members: Any) -> Plant:
    """A second order, but for `members` the same."""
    return lambda case: case.add(marker, case.order(marker) | {"orderId": "ord_second"} | members)


def _history(change: Callable[[list[Json]], object]) -> Plant:
    def plant(case: Case) -> None:
        history = deepcopy(case.order("plain")["history"])
        change(history)
        case.edit("plain", history=history)

    return plant


def _message(queue: str, receives: int) -> Plant:
    body = b'{"type": "OrderProcessed", "event": "OrderProcessed", "data": {"seq": 4}}'
    statement = "INSERT INTO messages (queue, order_id, body, sent_at, receives) VALUES (?, 'o', ?, 0, ?)"
    return lambda case: case.sql(statement, queue, body, receives)


def _change(seq: int, table: str = "changes", marker: str = "plain", **members: Any) -> Plant:
    def plant(case: Case) -> None:
        order = case.order(marker) | members
        row = (seq, order["orderId"], "MODIFY", 2, json.dumps(order).encode())
        if table == "changes":
            case.sql("INSERT INTO changes (seq, order_id, event, old_version, body) VALUES (?, ?, ?, ?, ?)", *row)
        else:
            case.sql(
                "INSERT INTO stream_parked (seq, order_id, event, old_version, body, consumer, receives)"
                " VALUES (?, ?, ?, ?, ?, 'process_order', 6)",
                *row,
            )

    return plant


def _unfinished(case: Case) -> None:
    """As if its change record had been lost before it was processed."""
    order = case.order("keyed")
    case.put(order | {"status": "PENDING", "version": 1, "history": order["history"][:1]})


PLANTED: dict[str, tuple[Plant, str]] = {
    "a lost order": (
        lambda case: case.sql("DELETE FROM orders WHERE order_id = ?", case.id_of("plain")),
        "was accepted and is not there",
    ),
    "another's order": (_answered_as("plain", order_id="ord_none"), "ord_none of 'plain' was accepted and is not"),
    "altered text": (lambda case: case.edit("keyed", note="altered"), "differs from what was sent: note"),
    "an altered line": (
        lambda case: case.edit("plain", items=[case.order("plain")["items"][0] | {"quantity": 1, "unitPrice": 1998}]),
        "differs from what was sent: line 0",
    ),
    "a stored refusal": (_second_of("plain", customerName="refused"), "'refused' was refused and is there"),
    "an order of nobody's": (_second_of("plain", customerName="nobody"), "were never asked for"),
    "a doubled order": (_second_of("plain"), "'plain' is there more often than it was sent"),
    "two orders of a key": (_second_of("keyed"), "key 'the-key' made 2 orders"),
    "two answers to a key": (
        lambda case: case.attempts.append(replace(case.attempts[1], token="another")),
        "key 'the-key' was answered differently",
    ),
    "a lost claim": (lambda case: case.sql("DELETE FROM idempotency WHERE 1"), "is not claimed"),
    "a claim of nothing": (
        lambda case: case.sql("UPDATE idempotency SET order_id = 'ord_none' WHERE 1"),
        "is of ord_none, which is not there",
    ),
    "a gap in a history": (_history(lambda entries: entries.pop(1)), "has a gap in its history"),
    "another version": (lambda case: case.edit("plain", version=7), "unlike its history"),
    "another status": (lambda case: case.edit("plain", status="SHIPPED"), "unlike its history"),
    "a step that is none": (_history(lambda entries: entries[1].update(status="PROCESSED")), "took ['PENDING', 'PROC"),
    "a change that was lost": (_change(10**6, note="later"), "differs from its last change record"),
    "a wrong total": (lambda case: case.edit("plain", total=1), "has a total of 1, its lines make 1998"),
    "less captured": (
        lambda case: case.edit("plain", payment={"status": "CAPTURED", "captured": 1, "refunded": 0}),
        "it says 1 paid, the gateway 1998",
    ),
    "a charge that never was": (
        lambda case: case.sql(
            "DELETE FROM ledger WHERE order_id = ?", case.id_of("plain"), file="ordermill.db.payments"
        ),
        "it says 1998 paid, the gateway 0",
    ),
    "a second charge": (
        lambda case: case.charge(f"{case.id_of('plain')}/1", case.id_of("plain"), 1998),
        "has 2 answers to its charge",
    ),
    "a charge without intent": (
        lambda case: case.charge(f"{case.id_of('plain')}/2", case.id_of("plain"), 1998),
        "was charged without a recorded intent",
    ),
    "a charge of a rejected order": (
        lambda case: case.charge(f"{case.id_of('declined')}/1", case.id_of("declined"), 38900),
        "is REJECTED of 38900; it says 0 paid, the gateway 38900",
    ),
    "a void of a live order": (
        lambda case: case.charge(f"{case.id_of('plain')}/1", case.id_of("plain"), 1998, "void"),
        "was voided and its order had not left",
    ),
    "a second void": (
        lambda case: case.charge(f"{case.id_of('cancelled')}/1", case.id_of("cancelled"), 77800, "void"),
        "has 2 answers to its void",
    ),
    "a refund that never was": (
        lambda case: case.sql("DELETE FROM ledger WHERE kind = 'void'", file="ordermill.db.payments"),
        "is CANCELLED of 77800; it says 0 paid, the gateway 77800",
    ),
    "a refund that is not recorded": (
        lambda case: case.edit("cancelled", compensation="RUNNING", charges=[f"{case.id_of('cancelled')}/1"]),
        "has its compensation RUNNING and nothing is left to settle it",
    ),
    "a refund that is not over": (
        lambda case: case.edit("cancelled", compensation="STUCK"),
        "is left with its compensation STUCK",
    ),
    "a debt without its key": (
        lambda case: case.edit("cancelled", compensation="RUNNING"),
        "is CANCELLED, its compensation RUNNING of []",
    ),
    "a live order that is refunded": (
        lambda case: case.edit("plain", compensation="DONE"),
        "is PROCESSED, its compensation DONE",
    ),
    "an attempt that never was": (lambda case: case.edit("plain", attempt=2), "is at attempt 2, unlike its history"),
    "a status taken by an edit": (
        _history(lambda entries: entries[3].update(changed=["note"])),
        "took PROCESSED by an edit",
    ),
    "stock of a cancelled order held": (
        lambda case: case.edit("cancelled", stockReserved=True),
        "is CANCELLED, and its stock is held",
    ),
    "a charge of another amount": (
        lambda case: case.charge(f"{case.id_of('failing')}/1", case.id_of("failing"), 7),
        "moved 7 USD, the order is 500 USD",
    ),
    "a charge for nothing": (lambda case: case.charge("ord_none/1", "ord_none"), "which is not there"),
    "stock that went": (
        lambda case: case.sql("UPDATE products SET stock = stock - 1 WHERE sku = 'CHAIR-ERGO'"),
        "stock of CHAIR-ERGO is 21; 25 less 3 held is 22",
    ),
    "stock not held": (lambda case: case.edit("counted", stockReserved=False), "its stock is not held"),
    "a lost event": (
        lambda case: case.sql("DELETE FROM events WHERE seq = 2 AND order_id = ?", case.id_of("plain")),
        "is nowhere",
    ),
    "an altered event": (
        lambda case: case.sql("UPDATE events SET type = 'OrderPaid' WHERE seq = 1"),
        "is unlike its history: type 'OrderPaid' for 'OrderCreated'",
    ),
    "an event too many": (
        lambda case: case.sql("INSERT INTO events SELECT NULL, order_id, 9, type, body FROM events WHERE seq = 4"),
        "has events [9] beyond its history",
    ),
    "an event of nothing": (
        lambda case: case.sql("UPDATE events SET order_id = 'ord_none' WHERE num = 1"),
        "ord_none has events and is not there",
    ),
    "an order without its record": (_unfinished, "is PENDING and nothing is left to complete it"),
    "a lost mail": (lambda case: case.mail_of("plain").unlink(), "counts as sent and has no file"),
    "a mail twice": (
        lambda case: shutil.copy(case.mail_of("plain"), case.data / "mail" / "again.eml"),
        "again.eml is about",
    ),
    "a mail never sent": (
        lambda case: case.sql("UPDATE mails SET status = 'QUEUED' WHERE status = 'SENT'"),
        "is QUEUED and nothing is left to send it",
    ),
    "a mail that nothing called for": (
        lambda case: case.sql("UPDATE mails SET mail_id = 'ord_none-OrderProcessed' WHERE num = 1"),
        "is recorded and nothing called for it",
    ),
    "a mail to nobody": (
        lambda case: shutil.copy(
            case.mail_of("plain"), case.data / "mail" / f"{case.id_of('keyed')}-OrderProcessed.eml"
        ),
        "has no address and a file",
    ),
    "half a mail": (lambda case: (case.data / "mail" / ".ordermill-1.part").touch(), "is left in the mail folder"),
    "a message left": (_message("record-order-event", 0), "is left in record-order-event"),
    "a message received too often": (_message("mail-queue", 6), "was received 6 times"),
    "a parked change": (_change(1, "parked"), "is left with process_order"),
    "a change received too often": (_change(1, "parked"), "was received 6 times by process_order"),
    "a parked change of the future": (_change(10**6, "parked"), "was not claimed"),
    "a change not consumed": (_change(10**6), "stands at"),
    "a gap in the stream": (
        lambda case: (_change(10**6)(case), _change(10**6 + 2)(case)),
        "has gaps between",
    ),
    "a checkpoint ahead": (
        lambda case: case.sql("UPDATE stream_positions SET checkpoint = claimed_to + 1 WHERE 1"),
        "beyond",
    ),
    "given up without a cause": (
        lambda case: case.bury("plain", "process_order", 5, {"oldVersion": 0, "order": {"version": 1}}),
        "without a cause",
    ),
    "given up too early": (
        lambda case: case.bury("failing", "process_order", 3, {"oldVersion": 7, "order": {"version": 1}}),
        "after 3 receives",
    ),
    "given up twice": (
        lambda case: case.sql(
            "INSERT INTO dead_letters (letter_id, queue, open, body) SELECT 'x', queue, 1, body FROM dead_letters"
        ),
        "was given up 2 times",
    ),
}

UNDONE: dict[str, tuple[Plant, str]] = {
    "a history rewritten": (_history(lambda entries: entries[0].update(at=1)), "had another history before"),
    "an order gone": (
        lambda case: case.sql("DELETE FROM orders WHERE order_id = ?", case.id_of("plain")),
        "had another history before",
    ),
    "a checkpoint back": (
        lambda case: case.sql("UPDATE stream_positions SET checkpoint = checkpoint - 1 WHERE 1"),
        "went back from",
    ),
    "a claim gone": (lambda case: case.sql("DELETE FROM idempotency WHERE 1"), "a claim is gone"),
    "an event gone": (lambda case: case.sql("DELETE FROM events WHERE seq = 4"), "a event is gone"),
    "a ledger row gone": (
        lambda case: case.sql("DELETE FROM ledger WHERE 1", file="ordermill.db.payments"),
        "a ledger row is gone",
    ),
    "a mail altered": (lambda case: case.mail_of("plain").write_bytes(b"X-Ordermill-Order: o\n\n"), "a mail is gone"),
    "a dead letter gone": (lambda case: case.sql("DELETE FROM dead_letters WHERE 1"), "dead letters are gone"),
}
