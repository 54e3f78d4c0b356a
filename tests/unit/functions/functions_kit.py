"""Ports in memory, with the promises of the real ones that the functions count on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ordermill.domain.alerts import Alert
from ordermill.domain.catalogue import Product
from ordermill.domain.commands import PlaceOrder, ProcessOrder, SendMail
from ordermill.domain.dead_letters import PROCESSING, DeadLetter
from ordermill.domain.deletion import is_stub, stub
from ordermill.domain.erasure import erased_event
from ordermill.domain.errors import AlreadyClaimed, Conflict, OutOfStock
from ordermill.domain.events import OrderEvent
from ordermill.domain.images import ImageRecord
from ordermill.domain.mail import MailRecord
from ordermill.domain.order import Order
from ordermill.domain.order_list import OrderFilter, OrderPage
from ordermill.ports.services import Charge, ChargeResult
from ordermill.ports.stores import Claim, LetterChange, LetterPage, MailPage, StockMovement

NOW = 1_763_640_000_000


class Clock:
    """Time that passes when told."""

    ms = NOW

    def now_ms(self) -> int:
        return self.ms


class Ids:
    """ord_1, ord_2, …"""

    given = 0

    def order_id(self) -> str:
        self.given += 1
        return f"ord_{self.given}"

    def image_id(self) -> str:
        self.given += 1
        return f"img_{self.given}"


class Tokens:
    """Signs legibly."""

    def sign(self, order_id: str) -> str:
        return f"token of {order_id}"

    def verify(self, order_id: str, token: str) -> bool:
        return token == self.sign(order_id)

    def sign_for(self, purpose: str, subject: str, expires_at: int | None) -> str:
        return f"{purpose} {subject} {expires_at or ''}".rstrip()

    def verify_for(self, purpose: str, token: str, now: int) -> str | None:
        sent, subject, *expiry = token.split(" ")
        return subject if sent == purpose and (not expiry or now < int(expiry[0])) else None


class Tables:
    """What the ports below keep, each order that was written, and each change of dead letters with one."""

    def __init__(self, clock: Clock, products: Sequence[Product] = ()) -> None:
        self._clock = clock
        self.orders: dict[str, Order] = {}
        self.claims: dict[str, Claim] = {}
        self.stock = {product.sku: product.stock for product in products}
        self.products = list(products)
        self.written: list[Order] = []
        self.letters: dict[str, DeadLetter] = {}
        self.closed: set[str] = set()
        self.images: dict[str, ImageRecord] = {}

    def check_free(self, claim: Claim) -> None:
        """Raises AlreadyClaimed if an unexpired claim holds the key."""
        taken = self.claims.get(claim.key)
        if taken is not None and taken.expires_at > self._clock.now_ms():
            raise AlreadyClaimed(taken.order_id, taken.fingerprint, taken.order)

    def change_letters(self, change: LetterChange | None) -> None:
        """Keep and close, as an order's write does."""
        if change is not None and change.keeps is not None:
            self.letters.setdefault(change.keeps.id, change.keeps)
        for letter in self.letters.values():
            if change is not None and letter.order_id == change.closes and letter.function == PROCESSING:
                self.closed.add(letter.id)


class Orders:
    """Port `orders`."""

    def __init__(self, tables: Tables, clock: Clock) -> None:
        self._tables, self._clock = tables, clock

    def read(self, order_id: str) -> Order | None:
        return self._tables.orders.get(order_id)

    def list(self, filter_: OrderFilter, limit: int, after: str | None = None) -> OrderPage:
        """Of one status or all, the last one first; a position counts what came before it."""
        wanted = [each for each in self._tables.orders.values() if filter_.status in (None, each.status)][::-1]
        begin = int(after or 0)
        end = begin + limit
        return OrderPage(tuple(wanted[begin:end]), str(end) if end < len(wanted) else None)

    def of_customer(self, customer: str, limit: int, after: str | None = None) -> OrderPage:
        """By id or e-mail; a position counts what came before it."""
        theirs = [each for each in self._tables.orders.values() if customer in (each.customer_id, each.email)]
        begin = int(after or 0)
        end = begin + limit
        return OrderPage(tuple(theirs[begin:end]), str(end) if end < len(theirs) else None)

    def oldest(self, filter_: OrderFilter, limit: int, after: str | None = None) -> OrderPage:
        """Of one status and before a time; a position counts what came before it."""
        wanted = [
            each
            for each in sorted(self._tables.orders.values(), key=lambda order: order.created_at)
            if filter_.status is each.status and (filter_.until is None or each.created_at < filter_.until)
        ]
        begin = int(after or 0)
        end = begin + limit
        return OrderPage(tuple(wanted[begin:end]), str(end) if end < len(wanted) else None)

    def create(
        self,
        order: Order,
        claim: Claim | None = None,
        *,
        stock: StockMovement | None = None,
        letters: LetterChange | None = None,
    ) -> None:
        if order.order_id in self._tables.orders:
            raise Conflict
        if claim is not None:
            self._tables.check_free(claim)
        self._move(stock)
        if claim is not None:
            self._tables.claims[claim.key] = claim
        self._tables.change_letters(letters)
        self._put(order)

    def update(
        self,
        order: Order,
        *,
        expect: int,
        stock: StockMovement | None = None,
        letters: LetterChange | None = None,
    ) -> None:
        if self._tables.orders[order.order_id].version != expect:
            raise Conflict
        self._move(stock)
        self._tables.change_letters(letters)
        self._put(order)

    def forget(self, order_id: str, *, expect: int) -> None:
        order = self._tables.orders[order_id]
        if order.version != expect or order.deletion is None or not order.deletion.done:
            raise Conflict
        self._tables.orders[order_id] = order if is_stub(order) else stub(order)

    def _move(self, stock: StockMovement | None) -> None:
        for sku, units in (stock.quantities if stock else {}).items():
            left = self._tables.stock.get(sku)
            if left is None:
                continue
            if left < units:
                raise OutOfStock([sku])
            self._tables.stock[sku] = left - units

    def _put(self, order: Order) -> None:
        self._tables.orders[order.order_id] = order
        self._tables.written.append(order)


class Claims:
    """Port `idempotency`; `blind` sees nothing, as if another request came between."""

    def __init__(self, tables: Tables, *, blind: bool = False) -> None:
        self._tables, self._blind = tables, blind

    def read(self, key: str) -> Claim | None:
        return None if self._blind else self._tables.claims.get(key)

    def claim(self, key: str, fingerprint: str, order_id: str, expires_at: int) -> Claim:
        return Claim(key, fingerprint, order_id, expires_at)

    def take(self, claim: Claim) -> None:
        self._tables.check_free(claim)
        self._tables.claims[claim.key] = claim


class Products:
    """Port `products`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def find(self, sku: str | None, name: str | None) -> Product | None:
        return next((product for product in self._tables.products if product.sku == sku or product.name == name), None)

    def list(self) -> Sequence[Product]:
        return self._tables.products

    def put(self, products: Sequence[Product]) -> None:
        self._tables.products.extend(products)

    def reserve(self, quantities: dict[str, int]) -> StockMovement:
        return StockMovement(quantities)


class Payments:
    """Port `payments`: answers what it is told and keeps the charges."""

    def __init__(self, answer: ChargeResult) -> None:
        self._answer = answer
        self.charges: list[Charge] = []

    def charge(self, charge: Charge) -> ChargeResult:
        self.charges.append(charge)
        return self._answer

    def void(self, key: str) -> int:
        return 0


class Mails:
    """Port `mails`."""

    def __init__(self) -> None:
        self.records: dict[str, MailRecord] = {}

    def read(self, mail_id: str) -> MailRecord | None:
        return self.records.get(mail_id)

    def list(self, limit: int, after: str | None = None, *, order_id: str | None = None) -> MailPage:
        """The last one first; a position counts what came before it."""
        wanted = [each for each in self.records.values() if order_id in (None, each.order_id)][::-1]
        begin = int(after or 0)
        end = begin + limit
        return MailPage(tuple(wanted[begin:end]), str(end) if end < len(wanted) else None)

    def put(self, record: MailRecord) -> None:
        self.records[record.mail_id] = record


class Outbox:
    """Ports `order-events` and `events`: keeps what it gets."""

    def __init__(self) -> None:
        self.events: list[OrderEvent] = []

    def publish(self, events: Sequence[OrderEvent]) -> None:
        self.events.extend(events)

    def append(self, event: OrderEvent) -> None:
        self.events.append(event)

    def redact(self, order_id: str) -> None:
        self.events = [erased_event(each) if each.subject == order_id else each for each in self.events]


class MailQueue:
    """Port `mail-queue`."""

    def __init__(self) -> None:
        self.sent: list[SendMail] = []

    def send(self, messages: Sequence[SendMail]) -> None:
        self.sent.extend(messages)


class OrderQueue:
    """Port `order-queue`; with `down` set, sending raises it."""

    def __init__(self) -> None:
        self.sent: list[ProcessOrder] = []
        self.down: Exception | None = None

    def send(self, messages: Sequence[ProcessOrder]) -> None:
        if self.down is not None:
            raise self.down
        self.sent.extend(messages)


class Mailer:
    """Port `mail`; with `down` set, sending raises it."""

    def __init__(self) -> None:
        self.sent: list[SendMail] = []
        self.down: Exception | None = None

    def send(self, mail: SendMail) -> None:
        if self.down is not None:
            raise self.down
        self.sent.append(mail)


def request(key: str | None = None, subject: str = "anonymous", **members: Any) -> PlaceOrder:
    """A valid one, unless a member says otherwise."""
    body = {"items": [{"product": "Widget", "quantity": 2, "unitPrice": "9.99"}], **members}
    return PlaceOrder(body, key, subject)


class DeadLetters:
    """Port `dead_letters`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def read(self, letter_id: str) -> DeadLetter | None:
        return None if letter_id in self._tables.closed else self._tables.letters.get(letter_id)

    def known(self, letter_id: str) -> bool:
        return letter_id in self._tables.letters

    def list(
        self, limit: int, after: str | None = None, *, queue: str | None = None, oldest: bool = False
    ) -> LetterPage:
        """A position is the number of the last letter before it."""
        numbered = list(enumerate(self._tables.letters.values()))
        found = [
            (number, letter)
            for number, letter in (numbered if oldest else numbered[::-1])
            if letter.id not in self._tables.closed
            and queue in (None, letter.queue)
            and (after is None or (number > int(after) if oldest else number < int(after)))
        ]
        following = str(found[limit - 1][0]) if len(found) > limit else None
        return LetterPage(tuple(letter for _, letter in found[:limit]), following)

    def count(self, queue: str | None = None) -> int:
        return len(self.list(10**9, queue=queue).letters)

    def append(self, letter: DeadLetter) -> None:
        self._tables.letters.setdefault(letter.id, letter)

    def close(self, letter_id: str) -> None:
        self._tables.closed.add(letter_id)

    def of_order(
        self, order_id: str | None, limit: int, after: str | None = None, *, closed: bool = True
    ) -> LetterPage:
        known = [each for each in self._tables.letters.values() if closed or each.id not in self._tables.closed]
        wanted = [each for each in known if each.order_id == order_id][::-1]
        begin = int(after or 0)
        end = begin + limit
        return LetterPage(tuple(wanted[begin:end]), str(end) if end < len(wanted) else None)

    def erase(self, letter: DeadLetter) -> None:
        if letter.id in self._tables.letters:
            self._tables.letters[letter.id] = letter
            self._tables.closed.add(letter.id)

    def keep(self, letter: DeadLetter) -> LetterChange:
        return LetterChange(keeps=letter)

    def resolve(self, order_id: str) -> LetterChange:
        return LetterChange(closes=order_id)


class Messages:
    """Service `messages`; `gone` are queues without a consumer. With `down` set, starting raises it."""

    def __init__(self, *gone: str) -> None:
        self.redriven: list[DeadLetter] = []
        self.processed: list[ProcessOrder] = []
        self.down: Exception | None = None
        self._gone = gone

    def reaches(self, letter: DeadLetter) -> bool:
        return letter.queue not in self._gone

    def redrive(self, letter: DeadLetter) -> None:
        self.redriven.append(letter)

    def start(self, messages: Sequence[ProcessOrder]) -> None:
        if self.down is not None:
            raise self.down
        self.processed.extend(messages)

    def process(self, message: ProcessOrder) -> None:
        self.processed.append(message)


class Alerts:
    """Topic `alerts`."""

    def __init__(self) -> None:
        self.published: list[Alert] = []

    def publish(self, alerts: Sequence[Alert]) -> None:
        self.published += alerts
