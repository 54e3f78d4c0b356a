"""What the API's description says about reports, and about the links that lead to them."""

from __future__ import annotations

from typing import Any, Final

from ordermill.domain.report import EXPIRES_DEFAULT_S, EXPIRES_MAX_S, EXPIRES_MIN_S, ORDERS_MAX
from ordermill.entrypoints.openapi_parts import JSON, JSON_BODY, WRITE, Answer, Body, Operation

Json = dict[str, Any]


def _moment(text: str) -> Json:
    said = f"{text}: a date such as 2026-11-01, which is its midnight in UTC, or a time of RFC 3339."
    return {"type": "string", "description": said, "examples": ["2026-11-01", "2026-11-01T06:00:00+02:00"]}


REPORT_SCHEMAS: Final[dict[str, Json]] = {
    "ReportRequest": {
        "description": f"Which orders: those deleted in a period, which may have {ORDERS_MAX:,}.",
        "type": "object",
        "properties": {
            "from": _moment("Deleted then or later"),
            "to": _moment("Deleted before then"),
            "expiresIn": {
                "type": ["integer", "null"],
                "minimum": EXPIRES_MIN_S,
                "maximum": EXPIRES_MAX_S,
                "default": EXPIRES_DEFAULT_S,
                "description": "For how many seconds the link works. On AWS it may end sooner, with the session of the "
                "function that made it.",
            },
        },
        "required": ["from", "to"],
        "additionalProperties": False,
    }
}

_EXAMPLES: Final[dict[str, Json]] = {
    "month": {
        "summary": "What was deleted in November",
        "value": {"from": "2026-11-01", "to": "2026-12-01", "expiresIn": 3600},
    }
}

REPORT_OPERATIONS: Final[dict[str, Operation]] = {
    "POST /reports": Operation(
        "createReport",
        "Archive",
        "Makes a PDF of the orders that were deleted in a period, from the archive: its figures by currency, a chart, "
        "and every order. The answer has the link to it.",
        {201: Answer("Made. Location is the link, too.", "ReportView", headers=("Location",))},
        body=Body(JSON, "ReportRequest", _EXAMPLES),
        problems=("invalid-report", *JSON_BODY, *WRITE),
    ),
    "GET /objects/{bucket}/{key}": Operation(
        "getObject",
        "Archive",
        "Reads an object by the link that another answer gave, such as a report's `url`. A link is good exactly as it "
        "was given, until it expires; an altered one is 403. On AWS links lead to S3.",
        {200: Answer("The object, in the media type of the link.", media="*/*", headers=("Content-Disposition",))},
        problems=("forbidden", "not-found", "unauthorized", "storage-unavailable"),
    ),
}
