"""The table and messaging ports of one store, for the suites that say what every adapter of them must do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ordermill.adapters.local.store import LocalStore
from ordermill.adapters.local.stores import LocalClaims, LocalEvents, LocalMails, LocalOrders, LocalProducts
from ordermill.domain.catalogue import Product
from ordermill.domain.order import Order
from ordermill.ports.stores import ClaimStore, EventLog, MailStore, OrderStore, ProductStore

MakeOrder = Callable[..., Order]
PEN = Product("PEN", "Pen", 150, "USD", 10)
INK = Product("INK", "Blaue Straße", 700, "EUR", None)


class Time:
    """Milliseconds that pass when told."""

    def __init__(self) -> None:
        self.ms = 1000

    def now_ms(self) -> int:
        return self.ms


class Ports:
    """The ports of one store, and its transactions. `fresh` forgets what is only in memory."""

    def __init__(self, path: Path) -> None:
        self._path, self.time = path, Time()
        self._open()

    def _open(self) -> None:
        self.store = LocalStore(self._path)
        self.store.connection.execute("PRAGMA synchronous = OFF")
        self.orders: OrderStore = LocalOrders(self.store, self.time)
        self.claims: ClaimStore = LocalClaims(self.store, self.time)
        self.products: ProductStore = LocalProducts(self.store)
        self.events: EventLog = LocalEvents(self.store)
        self.mails: MailStore = LocalMails(self.store)

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
