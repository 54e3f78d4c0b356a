"""The table ports, inside the engine's transaction; see `ports.stores` for what each verb promises."""

from __future__ import annotations

import builtins
from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from ordermill.adapters.local.letters import change_letters
from ordermill.adapters.local.mail_list import read_mails
from ordermill.adapters.local.order_pages import read_page
from ordermill.adapters.local.sql import queries
from ordermill.adapters.local.store import LocalStore
from ordermill.adapters.local.tables import NEVER, decode_event
from ordermill.domain.catalogue import Product, name_key
from ordermill.domain.deletion import STUB_KEPT_MS, is_stub, stub
from ordermill.domain.erasure import erased_event
from ordermill.domain.errors import AlreadyClaimed, Conflict, OutOfStock
from ordermill.domain.events import OrderChange, OrderEvent
from ordermill.domain.mail import MailRecord
from ordermill.domain.order import Order
from ordermill.domain.order_list import OrderFilter, OrderPage
from ordermill.ports.ambient import Clock
from ordermill.ports.stores import Claim, LetterChange, MailPage, StockMovement


def _check_free(store: LocalStore, clock: Clock, claim: Claim) -> None:
    """Raises AlreadyClaimed if an unexpired claim holds the key of this one."""
    taken = _claim(store, claim.key)
    if taken is not None and taken.expires_at > clock.now_ms():
        raise AlreadyClaimed(taken.order_id, taken.fingerprint, taken.order)


def _claim(store: LocalStore, key: str) -> Claim | None:
    """The claim on a key, with the order it was taken with, if any."""
    claim = store.tables.claims.get(store.connection, key)
    if claim is None:
        return None
    order = store.tables.claimed_orders.get(store.connection, claim.order_id)
    return claim if order is None else replace(claim, order=order)


class LocalOrders:
    """Port `orders`."""

    def __init__(self, store: LocalStore, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._tables, self._connection = store.tables, store.connection

    def read(self, order_id: str) -> Order | None:
        """See `OrderStore.read`."""
        return self._tables.orders.get(self._connection, order_id)

    def list(self, filter_: OrderFilter, limit: int, after: str | None = None) -> OrderPage:
        """See `OrderStore.list`."""
        return read_page(self._connection, filter_, limit, after)

    def oldest(self, filter_: OrderFilter, limit: int, after: str | None = None) -> OrderPage:
        """See `OldOrders.oldest`."""
        return read_page(self._connection, filter_, limit, after, oldest=True)

    def create(
        self,
        order: Order,
        claim: Claim | None = None,
        *,
        stock: StockMovement | None = None,
        letters: LetterChange | None = None,
    ) -> None:
        """See `OrderStore.create`."""
        orders = self._tables.orders
        if orders.cache.get(order.order_id) is not None:
            raise Conflict(f"{order.order_id} exists")
        if claim is not None:
            _check_free(self._store, self._clock, claim)
        if stock is not None:
            self._move(stock)
        if claim is not None:
            self._tables.claims.put(claim.key, claim)
        if letters is not None:
            change_letters(self._store, letters)
        orders.insert(order.order_id, order)
        self._store.stream.append(OrderChange("INSERT", 0, None, order))

    def update(
        self,
        order: Order,
        *,
        expect: int,
        stock: StockMovement | None = None,
        letters: LetterChange | None = None,
    ) -> None:
        """See `OrderStore.update`."""
        orders = self._tables.orders
        before = orders.get(self._connection, order.order_id)
        if before is None or before.version != expect:
            raise Conflict(f"{order.order_id} is not at version {expect}")
        if stock is not None:
            self._move(stock)
        if letters is not None:
            change_letters(self._store, letters)
        self._tables.put_order(before, order)
        self._store.stream.append(OrderChange("MODIFY", before.version, before.status, order))

    def forget(self, order_id: str, *, expect: int) -> None:
        """See `OrderStore.forget`."""
        before = self.read(order_id)
        if before is None or before.version != expect or before.deletion is None or not before.deletion.done:
            raise Conflict(f"{order_id} is not deleted, or not at version {expect}")
        if is_stub(before):
            return
        left = stub(before)
        self._tables.put_order(before, left, expires_at=self._clock.now_ms() + STUB_KEPT_MS)
        self._store.stream.append(OrderChange("MODIFY", before.version, before.status, left))

    def _move(self, stock: StockMovement) -> None:
        tables, moved, short = self._tables, list[Product](), list[str]()
        for sku, units in stock.quantities.items():
            product = tables.products.get(sku)
            if product is None or product.stock is None:
                continue
            if product.stock < units:
                short.append(sku)
            moved.append(replace(product, stock=product.stock - units))
        if short:
            raise OutOfStock(short)
        for product in moved:
            tables.put_product(product)


class LocalClaims:
    """Port `idempotency`."""

    def __init__(self, store: LocalStore, clock: Clock) -> None:
        self._store, self._clock = store, clock

    def read(self, key: str) -> Claim | None:
        """See `ClaimStore.read`."""
        return _claim(self._store, key)

    def claim(self, key: str, fingerprint: str, order_id: str, expires_at: int) -> Claim:
        """See `ClaimStore.claim`."""
        return Claim(key, fingerprint, order_id, expires_at)

    def take(self, claim: Claim) -> None:
        """See `ClaimStore.take`."""
        _check_free(self._store, self._clock, claim)
        tables = self._store.tables
        tables.claims.put(claim.key, replace(claim, order=None))
        if claim.order is not None:
            tables.claimed_orders.insert(claim.order_id, claim.order)


class LocalProducts:
    """Port `products`."""

    def __init__(self, store: LocalStore) -> None:
        self._tables = store.tables

    def find(self, sku: str | None, name: str | None) -> Product | None:
        """See `ProductStore.find`."""
        tables = self._tables
        if sku is not None and (product := tables.products.get(sku)) is not None:
            return product
        if name is None:
            return None
        return tables.products.get(tables.product_names.get(name_key(name), ""))

    def list(self) -> Sequence[Product]:
        """See `ProductStore.list`."""
        return [product for _, product in sorted(self._tables.products.items())]

    def put(self, products: Sequence[Product]) -> None:
        """See `ProductStore.put`."""
        for product in products:
            self._tables.put_product(product)

    def reserve(self, quantities: builtins.dict[str, int]) -> StockMovement:
        """See `ProductStore.reserve`."""
        return StockMovement(quantities)


class LocalEvents:
    """Port `events`."""

    def __init__(self, store: LocalStore) -> None:
        self._rows, self._connection = store.events, store.connection

    def append(self, event: OrderEvent) -> None:
        """See `EventLog.append`."""
        self._rows.append(event)

    def redact(self, order_id: str) -> None:
        """See `EventLog.redact`."""
        for num, body in self._connection.execute(queries()["events_of_order"], (order_id, 0, NEVER)).fetchall():
            event = decode_event(body)
            erased = erased_event(event)
            if erased is not event:
                self._connection.execute(queries()["redact_event"], (msgspec.json.encode(erased), num))


class LocalMails:
    """Port `mails`."""

    def __init__(self, store: LocalStore) -> None:
        self._mails, self._connection = store.tables.mails, store.connection

    def read(self, mail_id: str) -> MailRecord | None:
        """See `MailStore.read`."""
        return self._mails.get(self._connection, mail_id)

    def list(self, limit: int, after: str | None = None, *, order_id: str | None = None) -> MailPage:
        """See `MailStore.list`."""
        return read_mails(self._connection, limit, after, order_id)

    def put(self, record: MailRecord) -> None:
        """See `MailStore.put`."""
        self._mails.put(record.mail_id, record)
