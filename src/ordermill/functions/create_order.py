"""`create_order`: validates a request and stores the order PENDING, once per idempotency key.

Two effects: its image is taken, if it has one, then the order stored. An image that was taken for an order which then
was not stored is found out by `sweep_images`.

It answers a request itself, or is a Task of workflow `order-intake`, which has chosen the order's id before: then the
same id is the same order, so that a Task that is tried again makes no second one.
"""

from __future__ import annotations

from contextlib import suppress

from ordermill.domain.commands import Accepted, IntakeRequest, Placed, PlaceOrder
from ordermill.domain.deletion import present
from ordermill.domain.errors import AlreadyClaimed, Conflict, IdempotencyKeyReused
from ordermill.domain.idempotency import KEY_LIFETIME_MS, check_same, claim_of
from ordermill.domain.intake import read_order, read_order_text
from ordermill.domain.order import Order, OrderDraft, place
from ordermill.domain.order_image import Images, image_gone
from ordermill.ports.ambient import Clock, Ids, Settings
from ordermill.ports.images import ImageStore
from ordermill.ports.services import TokenSigner
from ordermill.ports.stores import Claim, ClaimStore, OrderStore, ProductStore

NAME = "create_order"


def create_order(
    message: PlaceOrder,
    *,
    orders: OrderStore,
    idempotency: ClaimStore,
    products: ProductStore,
    images: ImageStore,
    tokens: TokenSigner,
    clock: Clock,
    ids: Ids,
    settings: Settings,
) -> Placed[Order]:
    """The order, new or, under a key seen within 24 hours with the same body, the one that is there.

    Raises InvalidOrder with every wrong member, ImageMismatch, IdempotencyKeyInvalid, IdempotencyKeyReused.
    """
    now, claimed = clock.now_ms(), claim_of(message)
    order = _known(claimed, now, orders, idempotency)
    if order is not None:
        return Placed(order, tokens.sign(order.order_id), replayed=True)
    draft = read_order(
        message.body,
        products.find,
        strict=settings.catalogue == "strict",
        cards=settings.cards,
        images=Images(images.read, settings.label_min_confidence),
    )
    order_id = ids.order_id()
    _take_image(draft, order_id, images)
    order = _store(draft, order_id, now, claimed, orders, idempotency)
    return Placed(order, tokens.sign(order.order_id), replayed=order.order_id != order_id)


def task(
    message: IntakeRequest,
    *,
    orders: OrderStore,
    idempotency: ClaimStore,
    products: ProductStore,
    images: ImageStore,
    clock: Clock,
    settings: Settings,
) -> Accepted:
    """The same under the id that the message says; an order that has this id already is that one.

    Raises as `create_order` does.
    """
    now, claimed = clock.now_ms(), claim_of(message.request())
    order = _known(claimed, now, orders, idempotency)
    if order is None:
        draft = read_order_text(
            message.body,
            products.find,
            strict=settings.catalogue == "strict",
            cards=settings.cards,
            images=Images(images.read, settings.label_min_confidence),
        )
        _take_image(draft, message.order_id, images)
        try:
            order = _store(draft, message.order_id, now, claimed, orders, idempotency)
        except Conflict:
            order = orders.read(message.order_id)
            if order is None:
                raise
    return Accepted(
        order.order_id,
        order.attempt,
        order.status,
        order.total,
        order.currency,
        order.created_at,
        order.order_id != message.order_id,
    )


def _known(claimed: tuple[str, str] | None, now: int, orders: OrderStore, idempotency: ClaimStore) -> Order | None:
    """The order that an earlier request with this key made."""
    if claimed is None:
        return None
    key, sent = claimed
    taken = idempotency.read(key)
    return None if taken is None or taken.expires_at <= now else _replay(taken, sent, orders)


def _take_image(draft: OrderDraft, order_id: str, images: ImageStore) -> None:
    """Raises InvalidOrder where its time is over."""
    if draft.image is not None and not images.use(draft.image.image_id, order_id):
        raise image_gone()


def _store(
    draft: OrderDraft,
    order_id: str,
    now: int,
    claimed: tuple[str, str] | None,
    orders: OrderStore,
    idempotency: ClaimStore,
) -> Order:
    """The new order, or that of who took the key meanwhile. Raises Conflict where the id is taken."""
    order = place(draft, order_id=order_id, at=now, by=NAME)
    if claimed is None:
        orders.create(order)
        return order
    key, sent = claimed
    try:
        orders.create(order, idempotency.claim(key, sent, order_id, now + KEY_LIFETIME_MS))
    except AlreadyClaimed as meanwhile:
        return _replay(meanwhile, sent, orders)
    return order


def _replay(taken: Claim | AlreadyClaimed, sent: str, orders: OrderStore) -> Order:
    check_same(taken.fingerprint, sent)
    order = orders.read(taken.order_id)
    if order is None and taken.order is not None:
        # Accepted by the pipeline that queues orders, and still under way there: whoever comes first makes the record.
        with suppress(Conflict):
            orders.create(taken.order)
        order = orders.read(taken.order_id)
    there = present(order)
    if there is None:
        raise IdempotencyKeyReused("the order of this key was deleted; use a new key for a new order")
    return there
