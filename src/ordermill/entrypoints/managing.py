"""What staff change, over HTTP: one order by a merge patch, several by an action; and a file of new ones."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec

from ordermill.domain.actions import read_actions
from ordermill.domain.commands import ActOnOrders, DeleteOrder, ImportOrders, UpdateOrder
from ordermill.domain.edits import REASON
from ordermill.domain.errors import FieldError, InvalidImport
from ordermill.domain.json_body import parse_json
from ordermill.domain.order import Order
from ordermill.domain.order_import import LAST_ROW
from ordermill.domain.text import text_fault
from ordermill.entrypoints.bindings import Binding, InvalidQuery, order_id_of
from ordermill.entrypoints.preconditions import read_if_match
from ordermill.entrypoints.web import NO_STORE, Request, Response
from ordermill.entrypoints.wire import order_view
from ordermill.entrypoints.wire_archive import deleted_view
from ordermill.entrypoints.wire_managing import report_view, results_view

if TYPE_CHECKING:
    from ordermill.functions.act_on_orders import Result
    from ordermill.functions.import_orders import ImportedRow

PATCH_MEDIA: Final = ("application/merge-patch+json", "application/json")

_ROW: Final = re.compile("[0-9]{1,8}")

_encode = msgspec.json.Encoder().encode


def read_reason(request: Request) -> str | None:
    """Why an order is changed, where the body has no room for it: the query's `reason`. Raises InvalidQuery."""
    reason = request.query.get("reason")
    fault = None if reason is None else text_fault(reason, REASON)
    if fault is not None:
        raise InvalidQuery(f"reason must be {fault[1]}")
    return reason


def _update(request: Request) -> UpdateOrder:
    order_id, versions = order_id_of(request), read_if_match(request.headers.get("if-match"))
    return UpdateOrder(order_id, parse_json(request.body), versions, read_reason(request))


def _updated(_: Request, order: Order) -> Response:
    return Response(200, _encode(order_view(order)), headers=[("etag", f'"{order.version}"'), NO_STORE])


def _act(request: Request) -> ActOnOrders:
    ids, asked = read_actions(parse_json(request.body))
    return ActOnOrders(ids, *asked)


def _acted(_: Request, results: tuple[Result, ...]) -> Response:
    view = results_view((result.order_id, result.error) for result in results)
    return Response(200, _encode(view), headers=[NO_STORE])


def _delete(request: Request) -> DeleteOrder:
    order_id, header = order_id_of(request), request.headers.get("if-match")
    return DeleteOrder(order_id, None if header is None else read_if_match(header), read_reason(request))


def _deleted(_: Request, order: Order) -> Response:
    return Response(202, _encode(deleted_view(order)), headers=[NO_STORE])


def _import(request: Request) -> ImportOrders:
    first_row = request.query.get("firstRow", "2")
    if not _ROW.fullmatch(first_row) or not 2 <= int(first_row) <= LAST_ROW:
        raise InvalidQuery(f"firstRow must be a whole number from 2 to {LAST_ROW:,}")
    try:
        text = request.body.decode("utf-8")
    except UnicodeDecodeError as error:
        line = request.body.count(b"\n", 0, error.start) + 1
        detail = f"text in UTF-8, which byte {error.start + 1}, in line {line}, is not"
        raise InvalidImport([FieldError("", "invalid-text", detail)]) from None
    return ImportOrders(text, request.headers.get("idempotency-key"), int(first_row))


def _imported(_: Request, rows: tuple[ImportedRow, ...]) -> Response:
    view = report_view((row.row, row.order_id, row.error) for row in rows)
    return Response(200, _encode(view), headers=[NO_STORE])


MANAGING: Final[dict[str, Binding]] = {
    "update_order": Binding(PATCH_MEDIA, _update, _updated, frozenset({"reason"})),
    "delete_order": Binding(None, _delete, _deleted, frozenset({"reason"})),
    "act_on_orders": Binding("application/json", _act, _acted),
    "import_orders": Binding("text/csv", _import, _imported, frozenset({"firstRow"})),
}
"""By function."""
