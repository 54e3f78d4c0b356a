"""The routes that the server answers itself: pages, health, descriptions, and the operator's views."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Literal

import msgspec
from msgspec import UNSET

from ordermill import __version__
from ordermill.adapters.local.readers import ReadOrders
from ordermill.bootstrap.local import LocalSystem
from ordermill.domain.errors import NotFound
from ordermill.domain.money import format as money
from ordermill.domain.times import rfc3339
from ordermill.entrypoints.bindings import InvalidQuery, is_order_id
from ordermill.entrypoints.faulting import FaultRoutes
from ordermill.entrypoints.objects import OBJECT_ROUTE, ObjectRoute
from ordermill.entrypoints.openapi import document
from ordermill.entrypoints.problem_types import problem_page
from ordermill.entrypoints.sign_in.routes import SignIn
from ordermill.entrypoints.site import Page, asset, page
from ordermill.entrypoints.watching import WatchRoutes
from ordermill.entrypoints.web import NO_STORE, Request, Response, is_unchanged
from ordermill.entrypoints.wire import HealthView, LedgerEntryView, PaymentsView
from ordermill.entrypoints.wire_executions import EXECUTION_ID_PATTERN, execution_view
from ordermill.entrypoints.wire_managing import CountsView
from ordermill.entrypoints.wire_queues import queues_view
from ordermill.topology.views import RouteEntry

_EXECUTION_ID: Final = re.compile(EXECUTION_ID_PATTERN)
_encode = msgspec.json.Encoder().encode


class Operations:
    """One method a route."""

    def __init__(
        self,
        system: LocalSystem,
        routes: Sequence[RouteEntry],
        public_url: str,
        watching: WatchRoutes,
        sign_in: SignIn,
    ) -> None:
        self._system = system
        faults = FaultRoutes(system)
        self.bodies = {"PUT /faults": "application/json"}
        """The media type of the body, by the routes that take one."""
        self._description = _encode(document(routes, __version__, public_url, sign_in.gate.cookie.name))
        self._answers: dict[str, Callable[[Request], Response | Awaitable[Response]]] = {
            "GET /": lambda request: _page(request, page("/")),
            "GET /docs": lambda request: _page(request, page("/docs")),
            "GET /assets/{name}": lambda request: _page(request, asset(request.path["name"])),
            "GET /problems/{slug}": lambda request: _page(request, problem_page(request.path["slug"])),
            "GET /health": self._health,
            "GET /openapi.json": self._openapi,
            "GET /topology": self._topology,
            "GET /payments": self._payments,
            "GET /executions/{executionId}": self._execution,
            "GET /queues": self._queues,
            "GET /orders/counts": self._counts,
            "GET /orders/{orderId}/execution": watching.execution,
            "GET /metrics": watching.metrics,
            "GET /live": watching.live,
            "GET /logs": watching.logs,
            OBJECT_ROUTE: ObjectRoute(system.services.links, system.services.buckets).answer,
            "GET /faults": faults.show,
            "PUT /faults": faults.replace,
            **sign_in.answers(),
        }

    async def answer(self, request: Request) -> Response:
        """The answer of the route. Raises KeyError for one that nobody wrote."""
        answer = self._answers[request.route](request)
        return answer if isinstance(answer, Response) else await answer

    def _health(self, _: Request) -> Response:
        if not self._system.engine.healthy:
            return Response(503, _encode({"status": "unavailable"}), headers=[("retry-after", "1")])
        stale = self._system.periodics.stale()
        status: Literal["ok", "degraded"] = "degraded" if stale else "ok"
        return Response(200, _encode(HealthView(status, __version__, self._system.pipeline, stale or UNSET)))

    def _openapi(self, _: Request) -> Response:
        return Response(200, self._description)

    def _topology(self, _: Request) -> Response:
        return Response(200, _encode(self._system.topology))

    def _payments(self, request: Request) -> Response:
        order_id = request.query.get("orderId")
        if order_id is None or len(request.query) > 1:
            raise InvalidQuery("send orderId, and nothing else")
        if not is_order_id(order_id):
            raise InvalidQuery("orderId is not the id of an order")
        rows = tuple(
            LedgerEntryView(
                row.payment_id,
                row.order_id,
                row.kind,
                row.key,
                money(row.amount, row.currency or "USD"),
                row.outcome,
                rfc3339(row.at),
            )
            for row in self._system.gateway.payments_of(order_id)
        )
        return Response(200, _encode(PaymentsView(rows)), headers=[("cache-control", "no-store")])

    async def _execution(self, request: Request) -> Response:
        if request.query:
            raise InvalidQuery(f"this route takes no {next(iter(request.query))}"[:80])
        execution_id, executions = request.path["executionId"], self._system.executions
        if not _EXECUTION_ID.fullmatch(execution_id):
            raise NotFound("no execution has this id")
        loop = asyncio.get_running_loop()
        execution = await loop.run_in_executor(self._system.reading, executions.read, execution_id)
        if execution is None:
            raise NotFound("no execution of this id is kept")
        return Response(200, _encode(execution_view(execution)), headers=[("cache-control", "no-store")])

    async def _queues(self, request: Request) -> Response:
        """Reads in a thread that may wait, but asks the engine what is under way here, in its own."""
        if request.query:
            raise InvalidQuery(f"this route takes no {next(iter(request.query))}"[:80])
        overview = self._system.overview
        under_way = overview.under_way()
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._system.reading, overview.read, under_way)
        return Response(200, _encode(queues_view(*found)))

    async def _counts(self, request: Request) -> Response:
        if request.query:
            raise InvalidQuery(f"this route takes no {next(iter(request.query))}"[:80])
        loop = asyncio.get_running_loop()
        counts = await loop.run_in_executor(self._system.reading, ReadOrders(self._system.connections).count)
        return Response(200, _encode(CountsView(counts)), headers=[NO_STORE])


def _page(request: Request, found: Page | None) -> Response:
    if found is None:
        raise NotFound("no such page")
    headers = list(found.headers.items())
    if is_unchanged(request.headers.get("if-none-match"), found.etag):
        return Response(304, headers=headers)
    return Response(200, found.body, found.content_type, headers)
