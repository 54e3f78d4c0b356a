"""Errors as `application/problem+json`: never a stack trace, never what was sent."""

from __future__ import annotations

from typing import Final

import msgspec
import uuid_utils

from ordermill.domain.errors import InvalidOrder, InvalidTransition, OrdermillError
from ordermill.domain.order import Status
from ordermill.entrypoints.problem_types import status_of
from ordermill.entrypoints.web import Response
from ordermill.entrypoints.wire import Problem

_encode = msgspec.json.Encoder().encode
_RETRY: Final = ("retry-after", "1")
_NO_STORE: Final = ("cache-control", "no-store")


class PayloadTooLarge(OrdermillError):
    slug = "payload-too-large"
    title = "The body is too large"


class MethodNotAllowed(OrdermillError):
    """`allowed` are the path's methods."""

    slug = "method-not-allowed"
    title = "This path does not take that method"

    def __init__(self, allowed: str) -> None:
        super().__init__(f"use {allowed}")
        self.allowed = allowed


def problem(error: BaseException) -> Response:
    """The answer to an error; one that is not in the contract tells nothing but that it happened."""
    known = error if isinstance(error, OrdermillError) else OrdermillError("the failure is logged under this instance")
    status = status_of(known.slug)
    body = Problem(f"/problems/{known.slug}", known.title, status, known.detail, f"req_{uuid_utils.uuid7()}")
    headers = [_NO_STORE]
    if isinstance(known, InvalidOrder):
        body = msgspec.structs.replace(body, errors=known.errors)
    elif isinstance(known, InvalidTransition):
        allowed = tuple(Status(name) for name in known.allowed)
        body = msgspec.structs.replace(body, from_=Status(known.from_), to=Status(known.to), allowed=allowed)
    elif isinstance(known, MethodNotAllowed):
        headers.append(("allow", known.allowed))
    if status in (429, 503):
        headers.append(_RETRY)
    elif status == 401:
        headers.append(("www-authenticate", "Bearer"))
    return Response(status, _encode(body), "application/problem+json", headers)
