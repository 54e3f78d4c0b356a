"""The local HTTP server: an ASGI callable that hands requests to the engine and answers after its commit."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from functools import partial
from time import perf_counter
from typing import Any, Final

from ordermill.bootstrap.local import LocalSystem
from ordermill.domain.errors import (
    Forbidden,
    IdempotencyKeyInvalid,
    OrdermillError,
    Overloaded,
    PayloadTooLarge,
    Unauthorized,
)
from ordermill.entrypoints.access import Gatekeeper
from ordermill.entrypoints.admission import Admission
from ordermill.entrypoints.bindings import Binding, InvalidQuery, UnsupportedMediaType, check_media, wants_page
from ordermill.entrypoints.faulting import meet_reading
from ordermill.entrypoints.hosts import MalformedRequest
from ordermill.entrypoints.objects import OBJECT_ROUTE, only_get
from ordermill.entrypoints.operations import Operations
from ordermill.entrypoints.problems import MethodNotAllowed, problem
from ordermill.entrypoints.query import check_query, query_of
from ordermill.entrypoints.rate_limits import MAILING
from ordermill.entrypoints.requests import NO_ROUTE
from ordermill.entrypoints.route_bindings import BOUND, Edge, binding_of
from ordermill.entrypoints.routing import Match, Router
from ordermill.entrypoints.sending import Receive, Scope, Send, refuse_body, send_stream, send_whole
from ordermill.entrypoints.sign_in.gate import while_alive
from ordermill.entrypoints.sign_in.made import made_in_memory
from ordermill.entrypoints.sign_in.needs import KeysNeeded, once_more
from ordermill.entrypoints.sign_in.routes import SignIn, page_of_refusal
from ordermill.entrypoints.staging import Staging, ask
from ordermill.entrypoints.subscription_pages import problem_shown
from ordermill.entrypoints.watching import Watch, WatchRoutes
from ordermill.entrypoints.web import BODY_MAX, Request, Response, too_large
from ordermill.runtime.cycle import BROKEN, Answer
from ordermill.runtime.inbox import Intake
from ordermill.runtime.trail import order_of
from ordermill.topology.views import routes

log = logging.getLogger(__name__)

LAST_WORDS_S: Final = 0.2
WAITING_MAX: Final = 4096
WAITING_BYTES_MAX: Final = 32 * 1024 * 1024
LARGE_BODY: Final = 32 * 1024
LARGE_AT_ONCE: Final = 4
"""How many large bodies are taken apart at the same time: each takes many times its size, and holds up the loop."""
_WANTED: Final[dict[bytes, tuple[str, type[OrdermillError] | None]]] = {
    b"host": ("host", MalformedRequest),
    b"origin": ("origin", Forbidden),
    b"sec-fetch-site": ("sec-fetch-site", Forbidden),
    b"authorization": ("authorization", Unauthorized),
    b"cookie": ("cookie", None),
    b"csrf-token": ("csrf-token", Forbidden),
    b"sec-purpose": ("sec-purpose", None),
    b"order-token": ("order-token", Unauthorized),
    b"idempotency-key": ("idempotency-key", IdempotencyKeyInvalid),
    b"if-none-match": ("if-none-match", InvalidQuery),
    b"if-match": ("if-match", None),
    b"content-type": ("content-type", UnsupportedMediaType),
    b"content-length": ("content-length", InvalidQuery),
    b"content-encoding": ("content-encoding", UnsupportedMediaType),
    b"last-event-id": ("last-event-id", InvalidQuery),
    b"accept": ("accept", None),
    b"traceparent": ("traceparent", None),
}
"""The headers that anything here looks at, and what it is to send one twice; None: it is one list."""


class StillSending(Exception):
    """Not all of the body has arrived, and it is refused already."""


class TooLargeSoFar(PayloadTooLarge, StillSending):
    """The body is larger than any may be."""


class TooMuchSoFar(Overloaded, StillSending):
    """Too many bodies are arriving."""


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

    def __init__(
        self,
        system: LocalSystem,
        staff_token: str,
        public_url: str,
        admission: Admission,
        watch: Watch | None = None,
        sign_in: SignIn | None = None,
    ) -> None:
        table = routes(system.topology, system.pipeline)
        self._system, self._router = system, Router(table)
        self._sign_in = sign_in or made_in_memory(staff_token, public_url, admission.limits)
        self._admission, self._gate = admission, Gatekeeper(self._sign_in.staff, system.tokens)
        watch = watch or Watch()
        self._requests, self._callers = watch.requests, watch.callers
        self._staging = Staging(system)
        self._operations = Operations(system, table, public_url, WatchRoutes(system, watch), self._sign_in)
        # Asking for the running loop each time is a system call.
        self._loop = asyncio.get_running_loop()
        offload = partial(self._loop.run_in_executor, system.reading)
        edge = Edge(system.cursors, system.settings.mail_from, system.readers["get_orders"], offload)
        self._bindings = {name: binding_of(name, edge) for name in BOUND}
        self._waiting = self._waiting_bytes = 0
        self._large = asyncio.Semaphore(LARGE_AT_ONCE)

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
            self._conclude(scope, response, since)
            await refuse_body(response, receive, send)
            return
        except Exception as error:
            response = self._problem(scope, error)
        self._conclude(scope, response, since)
        if response.chunks is None:
            await send_whole(response, send)
        else:
            await send_stream(response, receive, send)

    def take(self, scope: Scope, body: bytes, answer: Callable[[Response], None]) -> bool:
        """Hand a request that has arrived whole to the engine, whose answer goes to `answer`, in this loop.

        False if it is none for this way; then nothing has happened yet. `scope` as in ASGI.
        """
        if len(body) > LARGE_BODY:
            return False
        since = perf_counter()

        def finish(result: Any, error: BaseException | None) -> None:
            self._waiting -= 1
            self._waiting_bytes -= len(body)
            try:
                response = binding.encode(request, result) if error is None else self._problem(scope, error)
                if error is None:
                    self._callers.note(request, response, order_of(message, result))
            except Exception as failure:
                response = self._problem(scope, failure)
            self._conclude(scope, response, since)
            answer(response)

        try:
            request, match = self._request(scope)
            writer = self._system.writers.get(match.function or "")
            if writer is None:
                return False
            binding = self._bindings[writer.name]
            check_media(request.headers, binding.media or "")
            request.body = body
            message = binding.decode(request)
            self._admit(len(body))
        except KeysNeeded:
            return False
        except Exception as error:
            response = self._problem(scope, error)
            self._conclude(scope, response, since)
            answer(response)
            return True
        self._system.engine.inbox.put(Intake(writer, message, finish))
        return True

    def _problem(self, scope: Scope, error: BaseException) -> Response:
        response = problem(error)
        if scope.get("ordermill.page"):
            response = problem_shown(response)
        if response.status == 500:
            # The path as it was sent: decoded, it could hold line breaks.
            path = scope["raw_path"].decode("latin-1")
            log.error("%s %s failed", scope["method"], path, exc_info=error)
        route = scope.get("ordermill.route", NO_ROUTE)
        return page_of_refusal(route, scope["headers"], error) or response

    def _admit(self, size: int) -> None:
        """One more request waits for the engine, with so many bytes, unless there are too many."""
        if self._waiting >= WAITING_MAX or self._waiting_bytes + size > WAITING_BYTES_MAX:
            raise Overloaded
        self._waiting += 1
        self._waiting_bytes += size

    def _conclude(self, scope: Scope, response: Response, since: float) -> None:
        """The request is answered: count it, and take a cookie back that is good for nothing any more."""
        if scope.get("ordermill.stale") and "set-cookie" not in dict(response.headers):
            response.headers = [*response.headers, self._sign_in.gate.cookie.clear()]
        self._requests.count(scope["method"], scope.get("ordermill.route", NO_ROUTE), response.status, since)

    def _request(self, scope: Scope) -> tuple[Request, Match]:
        """The request as far as its head tells, admitted and with its route."""
        headers, client = _headers(scope["headers"]), scope["client"]
        address = client[0] if client else None
        self._admission.check(scope["method"], headers, address)
        path = scope["raw_path"].decode("latin-1")
        try:
            match = self._router.match(scope["method"], path)
        except MethodNotAllowed:
            only_get(path)
            raise
        scope["ordermill.route"] = match.route
        if match.function is not None:
            scope["ordermill.page"] = self._bindings[match.function].pages and wants_page(headers)
        if match.function in MAILING:
            self._admission.limits.mailing(address)
        presented = self._sign_in.gate.presented(match, scope["method"], headers, address)
        scope["ordermill.stale"] = presented.stale
        viewer = self._gate.viewer(match, headers, address, signed_in=presented.session is not None)
        request = Request(scope["method"], match.route, match.path, {}, headers, b"", viewer, address)
        request.session, request.csrf = presented.session, presented.csrf
        if match.route == OBJECT_ROUTE:
            # A link is good as it was given, to the letter.
            request.target = f"{path}?{scope['query_string'].decode('latin-1')}"
        elif scope["query_string"]:
            request.query = query_of(scope["query_string"])
        return request, match

    async def _handle(self, scope: Scope, receive: Receive) -> Response:
        try:
            request, match = self._request(scope)
        except KeysNeeded as needed:
            request, match = await once_more(needed, partial(self._request, scope))
        response = await self._answer(request, match, receive)
        if request.session is not None and response.content_type == "text/event-stream" and response.chunks is not None:
            response.chunks = while_alive(response.chunks, partial(self._sign_in.sessions.alive, request.session))
        return response

    async def _answer(self, request: Request, match: Match, receive: Receive) -> Response:
        query, headers = request.query, request.headers
        if match.function is None:
            if (media := self._operations.bodies.get(match.route)) is not None:
                check_media(headers, media)
                request.body = await self._body(headers, receive)
            return await self._operations.answer(request)
        binding = self._bindings[match.function]
        if query:
            check_query(query, binding.query)
        if binding.media is not None:
            check_media(headers, binding.media)
            request.body = await self._body(headers, receive, binding.body_max)
            # What threads take apart holds up nobody here.
            if len(request.body) > LARGE_BODY and match.function not in self._system.staged:
                return await self._run_large(match, binding, request)
        return await self._run(match, binding, request)

    async def _run(self, match: Match, binding: Binding, request: Request) -> Response:
        name = match.function or ""
        message = binding.decode(request)
        size = len(request.body)
        if name in self._system.readers:
            return await self._read(binding, request, name, message)
        self._admit(size)
        writer = self._system.writers.get(name)
        try:
            if writer is None:
                result = await self._staging.answer(self._system.staged[name], message)
            else:
                result = await ask(self._system, writer, message)
            response = binding.encode(request, result)
        finally:
            self._waiting -= 1
            self._waiting_bytes -= size
        self._callers.note(request, response, order_of(message, result))
        return response

    async def _read(self, binding: Binding, request: Request, name: str, message: Any) -> Response:
        """What a function without effects says, and its hop. A long list would hold up the loop while it is encoded."""
        since, trail, edge = perf_counter(), self._system.engine.trail, f"{request.route}>{name}"
        faults = self._system.faults

        def answer() -> Response:
            return binding.encode(request, self._system.readers[name](message))

        try:
            if faults.armed:
                await meet_reading(self._system, name, message)
            response = await self._loop.run_in_executor(self._system.reading, answer)
            if faults.armed:
                await meet_reading(self._system, name, message, after=True)
        except Exception as error:
            trail.read(edge, name, order_of(message, None), since, error)
            raise
        self._callers.note(request, response, order_of(message, None))
        trail.read(edge, name, order_of(message, None), since, None)
        return response

    async def _run_large(self, match: Match, binding: Binding, request: Request) -> Response:
        with self._holding() as hold:
            hold(len(request.body))
            await self._large.acquire()
        # From here on `_run` counts its bytes.
        try:
            return await self._run(match, binding, request)
        finally:
            self._large.release()

    @contextmanager
    def _holding(self) -> Iterator[Callable[[int], None]]:
        """Counts bytes of bodies that wait, until it is left. What it gives raises Overloaded at too many."""
        held = 0

        def hold(size: int) -> None:
            nonlocal held
            held += size
            self._waiting_bytes += size
            if self._waiting_bytes > WAITING_BYTES_MAX:
                raise Overloaded

        try:
            yield hold
        finally:
            self._waiting_bytes -= held

    async def _body(self, headers: Mapping[str, str], receive: Receive, most: int = BODY_MAX) -> bytes:
        declared = headers.get("content-length", "0")
        if declared.isdecimal() and int(declared) > most:
            raise TooLargeSoFar(too_large(most))
        message = await receive()
        body: bytes = message.get("body", b"")
        if message.get("more_body"):
            body, message = await self._rest(body, receive, most)
        if message["type"] == "http.disconnect":
            raise ClientGone
        return body

    async def _rest(self, body: bytes, receive: Receive, most: int) -> tuple[bytes, MutableMapping[str, Any]]:
        """The whole body that begins with `body`, at most so many bytes, and the last message."""
        parts, size, more = [body], len(body), True
        with self._holding() as hold:
            hold(size)
            while more:
                message = await receive()
                parts.append(message.get("body", b""))
                size += len(parts[-1])
                more = message.get("more_body", False)
                # After the end of a body there is nothing to wait for: it would be the connection's end.
                if size > most:
                    raise (TooLargeSoFar if more else PayloadTooLarge)(too_large(most))
                try:
                    hold(len(parts[-1]))
                except Overloaded as error:
                    raise TooMuchSoFar if more else error from error
        return b"".join(parts), message


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
            text = f"{headers[name]}{'; ' if name == 'cookie' else ', '}{text}"
        headers[name] = text
    return headers
