"""All that is durable about the way of one order, read at one moment."""

from __future__ import annotations

import sqlite3
import sys
from typing import Any

import msgspec

from ordermill.adapters.local.attempts import KEPT_OF_ORDER, decode_attempt
from ordermill.adapters.local.readers import Readers
from ordermill.adapters.local.sql import queries
from ordermill.adapters.local.tables import decode_event, decode_mail, decode_order
from ordermill.domain.deletion import present
from ordermill.domain.events import OrderEvent
from ordermill.domain.mail import MailRecord
from ordermill.domain.order import Order
from ordermill.ports.journal import FailedAttempt


class Trace(msgspec.Struct, frozen=True):
    """What an order's way has left: lists in the order they were written.

    `order` is as it was accepted where it is not `stored` yet, and None where nothing but failures is known of it.
    `given_up` names the function of each dead letter that is open.
    """

    order: Order | None
    stored: bool
    failed: tuple[FailedAttempt, ...] = ()
    events: tuple[OrderEvent, ...] = ()
    mails: tuple[MailRecord, ...] = ()
    given_up: tuple[str, ...] = ()


class ReadTraces:
    """Reads on the connection of the calling thread."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers

    def read(self, order_id: str) -> Trace | None:
        """The order's trace; None where nothing is known of such an order, or it was deleted."""
        with self._readers.snapshot() as connection:
            stored = _first(connection, queries()["order_by_id"], order_id)
            body = stored or _first(connection, queries()["claimed_order"], order_id)
            failed = [row[0] for row in connection.execute(queries()["attempts_of_order"], (order_id, KEPT_OF_ORDER))]
            order = None if body is None else decode_order(body)
            if (order is None and not failed) or (order is not None and present(order) is None):
                return None
            events = [row[1] for row in connection.execute(queries()["events_of_order"], (order_id, 0, sys.maxsize))]
            mails = [row[0] for row in connection.execute(queries()["mails_of_order"], (order_id,))]
            given_up = tuple(row[0] for row in connection.execute(queries()["given_up_of_order"], (order_id,)))
        return Trace(
            order,
            stored is not None,
            tuple(decode_attempt(row) for row in failed),
            tuple(decode_event(row) for row in events),
            tuple(decode_mail(row) for row in mails),
            given_up,
        )


def _first(connection: sqlite3.Connection, statement: str, order_id: str) -> Any:
    row = connection.execute(statement, (order_id,)).fetchone()
    return None if row is None else row[0]
