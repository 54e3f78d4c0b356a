"""What can go wrong, in the words of the contract.

Every error carries the `slug` of its problem type (`/problems/<slug>`) and a title; entrypoints map slugs to
status codes. Anything that is not an `OrdermillError` is a defect, never an answer to bad input.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import msgspec

if TYPE_CHECKING:
    from ordermill.domain.order import Order


class FieldError(msgspec.Struct, frozen=True, gc=False):
    """One wrong member of a request: where (JSON Pointer), which rule, and what is expected instead."""

    pointer: str
    code: str
    detail: str


class OrdermillError(Exception):
    """Base of all errors that a caller may see. `execution_id` names the intake that ended with it, if one did."""

    slug: ClassVar[str] = "internal-error"
    title: ClassVar[str] = "Something went wrong on our side"
    execution_id: str | None = None

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title


class MalformedJson(OrdermillError):
    slug = "malformed-json"
    title = "The body is not valid JSON"


class DuplicateKey(OrdermillError):
    slug = "duplicate-key"
    title = "A member is named twice"


class TooDeep(OrdermillError):
    slug = "too-deep"
    title = "The body is nested too deeply"


class InvalidOrder(OrdermillError):
    """The request can be parsed, but its members break the rules; `errors` names every one of them."""

    slug = "invalid-order"
    title = "The order is invalid"

    def __init__(self, errors: Sequence[FieldError]) -> None:
        count = len(errors)
        super().__init__("1 member needs attention" if count == 1 else f"{count} members need attention")
        self.errors = tuple(errors)


class InvalidCatalogue(InvalidOrder):
    slug = "invalid-catalogue"
    title = "The catalogue is invalid"

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__(errors)
        count = len(errors)
        self.detail = "1 cell needs attention" if count == 1 else f"{count} cells need attention"


class InvalidImport(InvalidOrder):
    """The file is none that rows could be read from."""

    slug = "invalid-import"
    title = "The file cannot be imported"

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__(errors)
        count = len(errors)
        self.detail = "1 place needs attention" if count == 1 else f"{count} places need attention"


class InvalidRedrive(InvalidOrder):
    slug = "invalid-redrive"
    title = "The redrive is invalid"


class InvalidImage(InvalidOrder):
    """What was uploaded is no picture that is taken, or its description is wrong; `errors` names every wrong member."""

    slug = "invalid-image"
    title = "The image is invalid"


class PayloadTooLarge(OrdermillError):
    slug = "payload-too-large"
    title = "The body is too large"


class ImageMismatch(OrdermillError):
    """The order's image does not show what its words say, and nobody confirmed that it is meant so."""

    slug = "image-mismatch"
    title = "The image does not show what was ordered"


class InvalidErasure(InvalidOrder):
    slug = "invalid-erasure"
    title = "The erasure is invalid"


class IdempotencyKeyInvalid(OrdermillError):
    slug = "idempotency-key-invalid"
    title = "The idempotency key is invalid"


class IdempotencyKeyReused(OrdermillError):
    slug = "idempotency-key-reused"
    title = "The idempotency key was used with another body"


class InvalidCursor(OrdermillError):
    slug = "invalid-cursor"
    title = "The cursor is invalid"


class NotFound(OrdermillError):
    slug = "not-found"
    title = "There is nothing here"


class Unauthorized(OrdermillError):
    slug = "unauthorized"
    title = "A valid token is needed"


class Forbidden(OrdermillError):
    slug = "forbidden"
    title = "That is not allowed"


class InvalidTransition(OrdermillError):
    """A status change that the lifecycle does not allow."""

    slug = "invalid-transition"
    title = "The order cannot take that status now"

    def __init__(self, from_: str, to: str, allowed: Sequence[str], detail: str | None = None) -> None:
        super().__init__(detail or f"{from_} cannot become {to}")
        self.from_, self.to, self.allowed = from_, to, tuple(allowed)


class NotEditable(OrdermillError):
    slug = "not-editable"
    title = "The order cannot be edited now"


class Stale(OrdermillError):
    """The order is at another version than the change was made for."""

    slug = "stale"
    title = "The order changed since it was read"


class NotSendable(OrdermillError):
    slug = "not-sendable"
    title = "The mail cannot be sent"


class Conflict(OrdermillError):
    """A conditional write found another version than it expected; the caller reads again and decides anew."""

    slug = "conflict"
    title = "The record changed meanwhile"


class AlreadyClaimed(OrdermillError):
    """The idempotency key is taken: by which order, for which body, and with the order itself if it came with it."""

    slug = "idempotency-key-reused"
    title = "The idempotency key is taken"

    def __init__(self, order_id: str, fingerprint: str, order: Order | None = None) -> None:
        super().__init__(f"the key belongs to {order_id}")
        self.order_id, self.fingerprint, self.order = order_id, fingerprint, order


class OutOfStock(OrdermillError):
    """A reservation asked for more than there is; `skus` names the products."""

    slug = "out-of-stock"
    title = "Not enough stock"

    def __init__(self, skus: Sequence[str]) -> None:
        super().__init__("not enough stock of " + ", ".join(skus))
        self.skus = tuple(skus)


class AccessDenied(OrdermillError):
    """A function used a verb that the topology does not grant it."""

    slug = "access-denied"
    title = "The function may not do that"


class Overloaded(OrdermillError):
    slug = "overloaded"
    title = "Too much is waiting; try again shortly"


class StorageUnavailable(OrdermillError):
    """A read failed, or a write that may or may not have happened: the same idempotency key finds out."""

    slug = "storage-unavailable"
    title = "Storage is unavailable; try again shortly"


class IntakeFailed(OrdermillError):
    """Taking an order in broke off: it may or may not be stored, and the same idempotency key finds out."""

    slug = "intake-failed"
    title = "The order could not be taken in"


def text_of(error: BaseException) -> str:
    """What an error said. It may be anything, half a character too, which neither JSON nor a file holds."""
    return str(error).encode("utf-8", "replace").decode("utf-8")


def named_error(error: BaseException) -> str:
    """The exception's name, a colon, and what it said."""
    return f"{type(error).__name__}: {text_of(error)}"
