"""`start_workflow`: takes an order in through workflow `order-intake`, and answers with what came of it. Staged.

A workflow takes 256 KiB, in which a request is a text within a text. Written short, every order that can be met has
room; of what has none, the errors are told without starting anything.
"""

from __future__ import annotations

from typing import Final

import msgspec

from ordermill.domain.commands import Accepted, ExecutionOutcome, Placed, PlaceOrder, StartExecution, execution_id
from ordermill.domain.errors import FieldError, IntakeFailed, InvalidOrder, OrdermillError
from ordermill.domain.idempotency import claim_of
from ordermill.domain.intake import read_order
from ordermill.domain.json_body import compact
from ordermill.domain.order_image import Images
from ordermill.domain.task_errors import refusal
from ordermill.ports.ambient import Ids, Settings
from ordermill.ports.images import FoundImages
from ordermill.ports.services import TokenSigner
from ordermill.ports.stores import ProductStore
from ordermill.ports.workflows import OrderIntake

SURE_CHARS: Final = 60_000
"""A text of so many characters fits whatever they are: none takes more than four bytes."""
INPUT_BYTES: Final = 250 * 1024
"""How much JSON the input may be: all but what a state adds to it."""

_encode = msgspec.json.Encoder().encode


def prepare(
    message: PlaceOrder, *, products: ProductStore, images: FoundImages, ids: Ids, settings: Settings
) -> StartExecution:
    """The execution, named after the order that it is to make. Raises as `settle` does where it has no room."""
    order_id = ids.order_id()
    text = message.text
    if len(text) > SURE_CHARS and not _fits(text):
        text = compact(message.body)
        if not _fits(text):
            raise _refused(message, products, images, settings)
    input_ = {"orderId": order_id, "body": text, "headerKey": message.header_key, "subject": message.subject}
    return StartExecution(execution_id(order_id), input_)


def call(start: StartExecution, *, order_intake: OrderIntake) -> ExecutionOutcome:
    """Run the workflow to its end."""
    return order_intake.start(start)


def settle(
    message: PlaceOrder,
    outcome: ExecutionOutcome,
    *,
    products: ProductStore,
    images: FoundImages,
    tokens: TokenSigner,
    settings: Settings,
) -> Placed[Accepted]:
    """The order that was stored, new or that of the key.

    Raises what refused the request: InvalidOrder with every wrong member, ImageMismatch, IdempotencyKeyInvalid,
    IdempotencyKeyReused; IntakeFailed where anything else went wrong. All of them say which execution it was.
    """
    if outcome.status == "SUCCEEDED":
        accepted = msgspec.convert(outcome.output, Accepted)
        return Placed(accepted, tokens.sign(accepted.order_id), replayed=accepted.replayed)
    error: OrdermillError = IntakeFailed("it may or may not be stored: the same idempotency key finds out")
    refused = refusal(outcome.error, outcome.cause)
    if refused is not None:
        error = refused.error if refused.whole else _refused(message, products, images, settings)
    error.execution_id = outcome.execution_id
    raise error


def _fits(text: str) -> bool:
    return len(_encode(str(text))) < INPUT_BYTES


def _refused(message: PlaceOrder, products: ProductStore, images: FoundImages, settings: Settings) -> OrdermillError:
    """What is wrong with a request whose errors are too many to travel, or that is too large to."""
    try:
        claim_of(message)
        read_order(
            message.body,
            products.find,
            strict=settings.catalogue == "strict",
            cards=settings.cards,
            images=Images(images.read, settings.label_min_confidence),
        )
    except OrdermillError as error:
        return error.with_traceback(None)
    return InvalidOrder([FieldError("", "out-of-range", "at most 250 KiB, written short")])
