"""Errors as `application/problem+json`: never a stack trace, never what was sent."""

from __future__ import annotations

from typing import Final

import msgspec
import uuid_utils

from ordermill.domain.errors import InvalidOrder, InvalidTransition, OrdermillError, StorageUnavailable
from ordermill.domain.order import Status
from ordermill.entrypoints.problem_types import status_of
from ordermill.entrypoints.web import Response
from ordermill.entrypoints.wire import Problem
from ordermill.ports.journal import StorageFull
from ordermill.ports.services import ServiceUnavailable

_encode = msgspec.json.Encoder().encode
_RETRY: Final = ("retry-after", "1")


class RateLimited(OrdermillError):
    """`quota` requests in `window_s` seconds are spent; `wait_s` seconds from now there are new ones."""

    slug = "rate-limited"
    title = "Too many requests"

    def __init__(self, policy: str, quota: int, window_s: int, wait_s: int) -> None:
        super().__init__(f"at most {quota} {policy} in {window_s} s; wait {wait_s} s")
        self.headers = (
            ("retry-after", str(wait_s)),
            ("ratelimit-policy", f'"{policy}";q={quota};w={window_s}'),
            ("ratelimit", f'"{policy}";r=0;t={wait_s}'),
        )


class MethodNotAllowed(OrdermillError):
    """`allowed` are the path's methods."""

    slug = "method-not-allowed"
    title = "This path does not take that method"

    def __init__(self, allowed: str) -> None:
        super().__init__(f"use {allowed}")
        self.allowed = allowed


def problem_of(error: OrdermillError) -> Problem:
    """What it says, as it goes over the wire: alone, or as what came of one of several."""
    body = Problem(
        f"/problems/{error.slug}", error.title, status_of(error.slug), error.detail, f"req_{uuid_utils.uuid7()}"
    )
    if isinstance(error, InvalidOrder):
        return msgspec.structs.replace(body, errors=error.errors)
    if isinstance(error, InvalidTransition):
        allowed = tuple(Status(name) for name in error.allowed)
        return msgspec.structs.replace(body, from_=Status(error.from_), to=Status(error.to), allowed=allowed)
    return body


def problem(error: BaseException) -> Response:
    """The answer to an error; one that is not in the contract tells nothing but that it happened."""
    known = _known(error)
    body = problem_of(known)
    headers: list[tuple[str, str]] = []
    if isinstance(known, MethodNotAllowed):
        headers.append(("allow", known.allowed))
    elif isinstance(known, RateLimited):
        headers += known.headers
    if known.execution_id is not None and body.status in (422, 503):
        body = msgspec.structs.replace(body, execution_id=known.execution_id)
    if body.status == 503:
        headers.append(_RETRY)
    elif body.status == 401:
        headers.append(("www-authenticate", "Bearer"))
    return Response(body.status, _encode(body), "application/problem+json", headers)


def _known(error: BaseException) -> OrdermillError:
    if isinstance(error, OrdermillError):
        return error
    if isinstance(error, StorageFull | ServiceUnavailable):
        return StorageUnavailable("what this needs is not available now")
    return OrdermillError("the failure is logged under this instance")
