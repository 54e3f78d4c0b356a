"""The tables: each write is one atomic operation, and raises on conflict instead of overwriting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from ordermill.domain.alert_log import AlertRecord
from ordermill.domain.catalogue import Product
from ordermill.domain.dead_letters import DeadLetter
from ordermill.domain.events import OrderEvent
from ordermill.domain.mail import MailRecord
from ordermill.domain.order import Order
from ordermill.domain.order_list import OrderFilter, OrderPage


class Claim(msgspec.Struct, frozen=True, gc=False):
    """What takes an idempotency key for an order, until `expires_at` (epoch ms).

    `order` is the order as it was accepted where the key is taken before there is a record of it, else None.
    """

    key: str
    fingerprint: str
    order_id: str
    expires_at: int
    order: Order | None = None


class StockMovement(msgspec.Struct, frozen=True, gc=False):
    """The part that takes `quantities` (sku to units) out of the stock, or puts them back where negative."""

    quantities: dict[str, int]


class LetterChange(msgspec.Struct, frozen=True):
    """The part that `keeps` a dead letter with its order's failure, or `closes` an order's letters with its retry."""

    keeps: DeadLetter | None = None
    closes: str | None = None


class OrderStore(Protocol):
    """Table `orders`. Every write leaves one record in the change stream, in the same transaction."""

    def read(self, order_id: str) -> Order | None:
        """The order as of the last write, or None."""
        ...

    def list(self, filter_: OrderFilter, limit: int, after: str | None = None) -> OrderPage:
        """At most `limit` of the filter's orders, newest first, from the position `after` of the page before.

        Deleted ones are in no list.

        Reads what is committed: a write of the same function may not show yet, and on AWS, where a list lags behind its
        table by moments, nor may one of others. Each page is read for itself; whoever goes from page to page meets
        every order that was there at the start, and matches all the while, exactly once, whatever is added, changed or
        deleted meanwhile. Raises InvalidCursor where `after` is no position.
        """
        ...

    def of_customer(self, customer: str, limit: int, after: str | None = None) -> OrderPage:
        """As `list` of the customer's orders, with those that were deleted and are not archived yet."""
        ...

    def create(
        self,
        order: Order,
        claim: Claim | None = None,
        *,
        stock: StockMovement | None = None,
        letters: LetterChange | None = None,
    ) -> None:
        """Insert the order, taking its idempotency key, moving stock and keeping a dead letter with it.

        Raises AlreadyClaimed if an unexpired claim holds the key, Conflict if the order id exists, OutOfStock if a
        counted product would go below zero.
        """
        ...

    def update(
        self,
        order: Order,
        *,
        expect: int,
        stock: StockMovement | None = None,
        letters: LetterChange | None = None,
    ) -> None:
        """Replace the order if its version is still `expect`, moving stock and changing dead letters with it.

        Raises Conflict on another version, OutOfStock if a counted product would go below zero.
        """
        ...

    def forget(self, order_id: str, *, expect: int) -> None:
        """Leave no more than a stub of a tombstone, if its version is still `expect`; again changes nothing.

        `read` gives the stub for `STUB_KEPT_MS`. Raises Conflict on another version, or where it is no tombstone.
        """
        ...


class OldOrders(Protocol):
    """Table `orders`, as far as whoever looks for orders that stand still asks for it."""

    def read(self, order_id: str) -> Order | None:
        """See `OrderStore.read`."""
        ...

    def oldest(self, filter_: OrderFilter, limit: int, after: str | None = None) -> OrderPage:
        """As `OrderStore.list`, the other way round, for a filter with a status."""
        ...


class ClaimStore(Protocol):
    """Table `idempotency`: which key made which order, compared by time, never by a sweep."""

    def read(self, key: str) -> Claim | None:
        """The claim on `key`, expired or not, or None."""
        ...

    def claim(self, key: str, fingerprint: str, order_id: str, expires_at: int) -> Claim:
        """The part that takes `key`; see `OrderStore.create`."""
        ...

    def take(self, claim: Claim) -> None:
        """Take the key by itself, before there is a record. Raises AlreadyClaimed if an unexpired claim holds it."""
        ...


class ProductStore(Protocol):
    """Table `products`: the catalogue."""

    def find(self, sku: str | None, name: str | None) -> Product | None:
        """The product with that sku, else the one with that name in any case, else None.

        On AWS a name is known a moment after it was put.
        """
        ...

    def list(self) -> Sequence[Product]:
        """All products, by sku."""
        ...

    def put(self, products: Sequence[Product]) -> None:
        """Insert or replace by sku; each product is atomic, and locally all of them together."""
        ...

    def reserve(self, quantities: dict[str, int]) -> StockMovement:
        """The part that moves stock; see `OrderStore.update`."""
        ...


class EventLog(Protocol):
    """Table `events`: the permanent log, by order and `seq`."""

    def append(self, event: OrderEvent) -> None:
        """Store the event; the same `orderId` and `seq` again changes nothing."""
        ...

    def redact(self, order_id: str) -> None:
        """Leave out of the order's events, as committed, what somebody typed: see `erased_event`."""
        ...


class MailPage(msgspec.Struct, frozen=True):
    """Mails, newest first; `after` is where the next page begins, None on the last."""

    mails: tuple[MailRecord, ...]
    after: str | None


class MailStore(Protocol):
    """Table `mails`: what was or is to be sent to whom, once per order and event."""

    def read(self, mail_id: str) -> MailRecord | None:
        """The record, or None."""
        ...

    def list(self, limit: int, after: str | None = None, *, order_id: str | None = None) -> MailPage:
        """At most `limit` records, newest first, of one order or of all; committed ones. Raises InvalidCursor."""
        ...

    def put(self, record: MailRecord) -> None:
        """Insert or replace the record by its id."""
        ...


class LetterPage(msgspec.Struct, frozen=True):
    """Dead letters in the order asked for; `after` is where the next page begins, None on the last."""

    letters: tuple[DeadLetter, ...]
    after: str | None


class DeadLetterStore(Protocol):
    """Table `dead_letters`: open until redriven, or until their order goes on."""

    def read(self, letter_id: str) -> DeadLetter | None:
        """The letter while it is open, or None."""
        ...

    def known(self, letter_id: str) -> bool:
        """Whether the letter was ever kept, open or not."""
        ...

    def list(
        self, limit: int, after: str | None = None, *, queue: str | None = None, oldest: bool = False
    ) -> LetterPage:
        """At most `limit` open letters of one queue or of all, newest first, or `oldest` first. Raises InvalidCursor.

        Reads what is committed: what the same function kept or closed may not show yet.
        """
        ...

    def count(self, queue: str | None = None) -> int:
        """How many letters of one queue, or of all, are open, as committed."""
        ...

    def append(self, letter: DeadLetter) -> None:
        """Keep a letter by itself; one that was ever kept changes nothing."""
        ...

    def close(self, letter_id: str) -> None:
        """It was sent on; again changes nothing."""
        ...

    def of_order(
        self, order_id: str | None, limit: int, after: str | None = None, *, closed: bool = True
    ) -> LetterPage:
        """At most `limit` letters about one order, or about none, newest first; committed ones.

        Without `closed`, those about one order that are open alone.
        Raises InvalidCursor where `after` is no position.
        """
        ...

    def erase(self, letter: DeadLetter) -> None:
        """Leave no more than this of the letter with its id, and close it. Nothing where there is none."""
        ...

    def keep(self, letter: DeadLetter) -> LetterChange:
        """The part that keeps a letter with its order's failure; see `OrderStore.update`."""
        ...

    def resolve(self, order_id: str) -> LetterChange:
        """The part that closes the letters of an order's processing with its retry; see `OrderStore.update`."""
        ...


class AlertPage(msgspec.Struct, frozen=True):
    """Alerts, newest first; `after` is where the next page begins, None on the last."""

    alerts: tuple[AlertRecord, ...]
    after: str | None


class AlertLog(Protocol):
    """Table `alert-log`: alerts, of each kind and minute one record; old ones make room."""

    def read(self, alert_id: str) -> AlertRecord | None:
        """The record, or None."""
        ...

    def put(self, record: AlertRecord) -> None:
        """Insert or replace the record by its id.

        Old ones make room: locally the oldest beyond some ten thousand, on AWS what was put last 90 days ago.
        """
        ...

    def list(self, limit: int, after: str | None = None, *, order_id: str | None = None) -> AlertPage:
        """At most `limit`, newest first: all, or those that began with one order. Raises InvalidCursor."""
        ...
