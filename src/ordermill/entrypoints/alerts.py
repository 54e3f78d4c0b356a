"""The routes of alerts: the list, page by page, and another try for what was not delivered."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec

from ordermill.domain.commands import GetAlerts, RedeliverAlert
from ordermill.domain.errors import NotFound
from ordermill.entrypoints.bindings import Binding, optional_order_id
from ordermill.entrypoints.order_query import read_limit
from ordermill.entrypoints.paging import Cursors, Pages
from ordermill.entrypoints.web import NO_STORE, Request, Response
from ordermill.entrypoints.wire_alerts import ALERT_ID_PATTERN, alert_view, alerts_view
from ordermill.ports.stores import AlertPage

if TYPE_CHECKING:
    from ordermill.functions.redeliver_alert import Redelivered

_encode = msgspec.json.Encoder().encode
_ALERT_ID: Final = re.compile(ALERT_ID_PATTERN)


def alert_bindings(cursors: Cursors) -> dict[str, Binding]:
    """By function."""
    lists = _AlertLists(cursors)
    return {
        "get_alerts": Binding(None, lists.decode, lists.encode, frozenset({"limit", "cursor", "orderId"})),
        "redeliver_alert": Binding(None, _redeliver, _redelivered),
    }


class _AlertLists:
    def __init__(self, cursors: Cursors) -> None:
        self._pages = Pages(cursors, "alerts")

    def decode(self, request: Request) -> GetAlerts:
        order_id = optional_order_id(request)
        return GetAlerts(read_limit(request.query), self._pages.position(request, order_id), order_id)

    def encode(self, request: Request, page: AlertPage) -> Response:
        order_id = request.query.get("orderId")
        return self._pages.answer(request, order_id, page.after, partial(alerts_view, page.alerts))


def _redeliver(request: Request) -> RedeliverAlert:
    alert_id = request.path["alertId"]
    if not _ALERT_ID.fullmatch(alert_id):
        raise NotFound("no alert has this id")
    return RedeliverAlert(alert_id)


def _redelivered(_: Request, result: Redelivered) -> Response:
    return Response(202 if result.again else 200, _encode(alert_view(result.alert)), headers=[NO_STORE])
