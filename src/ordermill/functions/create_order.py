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
from ordermill.ports.stores import Claim, ClaimStore, OrderStore, ProductStore

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
    body = message.body
    members: dict[str, Any] = body if isinstance(body, dict) else {}
    member = members.get("idempotency_key")
    key = effective_key(message.header_key, member)
    now = clock.now_ms()
    claim_key = print_ = ""
    # A member of another type is an error that validation names, whatever the header says.
    if key is not None and (member is None or isinstance(member, str)):
        customer = members.get("customerId") or members.get("customer_id")
        claim_key, print_ = scope(message.subject, customer, ROUTE, key), fingerprint(body)
        taken = idempotency.read(claim_key)
        if taken is not None and taken.expires_at > now:
            return _replay(taken.order_id, taken.fingerprint, print_, orders, tokens)
    draft = read_order(body, products.find, strict=settings.catalogue == "strict")
    order = place(draft, order_id=ids.order_id(), at=now, by="create_order")
    claim: Claim | None = None
    if key is not None:
        claim = idempotency.claim(claim_key, print_, order.order_id, now + KEY_LIFETIME_MS)
    try:
        orders.create(order, claim)
    except AlreadyClaimed as taken_meanwhile:
        return _replay(taken_meanwhile.order_id, taken_meanwhile.fingerprint, print_, orders, tokens)
    return Placed(order, tokens.sign(order.order_id), replayed=False)


def _replay(order_id: str, stored: str, sent: str, orders: OrderStore, tokens: TokenSigner) -> Placed:
    if stored != sent:
        raise IdempotencyKeyReused("this key came with another body before; use a new key for a new order")
    order = orders.read(order_id)
    if order is None:
        raise IdempotencyKeyReused("the order of this key was deleted; use a new key for a new order")
    return Placed(order, tokens.sign(order_id), replayed=True)
