"""The routes of alerts: the list, page by page, and another try for what was not delivered."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlencode

import msgspec

from ordermill.domain.commands import GetAlerts, RedeliverAlert
from ordermill.domain.errors import NotFound
from ordermill.entrypoints.bindings import Binding, InvalidQuery, is_order_id
from ordermill.entrypoints.order_lists import Cursors
from ordermill.entrypoints.order_query import read_limit
from ordermill.entrypoints.web import Request, Response
from ordermill.entrypoints.wire_alerts import ALERT_ID_PATTERN, alert_view, alerts_view
from ordermill.functions.redeliver_alert import Redelivered
from ordermill.ports.stores import AlertPage

_encode = msgspec.json.Encoder().encode
_ALERT_ID: Final = re.compile(ALERT_ID_PATTERN)
_NO_STORE: Final = ("cache-control", "no-store")


def alert_bindings(cursors: Cursors) -> dict[str, Binding]:
    """By function."""
    lists = _AlertLists(cursors)
    return {
        "get_alerts": Binding(None, lists.decode, lists.encode, frozenset({"limit", "cursor", "orderId"})),
        "redeliver_alert": Binding(None, _redeliver, _redelivered),
    }


class _AlertLists:
    def __init__(self, cursors: Cursors) -> None:
        self._cursors = cursors

    def decode(self, request: Request) -> GetAlerts:
        order_id, cursor = request.query.get("orderId"), request.query.get("cursor")
        if order_id is not None and not is_order_id(order_id):
            raise InvalidQuery("orderId is not the id of an order")
        limit = read_limit(request.query)
        return GetAlerts(limit, cursor if cursor is None else self._cursors.open(_listed(order_id), cursor), order_id)

    def encode(self, request: Request, page: AlertPage) -> Response:
        headers, cursor = [_NO_STORE], None
        if page.after is not None:
            cursor = self._cursors.sign(_listed(request.query.get("orderId")), page.after)
            following = urlencode({**request.query, "cursor": cursor})
            headers.append(("link", f'</alerts?{following}>; rel="next"'))
        return Response(200, _encode(alerts_view(page.alerts, cursor)), headers=headers)


def _listed(order_id: str | None) -> bytes:
    return b"alerts" + msgspec.json.encode(order_id)


def _redeliver(request: Request) -> RedeliverAlert:
    alert_id = request.path["alertId"]
    if not _ALERT_ID.fullmatch(alert_id):
        raise NotFound("no alert has this id")
    return RedeliverAlert(alert_id)


def _redelivered(_: Request, result: Redelivered) -> Response:
    return Response(202 if result.again else 200, _encode(alert_view(result.alert)), headers=[_NO_STORE])
