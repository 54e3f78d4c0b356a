"""How a function's error travels through a workflow, and comes back as what it was.

As on Lambda the error's name is that of the exception's class, and its cause the JSON `{"errorMessage", "errorType"}`,
to which Lambda adds members of its own. The message of one of ours is its problem, as JSON too.
"""

from __future__ import annotations

import json
from typing import Final, NamedTuple

import msgspec

from ordermill.domain.errors import (
    FieldError,
    IdempotencyKeyInvalid,
    IdempotencyKeyReused,
    ImageMismatch,
    InvalidOrder,
    OrdermillError,
)

ERRORS_CHARS: Final = 24_000
"""How much of `errors` travels, as JSON within JSON: it must leave the cause below 32,768, its stack trace included."""

MESSAGE_CHARS: Final = 4_000
"""How much of any other message."""

REFUSALS: Final[dict[str, type[OrdermillError]]] = {
    each.__name__: each for each in (InvalidOrder, ImageMismatch, IdempotencyKeyInvalid, IdempotencyKeyReused)
}
"""What says that a request cannot be met, by name; all else is a failure of ours."""


class _Problem(msgspec.Struct, frozen=True):
    """`left` is how many errors are left out of `errors`."""

    detail: str
    errors: tuple[FieldError, ...] = ()
    left: int = 0


class _Cause(msgspec.Struct, frozen=True, rename="camel"):
    error_message: str
    error_type: str


class Refusal(NamedTuple):
    """The error that refused a request; not `whole` if some of its `errors` did not travel."""

    error: OrdermillError
    whole: bool


_encode = msgspec.json.Encoder().encode
_cause = msgspec.json.Decoder(_Cause).decode
_problem = msgspec.json.Decoder(_Problem).decode


def described(error: Exception) -> tuple[str, str]:
    """Name and cause."""
    name = type(error).__name__
    return name, _encode(_Cause(message_of(error), name)).decode()


def message_of(error: Exception) -> str:
    """The cause's message: what an exception of that name is to say where Lambda writes the cause."""
    if isinstance(error, OrdermillError):
        return _encode(_told(error)).decode()
    return str(error)[:MESSAGE_CHARS].encode("utf-8", "backslashreplace").decode()


def refusal(name: str | None, cause: str | None) -> Refusal | None:
    """What `described`, or Lambda with `message_of`, told of a refusal; None of anything else."""
    type_ = REFUSALS.get(name or "")
    if type_ is None or cause is None:
        return None
    try:
        problem = _problem(_cause(cause).error_message)
    except msgspec.MsgspecError:
        return None
    if issubclass(type_, InvalidOrder):
        return Refusal(type_(problem.errors), problem.left == 0)
    return Refusal(type_(problem.detail), whole=True)


def _told(error: OrdermillError) -> _Problem:
    detail = error.detail[:MESSAGE_CHARS]
    if not isinstance(error, InvalidOrder):
        return _Problem(detail)
    kept, room = 0, ERRORS_CHARS
    for each in error.errors:
        # Lambda escapes all that is not ASCII, so a letter may take twelve characters.
        room -= len(json.dumps(_encode(each).decode()))
        if room < 0:
            break
        kept += 1
    return _Problem(detail, error.errors[:kept], len(error.errors) - kept)
