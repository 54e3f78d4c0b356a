"""The local HTTP server: an ASGI callable that hands requests to the engine and answers after its commit."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from time import perf_counter
from typing import Any, Final
from urllib.parse import parse_qsl

from ordermill.bootstrap import LocalSystem
from ordermill.domain.errors import IdempotencyKeyInvalid, OrdermillError, Overloaded, Unauthorized
from ordermill.entrypoints.access import Gatekeeper
from ordermill.entrypoints.bindings import BINDINGS, Binding, InvalidQuery, UnsupportedMediaType, check_media
from ordermill.entrypoints.operations import Operations
from ordermill.entrypoints.problems import PayloadTooLarge, problem
from ordermill.entrypoints.requests import NO_ROUTE
from ordermill.entrypoints.routing import Match, Router
from ordermill.entrypoints.sending import Receive, Scope, Send, refuse_body, send_stream, send_whole
from ordermill.entrypoints.watching import Watch, WatchRoutes
from ordermill.entrypoints.web import Request, Response
from ordermill.runtime.cycle import BROKEN, Answer
from ordermill.runtime.inbox import Intake
from ordermill.runtime.trail import order_of
from ordermill.topology.views import routes

log = logging.getLogger(__name__)

BODY_MAX: Final = 256 * 1024
LAST_WORDS_S: Final = 0.2
WAITING_MAX: Final = 4096
WAITING_BYTES_MAX: Final = 32 * 1024 * 1024
_WANTED: Final[dict[bytes, tuple[str, type[OrdermillError] | None]]] = {
    b"authorization": ("authorization", Unauthorized),
    b"order-token": ("order-token", Unauthorized),
    b"idempotency-key": ("idempotency-key", IdempotencyKeyInvalid),
    b"if-none-match": ("if-none-match", InvalidQuery),
    b"content-type": ("content-type", UnsupportedMediaType),
    b"content-length": ("content-length", InvalidQuery),
    b"content-encoding": ("content-encoding", UnsupportedMediaType),
    b"last-event-id": ("last-event-id", InvalidQuery),
    b"accept": ("accept", None),
}
"""The headers that anything here looks at, and what it is to send one twice; None: it is one list."""


class StillSending(PayloadTooLarge):
    """The body is too large, and not all of it has arrived."""


class ClientGone(Exception):
    """The client went away before its body was complete: nobody is there to answer."""


class Loop:
    """The engine's host in the event loop that both run in."""

    def __init__(self, loop: asyncio.AbstractEventLoop, end: Callable[[int], None]) -> None:
        self._loop, self._end = loop, end

    def deliver(self, answers: Sequence[Answer]) -> None:
        """Answer; the engine runs in this very loop."""
        for reply, result, error in answers:
            reply(result, error)

    def end(self, status: int) -> None:
        """End the process: after a failure of storage, once the answers that say so are out."""
        if status == BROKEN:
            self._loop.call_soon_threadsafe(self._loop.call_later, LAST_WORDS_S, self._end, status)
        else:
            self._end(status)


class App:
    """The ASGI callable, made in the loop that it serves in."""

    def __init__(self, system: LocalSystem, staff_token: str, public_url: str, watch: Watch | None = None) -> None:
        table = routes(system.topology, system.pipeline)
        self._system, self._router = system, Router(table)
        self._gate = Gatekeeper(staff_token, system.tokens)
        watch = watch or Watch()
        self._requests = watch.requests
        self._operations = Operations(system, table, public_url, WatchRoutes(system, watch))
        # Asking for the running loop each time is a system call.
        self._loop = asyncio.get_running_loop()
        self._waiting = self._waiting_bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return
        since = perf_counter()
        try:
            response = await self._handle(scope, receive)
        except ClientGone:
            return
        except StillSending as error:
            response = problem(error)
            self._count(scope, response, since)
            await refuse_body(response, receive, send)
            return
        except Exception as error:
            response = problem(error)
            if response.status == 500:
                log.exception("%s %s failed", scope["method"], scope["path"])
        self._count(scope, response, since)
        if response.chunks is None:
            await send_whole(response, send)
        else:
            await send_stream(response, receive, send)

    def _count(self, scope: Scope, response: Response, since: float) -> None:
        self._requests.count(scope["method"], scope.get("ordermill.route", NO_ROUTE), response.status, since)

    async def _handle(self, scope: Scope, receive: Receive) -> Response:
        headers = _headers(scope["headers"])
        match = self._router.match(scope["method"], scope["raw_path"].decode("latin-1"))
        scope["ordermill.route"] = match.route
        viewer = self._gate.viewer(match, headers)
        query = _query(scope["query_string"]) if scope["query_string"] else {}
        request = Request(scope["method"], match.route, match.path, query, headers, b"", viewer)
        if match.function is None:
            return await self._operations.answer(request)
        binding = BINDINGS[match.function]
        if query:
            raise InvalidQuery(f"this route takes no {next(iter(query))}"[:80])
        if binding.media is not None:
            check_media(headers, binding.media)
            request.body = await self._body(headers, receive)
        return await self._run(match, binding, request)

    async def _run(self, match: Match, binding: Binding, request: Request) -> Response:
        name = match.function or ""
        message = binding.decode(request)
        writer = self._system.writers.get(name)
        if writer is None:
            return binding.encode(request, await self._read(f"{match.route}>{name}", name, message))
        size = len(request.body)
        if self._waiting >= WAITING_MAX or self._waiting_bytes + size > WAITING_BYTES_MAX:
            raise Overloaded
        self._waiting += 1
        self._waiting_bytes += size
        try:
            future: asyncio.Future[Any] = self._loop.create_future()
            self._system.engine.inbox.put(Intake(writer, message, partial(_resolve, future)))
            return binding.encode(request, await future)
        finally:
            self._waiting -= 1
            self._waiting_bytes -= size

    async def _read(self, edge: str, name: str, message: Any) -> Any:
        """What a function without effects says, and its hop."""
        since, trail = perf_counter(), self._system.engine.trail
        try:
            result = await self._loop.run_in_executor(self._system.reading, self._system.readers[name], message)
        except Exception as error:
            trail.read(edge, name, order_of(message, None), since, error)
            raise
        trail.read(edge, name, order_of(message, result), since, None)
        return result

    async def _body(self, headers: dict[str, str], receive: Receive) -> bytes:
        declared = headers.get("content-length", "0")
        if declared.isdecimal() and int(declared) > BODY_MAX:
            raise StillSending(f"at most {BODY_MAX // 1024} KiB")
        message = await receive()
        body: bytes = message.get("body", b"")
        if message.get("more_body"):
            parts, size = [body], len(body)
            while message.get("more_body"):
                message = await receive()
                parts.append(message.get("body", b""))
                size += len(parts[-1])
                if size > BODY_MAX:
                    # After the end of a body there is nothing to wait for: it would be the connection's end.
                    refusal = StillSending if message.get("more_body") else PayloadTooLarge
                    raise refusal(f"at most {BODY_MAX // 1024} KiB")
            body = b"".join(parts)
        if message["type"] == "http.disconnect":
            raise ClientGone
        return body


def _resolve(future: asyncio.Future[Any], result: object, error: BaseException | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)


def _headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for raw_name, value in raw:
        wanted = _WANTED.get(raw_name)
        if wanted is None:
            continue
        name, twice = wanted
        text = value.decode("latin-1")
        if name in headers:
            if twice is not None:
                raise twice(f"send {name} once")
            text = f"{headers[name]}, {text}"
        headers[name] = text
    return headers


def _query(raw: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(
            raw.decode("ascii"), keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=32
        )
    except ValueError as error:
        raise InvalidQuery("the query cannot be read") from error
    query = dict(pairs)
    if len(query) != len(pairs):
        raise InvalidQuery("a parameter is named twice")
    return query
