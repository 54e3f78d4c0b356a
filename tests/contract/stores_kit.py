"""The table ports of one store, for the suites that say what every adapter of them must do; and the local ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

import msgspec

from ordermill.adapters.local.alerts import LocalAlertLog
from ordermill.adapters.local.archive import LocalArchive
from ordermill.adapters.local.images import LocalImages
from ordermill.adapters.local.letters import LocalDeadLetters
from ordermill.adapters.local.store import LocalStore
from ordermill.adapters.local.stores import LocalClaims, LocalEvents, LocalMails, LocalOrders, LocalProducts
from ordermill.adapters.local.subscriptions import LocalSubscriptions
from ordermill.adapters.local.tables import decode_event
from ordermill.domain.alert_log import AlertRecord
from ordermill.domain.alerts import Alert
from ordermill.domain.catalogue import Product
from ordermill.domain.dead_letters import DeadLetter
from ordermill.domain.events import OrderChange, OrderEvent
from ordermill.domain.order import Order
from ordermill.ports.archive import ArchiveIndex
from ordermill.ports.images import ImageStore
from ordermill.ports.stores import (
    AlertLog,
    ClaimStore,
    DeadLetterStore,
    EventLog,
    MailStore,
    OldOrders,
    OrderStore,
    ProductStore,
)
from ordermill.ports.subscriptions import SubscriptionStore

MakeOrder = Callable[..., Order]
PEN = Product("PEN", "Pen", 150, "USD", 10)
INK = Product("INK", "Blaue Straße", 700, "EUR", None)


def letter(id_: str, queue: str = "q", function: str = "consume", order_id: str | None = None) -> DeadLetter:
    payload = msgspec.Raw(b'{"price": 1.10, "text": "\\u00e9\xc3\xa9"}')
    return DeadLetter(id_, queue, function, order_id, "OSError: no", 5, 1, 77, payload)


def alert_record(number: int, order_id: str | None = None) -> AlertRecord:
    alert = Alert(f"a{number}", "warning", "f", order_id, "R", "it failed", 60_000 * number)
    return AlertRecord.of(alert, (), posted=True, public_url="http://x", now=number)


class Time:
    """Milliseconds that pass when told."""

    def __init__(self) -> None:
        self.ms = 1000

    def now_ms(self) -> int:
        return self.ms


class Stores(Protocol):
    """What the suites need of an adapter: the ports, a turn to write in, and a look at what is stored."""

    time: Time
    orders: OrderStore
    old_orders: OldOrders
    claims: ClaimStore
    products: ProductStore
    events: EventLog
    mails: MailStore
    letters: DeadLetterStore
    alerts: AlertLog
    archive: ArchiveIndex
    subscriptions: SubscriptionStore
    images: ImageStore

    def write(self) -> AbstractContextManager[None]:
        """What functions write, they write in here. Nothing is said of what a function wrote that raises."""
        ...

    def fresh(self) -> None:
        """Forget what is only in memory."""
        ...

    def changes(self) -> list[OrderChange]:
        """The change stream of the orders, from its beginning."""
        ...

    def logged(self, order_id: str) -> list[OrderEvent]:
        """What the event log has of an order."""
        ...

    def delete(self, order_id: str) -> None:
        """Remove an order as no port can yet."""
        ...

    def close(self) -> None: ...


class Ports:
    """The local ones of one store, and its transactions."""

    def __init__(self, path: Path) -> None:
        self._path, self.time = path, Time()
        self._open()

    def _open(self) -> None:
        self.store = LocalStore(self._path)
        self.store.connection.execute("PRAGMA synchronous = OFF")
        orders = LocalOrders(self.store, self.time)
        self.orders: OrderStore = orders
        self.old_orders: OldOrders = orders
        self.claims: ClaimStore = LocalClaims(self.store, self.time)
        self.products: ProductStore = LocalProducts(self.store)
        self.events: EventLog = LocalEvents(self.store)
        self.mails: MailStore = LocalMails(self.store)
        self.letters: DeadLetterStore = LocalDeadLetters(self.store)
        self.alerts: AlertLog = LocalAlertLog(self.store.connection, self.store.alerts)
        self.archive: ArchiveIndex = LocalArchive(self.store)
        self.subscriptions: SubscriptionStore = LocalSubscriptions(self.store.connection, self.store.subscriptions)
        self.images: ImageStore = LocalImages(self.store.connection, self.store.tables.images, self.time)

    @contextmanager
    def write(self) -> Iterator[None]:
        """What functions do in a batch; a function that raises leaves nothing of itself."""
        self.store.begin()
        mark = self.store.mark()
        try:
            yield
        except BaseException:
            self.store.rollback_to(mark)
            self.store.commit()
            raise
        self.store.commit()

    def fresh(self) -> None:
        """As after a restart."""
        self.store.close()
        self._open()

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        return self.store.connection.execute(sql).fetchall()

    def changes(self) -> list[OrderChange]:
        return [record.change for record in self.store.stream.after(0, 1000)]

    def logged(self, order_id: str) -> list[OrderEvent]:
        rows = self.store.connection.execute("SELECT body FROM events WHERE order_id = ? ORDER BY seq", (order_id,))
        return [decode_event(body) for (body,) in rows]

    def delete(self, order_id: str) -> None:
        self.store.connection.execute("DELETE FROM orders WHERE order_id = ?", (order_id,))

    def close(self) -> None:
        self.store.close()


def open_ids(stores: Stores, queue: str | None = None) -> list[str]:
    """The newest first."""
    return [each.id for each in stores.letters.list(100, queue=queue).letters]


def put_alerts(stores: Stores, *records: AlertRecord) -> None:
    """One after the other."""
    for each in records:
        stores.time.ms += 1
        with stores.write():
            stores.alerts.put(each)
