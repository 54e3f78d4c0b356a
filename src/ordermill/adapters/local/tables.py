"""The tables that functions write, as caches of domain values over SQL rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any, Final

import msgspec

from ordermill.adapters.local.bulk import insert_rows
from ordermill.adapters.local.image_rows import image_rows
from ordermill.adapters.local.sql import queries
from ordermill.adapters.local.writeset import Table, UndoLog
from ordermill.domain.archive import ArchivedOrder
from ordermill.domain.catalogue import Product, name_key
from ordermill.domain.dead_letters import DeadLetter
from ordermill.domain.events import OrderEvent
from ordermill.domain.mail import MailRecord
from ordermill.domain.order import Order
from ordermill.domain.order_list import email_key
from ordermill.ports.stores import Claim

_ORDERS_KEPT = 8192
_CLAIMS_KEPT = 8192
_CLAIMED_ORDERS_KEPT = 1024
_MAILS_KEPT = 4096
_ARCHIVED_KEPT = 256
_LETTERS_KEPT = 64
"""Few, as each may have 256 KiB."""

DELETED: Final = "DELETED"
"""The status under which a deleted order is in the file, so that no list finds it."""
NEVER: Final = 2**63 - 1

_encode = msgspec.json.Encoder().encode
decode_order = msgspec.json.Decoder(Order).decode
decode_event = msgspec.json.Decoder(OrderEvent).decode
_decode_letter = msgspec.json.Decoder(DeadLetter).decode
decode_archived = msgspec.json.Decoder(ArchivedOrder).decode
decode_mail = msgspec.json.Decoder(MailRecord).decode


def _order_of(row: Any) -> Order:
    return decode_order(row[1])


def _order_row(order: Order, body: bytes) -> tuple[object, ...]:
    email = email_key(order.email)
    status = order.status.value if order.deletion is None else DELETED
    return (order.order_id, order.version, status, order.created_at, order.customer_id, email, body)


def _mail_of(row: Any) -> MailRecord:
    return decode_mail(row[1])


def _product_row(product: Product) -> tuple[object, ...]:
    return (product.sku, product.name, product.price, product.currency, product.stock)


class Letter(msgspec.Struct, frozen=True):
    """A dead letter, and whether something is still to become of it."""

    letter: DeadLetter
    open: bool


def _letter_of(row: Any) -> Letter:
    return Letter(_decode_letter(row[1]), bool(row[2]))


def _letter_row(kept: Letter) -> tuple[object, ...]:
    letter = kept.letter
    return (letter.id, letter.queue, letter.order_id, kept.open, _encode(letter))


def _letters(undo: UndoLog) -> Table[str, Letter]:
    return Table(
        undo,
        upsert=(
            "INSERT INTO dead_letters (letter_id, queue, order_id, open, body)",
            " ON CONFLICT (letter_id) DO UPDATE SET open = excluded.open, body = excluded.body",
        ),
        select="SELECT letter_id, body, open FROM dead_letters WHERE letter_id IN",
        encode=_letter_row,
        decode=_letter_of,
        keep=_LETTERS_KEPT,
    )


def _archived_orders(undo: UndoLog) -> Table[str, ArchivedOrder]:
    return Table(
        undo,
        upsert=(
            "INSERT INTO archived_orders (order_id, deleted_at, customer_id, email_key, body)",
            (
                " ON CONFLICT (order_id) DO UPDATE SET customer_id = excluded.customer_id,"
                " email_key = excluded.email_key, body = excluded.body"
            ),
        ),
        select="SELECT order_id, body FROM archived_orders WHERE order_id IN",
        encode=lambda row: (row.order_id, row.deleted_at, row.customer_id, row.email, _encode(row)),
        decode=lambda row: decode_archived(row[1]),
        keep=_ARCHIVED_KEPT,
    )


def product_of(row: Any) -> Product:
    """The product of an `all_products` row."""
    return Product(*row)


class Tables:
    """Orders, claims and their orders, mails, dead letters, products: all of these, by sku and by name."""

    def __init__(self, undo: UndoLog, order_body: Callable[[Order], bytes]) -> None:
        self._undo = undo
        self.orders: Table[str, Order] = Table(
            undo,
            upsert=(
                # Or fail, not abort: nothing outlives a flush that fails, and so no statement need be undone alone. To
                # be able to, SQLite would copy every page before it writes to it, and each customer has a page.
                "INSERT OR FAIL INTO orders (order_id, version, status, created_at, customer_id, email_key, body)",
                (
                    " ON CONFLICT (order_id) DO UPDATE SET version = excluded.version, status = excluded.status,"
                    " body = excluded.body"
                ),
            ),
            select="SELECT order_id, body FROM orders WHERE order_id IN",
            encode=lambda order: _order_row(order, order_body(order)),
            decode=_order_of,
            keep=_ORDERS_KEPT,
        )
        self.claims: Table[str, Claim] = Table(
            undo,
            upsert=(
                "INSERT INTO idempotency (claim_key, fingerprint, order_id, expires_at)",
                (
                    " ON CONFLICT (claim_key) DO UPDATE SET fingerprint = excluded.fingerprint,"
                    " order_id = excluded.order_id, expires_at = excluded.expires_at"
                ),
            ),
            select="SELECT claim_key, fingerprint, order_id, expires_at FROM idempotency WHERE claim_key IN",
            encode=lambda claim: (claim.key, claim.fingerprint, claim.order_id, claim.expires_at),
            decode=lambda row: Claim(*row),
            keep=_CLAIMS_KEPT,
        )
        self.claimed_orders: Table[str, Order] = Table(
            undo,
            upsert=(
                "INSERT INTO claimed_orders (order_id, body)",
                " ON CONFLICT (order_id) DO UPDATE SET body = excluded.body",
            ),
            select="SELECT order_id, body FROM claimed_orders WHERE order_id IN",
            encode=lambda order: (order.order_id, order_body(order)),
            decode=_order_of,
            delete="DELETE FROM claimed_orders WHERE order_id IN",
            keep=_CLAIMED_ORDERS_KEPT,
        )
        self.mails: Table[str, MailRecord] = Table(
            undo,
            upsert=(
                "INSERT INTO mails (mail_id, order_id, status, body)",
                " ON CONFLICT (mail_id) DO UPDATE SET status = excluded.status, body = excluded.body",
            ),
            select="SELECT mail_id, body FROM mails WHERE mail_id IN",
            encode=lambda mail: (mail.mail_id, mail.order_id, mail.status, _encode(mail)),
            decode=_mail_of,
            keep=_MAILS_KEPT,
        )
        self.letters = _letters(undo)
        self.archived_orders = _archived_orders(undo)
        self.images = image_rows(undo)
        self._all = (
            *(self.orders, self.claims, self.claimed_orders, self.mails, self.letters),
            *(self.archived_orders, self.images),
        )
        self.products: dict[str, Product] = {}
        self.product_names: dict[str, str] = {}
        self._dirty_products: dict[str, None] = {}
        self._found_by: dict[str, tuple[str | None, str | None]] = {}
        self._hidden: dict[str, int] = {}

    def load(self, connection: sqlite3.Connection) -> None:
        """Read the catalogue."""
        self.products = {row[0]: product_of(row) for row in connection.execute(queries()["all_products"])}
        self.product_names = {name_key(product.name): sku for sku, product in self.products.items()}

    def put_order(self, before: Order, order: Order, *, expires_at: int = NEVER) -> None:
        """Replace an order; one that is deleted stays until `expires_at`."""
        self.orders.put(order.order_id, order)
        # The upsert leaves the keys alone: naming them would write their indexes anew at every step of every order.
        if (order.customer_id, order.email) != (before.customer_id, before.email):
            self._undo.put(self._found_by, order.order_id, (order.customer_id, email_key(order.email)))
        if order.deletion is not None:
            self._undo.put(self._hidden, order.order_id, expires_at)

    def put_product(self, product: Product) -> None:
        """Insert or replace by sku; a former name no longer finds it."""
        undo, before = self._undo, self.products.get(product.sku)
        if before is not None and self.product_names.get(name_key(before.name)) == product.sku:
            undo.put(self.product_names, name_key(before.name), "")
        undo.put(self.product_names, name_key(product.name), product.sku)
        undo.put(self.products, product.sku, product)
        undo.put(self._dirty_products, product.sku, None)

    def flush(self, connection: sqlite3.Connection) -> None:
        """Write what is dirty."""
        self.orders.flush(connection)
        for order_id, keys in self._found_by.items():
            connection.execute(queries()["set_found_by"], (*keys, order_id))
        for order_id, expires_at in self._hidden.items():
            connection.execute(queries()["hide_order"], (expires_at, order_id))
        self.claims.flush(connection)
        self.claimed_orders.flush(connection)
        self.mails.flush(connection)
        self.letters.flush(connection)
        self.archived_orders.flush(connection)
        self.images.flush(connection)
        insert_rows(
            connection,
            "INSERT INTO products (sku, name, price, currency, stock)",
            [_product_row(self.products[sku]) for sku in self._dirty_products],
            tail=" ON CONFLICT (sku) DO UPDATE SET name = excluded.name, price = excluded.price,"
            " currency = excluded.currency, stock = excluded.stock",
        )

    def settled(self) -> None:
        """After the commit."""
        for table in self._all:
            table.settled()
        self._dirty_products.clear()
        self._found_by.clear()
        self._hidden.clear()

    def forget(self, connection: sqlite3.Connection) -> None:
        """After an abort: nothing in memory is trusted."""
        for table in self._all:
            table.forget()
        self._dirty_products.clear()
        self._found_by.clear()
        self._hidden.clear()
        self.load(connection)


class EventRows:
    """The event log of the open transaction; written in bulk, a repeat of `orderId` and `seq` changes nothing."""

    def __init__(self, undo: UndoLog) -> None:
        self._undo = undo
        self._events: list[OrderEvent] = []

    def append(self, event: OrderEvent) -> None:
        """Log one event."""
        self._undo.append(self._events, event)

    def flush(self, connection: sqlite3.Connection) -> None:
        """Write them."""
        rows = [(event.subject, event.data.seq, event.type.value, _encode(event)) for event in self._events]
        insert_rows(
            connection,
            "INSERT INTO events (order_id, seq, type, body)",
            rows,
            tail=" ON CONFLICT (order_id, seq) DO NOTHING",
        )

    def settled(self) -> None:
        """After the commit."""
        self._events.clear()
