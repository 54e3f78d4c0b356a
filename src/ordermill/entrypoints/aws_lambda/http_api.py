"""A request that API Gateway hands over (HTTP API, payload 2.0), and the answer in its form.

The same bindings, problems and tokens as in the local server. What the gateway answers itself (no such route, a body
over 10 MB, throttling, a staff token that is none) is in docs/aws.md.
"""

from __future__ import annotations

import base64
import binascii
import logging
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from functools import cached_property
from time import perf_counter
from typing import Any, Final

from ordermill.adapters.aws.signing import DerivedCursors, DerivedTokens
from ordermill.bootstrap.aws import LambdaFunction
from ordermill.domain.errors import NotFound, PayloadTooLarge, Unauthorized
from ordermill.entrypoints.access import Gatekeeper
from ordermill.entrypoints.aws_lambda.staff import PoolStaff, SignIn, check_member
from ordermill.entrypoints.aws_lambda.telemetry import tell
from ordermill.entrypoints.bindings import Binding, InvalidQuery, check_media, wants_page
from ordermill.entrypoints.callers import Callers
from ordermill.entrypoints.problems import problem
from ordermill.entrypoints.query import check_query, query_of
from ordermill.entrypoints.route_bindings import Edge, binding_of
from ordermill.entrypoints.routing import Match
from ordermill.entrypoints.subscription_pages import problem_shown
from ordermill.entrypoints.web import Request, Response, Viewer, too_large
from ordermill.topology.views import RouteEntry, routes

log = logging.getLogger(__name__)

ANSWER_MAX: Final = 5_500_000
"""Bytes of an answer at most: Lambda takes 6 MB, as JSON."""


class HttpApi:
    """Answers the routes of one function."""

    def __init__(self, function: LambdaFunction, sign_in: SignIn | None) -> None:
        self._function, self._sign_in = function, sign_in
        self._routes = {
            f"{route.method} {route.path}": route
            for route in routes(function.topology, function.pipeline)
            if route.function == function.name
        }
        self._callers = Callers()
        tokens = DerivedTokens(function.secrets.read)
        self._gate = Gatekeeper(PoolStaff(function.deployment, sign_in), tokens)

    @cached_property
    def _binding(self) -> Binding:
        function = self._function
        cursors = DerivedCursors(function.secrets.read)
        return binding_of(function.name, Edge(cursors, function.settings.mail_from, function.run, _at_once))

    def answer(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to an event; nothing is raised, what went wrong is a problem."""
        since, name = perf_counter(), self._function.name
        message = result = error = None
        try:
            request = self._request(event)
            message = self._binding.decode(request)
            result = self._function.run(message)
            response = self._binding.encode(request, result)
            self._callers.note(request, response, _order_of(message, result))
            answer = _answer(response)
        except Exception as failure:
            error, answer = failure, _answer(self._problem(event, failure))
        order_id = _order_of(message, result)
        tell(f"{event.get('routeKey')}>{name}", name, order_id, "ok" if error is None else "failed", 1, since, error)
        return answer

    def _problem(self, event: Mapping[str, Any], error: Exception) -> Response:
        response = problem(error)
        if self._binding.pages and wants_page(_headers(event)):
            return problem_shown(response)
        return response

    def _request(self, event: Mapping[str, Any]) -> Request:
        route = self._routes.get(event["routeKey"])
        if route is None:
            raise NotFound("no such path")
        headers = _headers(event)
        method, path = event["requestContext"]["http"]["method"], event.get("pathParameters") or {}
        viewer = self._viewer(event, route, path, headers)
        query = query_of(event["rawQueryString"].encode()) if event.get("rawQueryString") else {}
        if query:
            check_query(query, self._binding.query)
        if self._binding.media is not None:
            check_media(headers, self._binding.media)
        body = _body(event, self._binding.body_max)
        return Request(method, event["routeKey"], path, query, headers, body, viewer)

    def _viewer(
        self, event: Mapping[str, Any], route: RouteEntry, path: Mapping[str, str], headers: Mapping[str, str]
    ) -> Viewer:
        """Who asks. Where the gateway has verified the token, its claims say which groups it is of."""
        claims = event["requestContext"].get("authorizer", {}).get("jwt", {}).get("claims")
        if claims is not None and self._sign_in is not None:
            check_member(claims, self._sign_in.group)
            if "order-token" in headers:
                self._gate.check_holder(path.get("orderId"), headers["order-token"])
            return "staff"
        if route.access == "staff":
            # No such route is deployed without the authorizer; nobody passes if it were.
            raise Unauthorized("this needs the staff token")
        match = Match(event["routeKey"], route.function, route.access, path)
        return self._gate.viewer(match, headers, event["requestContext"]["http"].get("sourceIp"))


def _headers(event: Mapping[str, Any]) -> dict[str, str]:
    return {name.lower(): value for name, value in event.get("headers", {}).items()}


def _body(event: Mapping[str, Any], most: int) -> bytes:
    text = event.get("body") or ""
    try:
        body = base64.b64decode(text, validate=True) if event.get("isBase64Encoded") else text.encode()
    except (binascii.Error, UnicodeEncodeError) as error:
        raise InvalidQuery("the body cannot be read") from error
    if len(body) > most:
        raise PayloadTooLarge(too_large(most))
    return body


def _answer(response: Response) -> dict[str, Any]:
    body = response.body if response.chunks is None else _whole(response)
    headers: dict[str, str] = {"content-type": response.content_type} if body else {}
    for name, value in response.headers:
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    try:
        text, encoded = body.decode("utf-8"), False
    except UnicodeDecodeError:
        text, encoded = base64.b64encode(body).decode("ascii"), True
    return {"statusCode": response.status, "headers": headers, "body": text, "isBase64Encoded": encoded}


def _whole(response: Response) -> bytes:
    """All pieces. They come without waiting for anything but the function itself. Raises InvalidQuery if too many."""
    assert response.chunks is not None
    parts, size = list[bytes](), 0
    for piece in _run(response.chunks):
        parts.append(piece)
        size += len(piece)
        if size > ANSWER_MAX:
            raise InvalidQuery("this is more than one answer can hold: ask for less with from and to")
    return b"".join(parts)


def _run(chunks: AsyncGenerator[bytes]) -> Iterator[bytes]:
    """The pieces of an asynchronous generator that never waits, one by one, without an event loop."""
    while True:
        try:
            chunks.__anext__().send(None)
        except StopIteration as piece:
            yield piece.value
        except StopAsyncIteration:
            return


async def _at_once(call: Callable[[], Any]) -> Any:
    """There is nobody else to hold up."""
    return call()


def _order_of(message: object, result: object) -> str | None:
    order_id: str | None = getattr(getattr(result, "order", None), "order_id", None)
    return order_id or getattr(message, "order_id", None)
