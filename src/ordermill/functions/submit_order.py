"""`submit_order`: validates a request and queues the order, whose record is made when it is processed.

Three effects: its image is taken, if it has one; the claim, with the order in it; then the message. A repeat after a
crash between them finds the claim and sends its order again, so a key that was taken always leads to one order.
"""

from __future__ import annotations

from ordermill.domain.commands import Placed, PlaceOrder, ProcessOrder
from ordermill.domain.deletion import present
from ordermill.domain.errors import AlreadyClaimed, IdempotencyKeyReused
from ordermill.domain.idempotency import KEY_LIFETIME_MS, check_same, claim_of
from ordermill.domain.intake import read_order
from ordermill.domain.order import Order, place
from ordermill.domain.order_image import Images, image_gone
from ordermill.ports.ambient import Clock, Ids, Settings
from ordermill.ports.images import ImageStore
from ordermill.ports.messaging import OrderQueue
from ordermill.ports.services import TokenSigner
from ordermill.ports.stores import Claim, ClaimStore, OrderStore, ProductStore


def submit_order(
    message: PlaceOrder,
    *,
    orders: OrderStore,
    idempotency: ClaimStore,
    products: ProductStore,
    images: ImageStore,
    tokens: TokenSigner,
    order_queue: OrderQueue,
    clock: Clock,
    ids: Ids,
    settings: Settings,
) -> Placed[Order]:
    """The order, new or, under a key seen within 24 hours with the same body, the one of that key.

    Raises InvalidOrder with every wrong member, ImageMismatch, IdempotencyKeyInvalid, IdempotencyKeyReused.
    """
    now = clock.now_ms()
    claimed = claim_of(message)
    if claimed is not None:
        key, print_ = claimed
        taken = idempotency.read(key)
        if taken is not None and taken.expires_at > now:
            return _replay(taken, print_, orders, order_queue, tokens)
    draft = read_order(
        message.body,
        products.find,
        strict=settings.catalogue == "strict",
        cards=settings.cards,
        images=Images(images.read, settings.label_min_confidence),
    )
    order = place(draft, order_id=ids.order_id(), at=now, by="submit_order")
    if order.image is not None and not images.use(order.image.image_id, order.order_id):
        raise image_gone()
    if claimed is not None:
        try:
            idempotency.take(Claim(key, print_, order.order_id, now + KEY_LIFETIME_MS, order))
        except AlreadyClaimed as meanwhile:
            return _replay(meanwhile, print_, orders, order_queue, tokens)
    order_queue.send([_message(order)])
    return Placed(order, tokens.sign(order.order_id), replayed=False)


def _replay(
    taken: Claim | AlreadyClaimed, sent: str, orders: OrderStore, order_queue: OrderQueue, tokens: TokenSigner
) -> Placed[Order]:
    """The order as it stands; one without a record is sent again, for its message may never have been."""
    check_same(taken.fingerprint, sent)
    known = orders.read(taken.order_id)
    if known is None and taken.order is not None:
        order_queue.send([_message(taken.order)])
        known = taken.order
    order = present(known)
    if order is None:
        raise IdempotencyKeyReused("the order of this key was deleted; use a new key for a new order")
    return Placed(order, tokens.sign(order.order_id), replayed=True)


def _message(order: Order) -> ProcessOrder:
    return ProcessOrder(order.order_id, order.attempt, order)
