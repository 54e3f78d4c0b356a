"""`validate_order`: refuses a request that cannot be met, before anything is stored."""

from __future__ import annotations

from ordermill.domain.commands import IntakeRequest
from ordermill.domain.idempotency import check_same, claim_of
from ordermill.domain.intake import read_order_text
from ordermill.domain.order_image import Images
from ordermill.ports.ambient import Clock, Settings
from ordermill.ports.images import FoundImages
from ordermill.ports.stores import ClaimStore, ProductStore


def validate_order(
    message: IntakeRequest,
    *,
    idempotency: ClaimStore,
    products: ProductStore,
    images: FoundImages,
    clock: Clock,
    settings: Settings,
) -> None:
    """Nothing, where the request can be met; a repeat of one that was met before is not looked at again.

    Raises InvalidOrder with every wrong member, ImageMismatch, IdempotencyKeyInvalid, IdempotencyKeyReused.
    """
    claimed = claim_of(message.request())
    if claimed is not None:
        key, print_ = claimed
        taken = idempotency.read(key)
        if taken is not None and taken.expires_at > clock.now_ms():
            check_same(taken.fingerprint, print_)
            return
    read_order_text(
        message.body,
        products.find,
        strict=settings.catalogue == "strict",
        cards=settings.cards,
        images=Images(images.read, settings.label_min_confidence),
    )
