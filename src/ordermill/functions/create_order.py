"""`create_order`: validates a request and stores the order PENDING, once per idempotency key."""

from __future__ import annotations

from typing import Any, Final

from ordermill.domain.commands import Placed, PlaceOrder
from ordermill.domain.errors import AlreadyClaimed, IdempotencyKeyReused
from ordermill.domain.idempotency import effective_key, fingerprint, scope
from ordermill.domain.intake import read_order
from ordermill.domain.order import place
from ordermill.ports.ambient import Clock, Ids, Settings
from ordermill.ports.services import TokenSigner
from ordermill.ports.stores import ClaimStore, OrderStore, ProductStore

ROUTE: Final = "POST /orders"
KEY_LIFETIME_MS: Final = 24 * 60 * 60 * 1000


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
            return _replay(taken.order_id, taken.fingerprint, print_, orders, tokens)
    draft = read_order(message.body, products.find, strict=settings.catalogue == "strict")
    order = place(draft, order_id=ids.order_id(), at=now, by="create_order")
    if claimed is None:
        orders.create(order)
        return Placed(order, tokens.sign(order.order_id), replayed=False)
    try:
        orders.create(order, idempotency.claim(key, print_, order.order_id, now + KEY_LIFETIME_MS))
    except AlreadyClaimed as meanwhile:
        return _replay(meanwhile.order_id, meanwhile.fingerprint, print_, orders, tokens)
    return Placed(order, tokens.sign(order.order_id), replayed=False)


def claim_of(message: PlaceOrder) -> tuple[str, str] | None:
    """The claim's key and the body's fingerprint, or None without an idempotency key.

    A member of a wrong type is no key but an error that validation names, whatever the header says. Raises
    IdempotencyKeyInvalid.
    """
    members: dict[str, Any] = message.body if isinstance(message.body, dict) else {}
    member = members.get("idempotency_key")
    key = effective_key(message.header_key, member)
    if key is None or not (member is None or isinstance(member, str)):
        return None
    customer = members.get("customerId") or members.get("customer_id")
    return scope(message.subject, customer, ROUTE, key), fingerprint(message.body)


def _replay(order_id: str, stored: str, sent: str, orders: OrderStore, tokens: TokenSigner) -> Placed:
    if stored != sent:
        raise IdempotencyKeyReused("this key came with another body before; use a new key for a new order")
    order = orders.read(order_id)
    if order is None:
        raise IdempotencyKeyReused("the order of this key was deleted; use a new key for a new order")
    return Placed(order, tokens.sign(order_id), replayed=True)
