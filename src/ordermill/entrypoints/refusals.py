"""Why a connection's bytes are no request that anything here would look at."""

from __future__ import annotations

import re
from typing import Final

from httptools import HttpParserCallbackError, HttpParserError, HttpParserInvalidMethodError

from ordermill.domain.errors import OrdermillError
from ordermill.entrypoints.hosts import MalformedRequest
from ordermill.entrypoints.problems import problem
from ordermill.entrypoints.web import Response

METHODS: Final = "DELETE, GET, HEAD, PATCH, POST, PUT"
"""Those that a route may have."""

_TOKEN: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+(?: |$)")


class RequestTimeout(OrdermillError):
    slug = "request-timeout"
    title = "The request took too long to arrive"


class UriTooLong(OrdermillError):
    slug = "uri-too-long"
    title = "The address is too long"


class ExpectationFailed(OrdermillError):
    slug = "expectation-failed"
    title = "The expectation cannot be met"


class HeadersTooLarge(OrdermillError):
    slug = "headers-too-large"
    title = "The headers are too large"


class NotImplementedHere(OrdermillError):
    """A method, or a coding of the body, that the server does not know."""

    slug = "not-implemented"
    title = "This server does not do that"


class VersionNotSupported(OrdermillError):
    slug = "version-not-supported"
    title = "Only HTTP/1.1 and HTTP/1.0 are spoken here"


def reason_of(error: HttpParserError, data: bytes, version: str) -> OrdermillError:
    """What to answer to bytes the parser refuses; `version` is the one it read, 0.0 where it came to none.

    The words of the parser's error are its own, never what was sent.
    """
    if isinstance(error, HttpParserInvalidMethodError):
        if _TOKEN.match(data):
            return NotImplementedHere(f"the methods are {METHODS}")
        return MalformedRequest("it does not begin with a method")
    if version not in ("0.0", "1.0", "1.1"):
        return VersionNotSupported("use HTTP/1.1")
    if isinstance(error, HttpParserCallbackError):
        return MalformedRequest("its target cannot be read")
    return MalformedRequest(str(error))


def refusal(error: OrdermillError) -> Response:
    """The last answer of a connection."""
    response = problem(error)
    response.headers = [*response.headers, ("connection", "close")]
    if isinstance(error, NotImplementedHere):
        response.headers.append(("allow", METHODS))
    return response
