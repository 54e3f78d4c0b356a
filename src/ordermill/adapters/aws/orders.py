"""Table `orders`, and what is written together with an order: its key, the stock, and dead letters."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ordermill.adapters.aws.claims import already_claimed, taking
from ordermill.adapters.aws.deployment import Deployment
from ordermill.adapters.aws.letter_items import change_letter, closing, keeping, open_letters, processed_order
from ordermill.adapters.aws.order_items import (
    KEY,
    LETTERS,
    SHARDS,
    TABLE,
    creation,
    forgetting,
    is_written,
    listing_of,
    order_of,
    reader_of,
    replacement,
)
from ordermill.adapters.aws.pages import read_page
from ordermill.adapters.aws.patience import Patience
from ordermill.adapters.aws.stock import stock_parts
from ordermill.adapters.aws.tables import Tables
from ordermill.adapters.aws.writing import MOST_PARTS, Busy, Part, Unmet, write, write_alone
from ordermill.domain.deletion import STUB_KEPT_MS, is_stub
from ordermill.domain.errors import Conflict, StorageUnavailable
from ordermill.domain.order import Order
from ordermill.domain.order_list import OrderFilter, OrderPage
from ordermill.ports.ambient import Clock
from ordermill.ports.stores import Claim, LetterChange, StockMovement


class DynamoOrders:
    """Port `orders`. Each write is one request: one item, or several in one transaction."""

    def __init__(
        self, deployment: Deployment, clock: Clock, *, patience: Patience | None = None, shards: int = SHARDS
    ) -> None:
        """`shards` is of the lists that every order is in, and the same for everybody who uses the table."""
        self._tables, self._clock, self._shards = Tables(deployment, patience), clock, shards

    def read(self, order_id: str) -> Order | None:
        """See `OrderStore.read`."""
        item = self._tables.read(TABLE, KEY, order_id)
        return None if item is None else order_of(item)

    def list(self, filter_: OrderFilter, limit: int, after: str | None = None) -> OrderPage:
        """See `OrderStore.list`."""
        return self._page(filter_, limit, after, oldest=False)

    def oldest(self, filter_: OrderFilter, limit: int, after: str | None = None) -> OrderPage:
        """See `OldOrders.oldest`."""
        return self._page(filter_, limit, after, oldest=True)

    def of_customer(self, customer: str, limit: int, after: str | None = None) -> OrderPage:
        """See `OrderStore.of_customer`."""
        filter_ = OrderFilter(customer=customer)
        reader = reader_of(filter_, deleted=True)
        page = read_page(self._tables, listing_of(filter_, self._shards), limit, after, reader)
        return OrderPage(page.values, page.after)

    def _page(self, filter_: OrderFilter, limit: int, after: str | None, *, oldest: bool) -> OrderPage:
        listing = listing_of(filter_, self._shards, oldest=oldest)
        page = read_page(self._tables, listing, limit, after, reader_of(filter_))
        return OrderPage(page.values, page.after)

    def create(
        self,
        order: Order,
        claim: Claim | None = None,
        *,
        stock: StockMovement | None = None,
        letters: LetterChange | None = None,
    ) -> None:
        """See `OrderStore.create`."""
        request = creation(order, self._shards, _remembered(order, letters))
        part = Part("Put", TABLE, request, "order", order.order_id)

        def first() -> Sequence[Part]:
            return [part] if claim is None else [part, taking(claim, self._clock.now_ms())]

        self._write(order, first, stock, letters)

    def update(
        self,
        order: Order,
        *,
        expect: int,
        stock: StockMovement | None = None,
        letters: LetterChange | None = None,
    ) -> None:
        """See `OrderStore.update`."""
        closes = letters is not None and letters.closes is not None
        request = replacement(order, self._shards, expect, kept=_remembered(order, letters), closed=closes)
        part = Part("Update", TABLE, request, "order", order.order_id)
        self._write(order, lambda: [part], stock, letters)

    def forget(self, order_id: str, *, expect: int) -> None:
        """See `OrderStore.forget`."""
        order = self.read(order_id)
        if order is None or order.version != expect or order.deletion is None or not order.deletion.done:
            raise Conflict(f"{order_id} is not deleted, or not at version {expect}")
        if is_stub(order):
            return
        request = forgetting(order, self._shards, self._clock.now_ms() + STUB_KEPT_MS)
        # A tombstone changes no more: whoever else writes it leaves the same stub.
        write_alone(self._tables, Part("Update", TABLE, request, "order", order_id))

    def _write(
        self,
        order: Order,
        first: Callable[[], Sequence[Part]],
        stock: StockMovement | None,
        letters: LetterChange | None,
    ) -> None:
        """Write the order and all that belongs to it. What a read decides is read anew at each try."""
        left_out = set[str]()
        for _ in self._tables.patience.tries():
            parts = [*first(), *stock_parts(self._tables, stock)]
            changes = [part for part in self._letter_parts(order, letters) if part.id not in left_out]
            together = changes[: MOST_PARTS - len(parts)]
            try:
                write(self._tables, [*parts, *together])
            except Busy:
                continue
            except Unmet as unmet:
                if not _is_ours(unmet, order):
                    # The stock changed meanwhile; or a letter is known already, or there is none to close.
                    left_out |= {part.id for part, _ in unmet.of("letter")}
                    continue
                # It is there, but others may have written the same, with another letter.
                together = []
            for part in changes[len(together) :]:
                change_letter(self._tables, part)
            return
        raise StorageUnavailable(f"{order.order_id}, or what belongs to it, is being written by others")

    def _letter_parts(self, order: Order, letters: LetterChange | None) -> Sequence[Part]:
        parts = list[Part]()
        if letters is not None and letters.keeps is not None:
            parts.append(keeping(letters.keeps, self._clock.now_ms()))
        if letters is not None and letters.closes is not None:
            there = self._tables.read(TABLE, KEY, order.order_id, only=LETTERS) or {}
            parts += map(closing, open_letters(self._tables, letters.closes, there.get(LETTERS, {}).get("SS", ())))
        return parts


def _remembered(order: Order, letters: LetterChange | None) -> str | None:
    """The id of the letter that the order's item remembers, as its retry is to close it."""
    kept = None if letters is None else letters.keeps
    return kept.id if kept is not None and processed_order(kept) == order.order_id else None


def _is_ours(unmet: Unmet, order: Order) -> bool:
    """Whether it is this very write that is there, its answer lost. Raises AlreadyClaimed or Conflict for another's."""
    there = [item for _, item in unmet.of("order")]
    if there and unmet.asked_before and is_written(there[0], order):
        return True
    if unmet.of("claim"):
        raise already_claimed(unmet) from unmet
    if there:
        raise Conflict(f"{order.order_id} is at another version, or exists") from unmet
    return False
