"""`import_orders`: places an order for each row of a CSV, and says what came of each.

Two effects: the orders, each with its key in one write, then the messages that have them processed. A repeat after a
crash between them, with the same keys, finds its orders and sends for those that still wait; so does `sweep_orders`.
"""

from __future__ import annotations

from functools import cache

import msgspec

from ordermill.domain.commands import ImportOrders, ProcessOrder
from ordermill.domain.deletion import present
from ordermill.domain.errors import AlreadyClaimed, IdempotencyKeyReused, InvalidOrder, OrdermillError
from ordermill.domain.idempotency import KEY_LIFETIME_MS, check_same, claim_of_row, effective_key
from ordermill.domain.intake import read_order
from ordermill.domain.lines import Find
from ordermill.domain.order import Order, OrderDraft, Status, place
from ordermill.domain.order_import import Request, Row, placed_at, read_table, request_of
from ordermill.ports.ambient import Clock, Ids, Settings
from ordermill.ports.services import Messages
from ordermill.ports.stores import Claim, ClaimStore, OrderStore, ProductStore

NAME = "import_orders"


class ImportedRow(msgspec.Struct, frozen=True):
    """What came of a row: an order, or an error."""

    row: int
    order_id: str | None
    error: OrdermillError | None


def import_orders(
    message: ImportOrders,
    *,
    orders: OrderStore,
    idempotency: ClaimStore,
    products: ProductStore,
    messages: Messages,
    clock: Clock,
    ids: Ids,
    settings: Settings,
) -> tuple[ImportedRow, ...]:
    """One result for each row that is not empty, in their order; a key that was seen before leads to its order.

    Raises InvalidImport where no row can be looked at, IdempotencyKeyInvalid for the header's key.
    """
    header_key = effective_key(message.header_key, None)
    table, now = read_table(message.text, message.first_row), clock.now_ms()
    find, strict = cache(products.find), settings.catalogue == "strict"
    results, waiting = list[ImportedRow](), list[ProcessOrder]()
    for row in table.rows:
        try:
            request = request_of(table.columns, row)
            claimed = claim_of_row(request.body, request.key, header_key, row.number)
            draft = _read(request, table.columns, row, find, strict=strict, cards=settings.cards)
            order = _known(claimed, now, orders, idempotency) if isinstance(draft, InvalidOrder) else None
            if order is None:
                order = _store(draft, claimed, now, orders, idempotency, ids)
        except OrdermillError as error:
            # Its frames would hold on to all of the file.
            results.append(ImportedRow(row.number, None, error.with_traceback(None)))
            continue
        results.append(ImportedRow(row.number, order.order_id, None))
        if order.status is Status.PENDING:
            waiting.append(ProcessOrder(order.order_id, order.attempt))
    if waiting:
        messages.start(waiting)
    return tuple(results)


def _read(
    request: Request, columns: list[str], row: Row, find: Find, *, strict: bool, cards: bool
) -> OrderDraft | InvalidOrder:
    """The row's order, or what is wrong with it: which a row that was taken before is not asked again."""
    try:
        return read_order(request.body, find, strict=strict, cards=cards)
    except InvalidOrder as error:
        return placed_at(error, columns, row)


def _known(claimed: tuple[str, str] | None, now: int, orders: OrderStore, idempotency: ClaimStore) -> Order | None:
    taken = None if claimed is None else idempotency.read(claimed[0])
    if claimed is None or taken is None or taken.expires_at <= now:
        return None
    return _replay(taken, claimed[1], orders)


def _store(
    draft: OrderDraft | InvalidOrder,
    claimed: tuple[str, str] | None,
    now: int,
    orders: OrderStore,
    idempotency: ClaimStore,
    ids: Ids,
) -> Order:
    """The new order, or that of the key. Raises InvalidOrder, IdempotencyKeyReused."""
    if isinstance(draft, InvalidOrder):
        raise draft
    order = place(draft, order_id=ids.order_id(), at=now, by=NAME)
    if claimed is None:
        orders.create(order)
        return order
    key, sent = claimed
    try:
        orders.create(order, idempotency.claim(key, sent, order.order_id, now + KEY_LIFETIME_MS))
    except AlreadyClaimed as taken:
        return _replay(taken, sent, orders)
    return order


def _replay(taken: Claim | AlreadyClaimed, sent: str, orders: OrderStore) -> Order:
    check_same(taken.fingerprint, sent)
    order = present(orders.read(taken.order_id))
    if order is None:
        raise IdempotencyKeyReused("the order of this key was deleted; use a new key for a new order")
    return order
