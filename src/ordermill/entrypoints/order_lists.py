"""`get_orders` over HTTP: a page as JSON with a cursor to the next, or everything as CSV, piece by piece."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from functools import partial
from typing import Any, Final

from ordermill.domain.commands import GetOrders
from ordermill.domain.order_list import PAGE_MAX, OrderFilter, OrderPage
from ordermill.entrypoints.bindings import Binding, InvalidQuery
from ordermill.entrypoints.order_csv import MEDIA, csv_header, csv_rows
from ordermill.entrypoints.order_query import FILTERS, PARAMETERS, read_filter, read_limit
from ordermill.entrypoints.paging import Cursors, Pages
from ordermill.entrypoints.web import NO_STORE, Request, Response
from ordermill.entrypoints.wire import orders_view

CSV_ROUTE: Final = "GET /orders.csv"

Offload = Callable[[Callable[[], Any]], Awaitable[Any]]
"""Runs a callable where it may block, and gives what it returns."""

_CSV_HEADERS: Final = (
    ("content-disposition", 'attachment; filename="orders.csv"'),
    NO_STORE,
)


class OrderLists:
    """`read` is the function, which blocks; `offload` runs it elsewhere."""

    def __init__(self, cursors: Cursors, read: Callable[[GetOrders], OrderPage], offload: Offload) -> None:
        self._pages, self._read, self._offload = Pages(cursors, "orders"), read, offload

    def binding(self) -> Binding:
        """Of both routes."""
        return Binding(None, self._decode, self._encode, PARAMETERS)

    def _decode(self, request: Request) -> GetOrders:
        query = request.query
        if request.route == CSV_ROUTE:
            if unfit := query.keys() - FILTERS:
                raise InvalidQuery(f"this route takes no {min(unfit)}: it answers with everything")
            return GetOrders(read_filter(query), 1 if request.method == "HEAD" else PAGE_MAX)
        filter_, limit = read_filter(query), read_limit(query)
        return GetOrders(filter_, limit, self._pages.position(request, filter_))

    def _encode(self, request: Request, page: OrderPage) -> Response:
        filter_ = read_filter(request.query)
        if request.route == CSV_ROUTE:
            chunks = _nothing() if request.method == "HEAD" else self._csv(filter_, page)
            return Response(200, content_type=MEDIA, headers=_CSV_HEADERS, chunks=chunks)
        return self._pages.answer(request, filter_, page.next, partial(orders_view, page.orders))

    async def _csv(self, filter_: OrderFilter, page: OrderPage) -> AsyncGenerator[bytes]:
        """Page by page: each is a snapshot of its own, so that nothing holds up the checkpoints for long."""
        yield csv_header()
        piece = await self._offload(partial(csv_rows, page.orders))
        following = page.next
        while following is not None:
            yield piece
            message = GetOrders(filter_, PAGE_MAX, following)
            piece, following = await self._offload(partial(self._piece, message))
        yield piece

    def _piece(self, message: GetOrders) -> tuple[bytes, str | None]:
        page = self._read(message)
        return csv_rows(page.orders), page.next


async def _nothing() -> AsyncGenerator[bytes]:
    """A body that has no length to be told, and is not asked for."""
    return
    yield b""
