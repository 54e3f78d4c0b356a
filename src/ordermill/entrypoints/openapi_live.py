"""What the API's description says about the streams, `/live` and `/logs`."""

from __future__ import annotations

from typing import Any, Final, get_args

from ordermill.entrypoints.logs.settings import LogLevel
from ordermill.entrypoints.wire import ORDER_ID_EXAMPLE, ORDER_ID_PATTERN
from ordermill.ports.hops import HopOutcome

LIVE_TEXT: Final = (
    "Server-sent events. `hop`: one edge that a message or a request travelled (`seq`, `at`, `orderId`, `edge`, "
    "`function`, `outcome`, `attempt`, `durationMs`, `error`, `traceId`, `replayed`, `event`). `frame`, ten times a "
    "second while there are more than about 200 hops a second: the hops numbered `from` to `to` as exact counts by "
    "edge and outcome (`edges`), with some of them whole (`samples`). `gap`: what came after id `after` and before "
    "`from` is not sent (`reason`: `overflow`, `restart`, `unknown`). Every hop is in one `hop`, one `frame` or one "
    "`gap`. An event's `id` is its (last) hop's `seq`; with it in `Last-Event-ID` the stream goes on right after it. "
    "With `orderId`, `since` or `replay` it begins with what happened before, also before a restart: events from the "
    "permanent log as hops with `replayed: true`, whose ids are their places in the log, then the hops still known."
)

LOGS_TEXT: Final = (
    "Server-sent events. `line`: one line of the log as JSON (`timestamp`, `level`, `logger`, `event`, and what else "
    "was logged with it, such as `function`, `orderId`, `outcome` or `exception`). It begins with the latest lines, at "
    "most 2,000, and goes on with each that comes. `gap`: what came after id `after` and before `from` is not kept "
    "(`reason`: `overflow`, `restart`, `unknown`). With the last id in `Last-Event-ID` the stream goes on right after "
    "it. What is logged at all is the operator's choice; see `ORDERMILL_LOG_LEVEL`."
)

_ORDER_ID: Final = {"type": "string", "pattern": ORDER_ID_PATTERN, "examples": [ORDER_ID_EXAMPLE]}


def _query(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": description, "schema": schema}


_ID: Final = {"type": "string", "pattern": "^[0-9]{1,16}$"}

LIVE_PARAMETERS: Final[dict[str, dict[str, Any]]] = {
    "LastEventId": {
        "name": "Last-Event-ID",
        "in": "header",
        "description": "The id of the last event that was received.",
        "schema": _ID,
    },
    "LiveLastEventId": _query("lastEventId", "The same, for who cannot send the header, which wins.", _ID),
    "LiveOrderId": _query("orderId", "Hops of this order alone, all that are known of it.", _ORDER_ID),
    "LiveFunction": _query("function", "Hops of this function alone.", {"type": "string"}),
    "LiveOutcome": _query(
        "outcome", "Hops that ended so alone.", {"type": "string", "enum": list(get_args(HopOutcome))}
    ),
    "LiveSince": _query(
        "since",
        "Begin with what happened since; at most the last 10,000 events of the log.",
        {"type": "string", "format": "date-time"},
    ),
    "LiveReplay": _query(
        "replay", "Begin with so many of the last hops.", {"type": "integer", "minimum": 1, "maximum": 10_000}
    ),
}
"""By name among the document's parameters."""

LOG_PARAMETERS: Final[dict[str, dict[str, Any]]] = {
    "LogOrderId": _query("orderId", "Lines of this order alone.", _ORDER_ID),
    "LogFunction": _query("function", "Lines of this function alone.", {"type": "string"}),
    "LogLevel": _query("level", "Lines at least so severe.", {"type": "string", "enum": list(get_args(LogLevel))}),
}
"""Beside `LastEventId` and `LiveLastEventId`."""
