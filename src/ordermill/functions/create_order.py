"""`create_order`: validates a request and stores the order PENDING, once per idempotency key."""

from __future__ import annotations

from contextlib import suppress

from ordermill.domain.commands import Placed, PlaceOrder
from ordermill.domain.errors import AlreadyClaimed, Conflict, IdempotencyKeyReused
from ordermill.domain.idempotency import KEY_LIFETIME_MS, claim_of
from ordermill.domain.intake import read_order
from ordermill.domain.order import place
from ordermill.ports.ambient import Clock, Ids, Settings
from ordermill.ports.services import TokenSigner
from ordermill.ports.stores import Claim, ClaimStore, OrderStore, ProductStore


def create_order(
    message: PlaceOrder,
    *,
    orders: OrderStore,
    idempotency: ClaimStore,
    products: ProductStore,
    tokens: TokenSigner,
    clock: Clock,
    ids: Ids,
    settings: Settings,
) -> Placed:
    """The order, new or, under a key seen within 24 hours with the same body, the one that is there.

    Raises InvalidOrder with every wrong member, IdempotencyKeyInvalid, IdempotencyKeyReused.
    """
    now = clock.now_ms()
    claimed = claim_of(message)
    if claimed is not None:
        key, print_ = claimed
        taken = idempotency.read(key)
        if taken is not None and taken.expires_at > now:
            return _replay(taken, print_, orders, tokens)
    draft = read_order(message.body, products.find, strict=settings.catalogue == "strict")
    order = place(draft, order_id=ids.order_id(), at=now, by="create_order")
    if claimed is None:
        orders.create(order)
        return Placed(order, tokens.sign(order.order_id), replayed=False)
    try:
        orders.create(order, idempotency.claim(key, print_, order.order_id, now + KEY_LIFETIME_MS))
    except AlreadyClaimed as meanwhile:
        return _replay(meanwhile, print_, orders, tokens)
    return Placed(order, tokens.sign(order.order_id), replayed=False)


def _replay(taken: Claim | AlreadyClaimed, sent: str, orders: OrderStore, tokens: TokenSigner) -> Placed:
    if taken.fingerprint != sent:
        raise IdempotencyKeyReused("this key came with another body before; use a new key for a new order")
    order = orders.read(taken.order_id)
    if order is None and taken.order is not None:
        # Accepted by the pipeline that queues orders, and still under way there: whoever comes first makes the record.
        with suppress(Conflict):
            orders.create(taken.order)
        order = orders.read(taken.order_id)
    if order is None:
        raise IdempotencyKeyReused("the order of this key was deleted; use a new key for a new order")
    return Placed(order, tokens.sign(order.order_id), replayed=True)
