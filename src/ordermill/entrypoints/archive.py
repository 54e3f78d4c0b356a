"""The archive of deleted orders over HTTP: pages of it, and one order."""

from __future__ import annotations

from functools import partial
from typing import Final

from ordermill.domain.archive import ArchiveFilter, ArchivePage
from ordermill.domain.commands import GetArchive, GetArchivedOrder
from ordermill.entrypoints.bindings import Binding, order_id_of
from ordermill.entrypoints.order_query import read_filter, read_limit
from ordermill.entrypoints.paging import Cursors, Pages
from ordermill.entrypoints.web import NO_STORE, Request, Response
from ordermill.entrypoints.wire_archive import archive_view

PARAMETERS: Final = frozenset({"customer", "from", "to", "limit", "cursor"})


class ArchiveRoutes:
    """Both routes."""

    def __init__(self, cursors: Cursors) -> None:
        self._pages = Pages(cursors, "archive")

    def bindings(self) -> dict[str, Binding]:
        """By function."""
        return {
            "get_archive": Binding(None, self._page, self._listed, PARAMETERS),
            "get_archived_order": Binding(None, lambda request: GetArchivedOrder(order_id_of(request)), _order),
        }

    def _page(self, request: Request) -> GetArchive:
        filter_, limit = _filter(request), read_limit(request.query)
        return GetArchive(filter_, limit, self._pages.position(request, filter_))

    def _listed(self, request: Request, page: ArchivePage) -> Response:
        return self._pages.answer(request, _filter(request), page.after, partial(archive_view, page))


def _filter(request: Request) -> ArchiveFilter:
    asked = read_filter(request.query)
    return ArchiveFilter(asked.customer, asked.since, asked.until)


def _order(_: Request, body: bytes) -> Response:
    return Response(200, body, headers=[NO_STORE])
