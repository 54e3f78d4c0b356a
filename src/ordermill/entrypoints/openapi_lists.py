"""The parameters of the lists, for the API's description."""

from __future__ import annotations

from typing import Any, Final

from ordermill.domain.order import Status
from ordermill.domain.order_list import PAGE_MAX
from ordermill.entrypoints.order_query import CUSTOMER_MAX, PAGE_DEFAULT

Json = dict[str, Any]


def parameter(name: str, description: str, schema: Json) -> Json:
    """One of the query."""
    return {"name": name, "in": "query", "description": description, "schema": schema}


def moment(name: str, description: str) -> Json:
    """A date or a time of the query."""
    text = f"{description}: a date, which is its midnight in UTC, or a time with its offset."
    schema = {"type": "string", "anyOf": [{"format": "date"}, {"format": "date-time"}], "examples": ["2026-11-01"]}
    return parameter(name, text, schema)


LIST_PARAMETERS: Final[dict[str, Json]] = {
    "Limit": parameter(
        "limit",
        "How many a page has.",
        {"type": "integer", "minimum": 1, "maximum": PAGE_MAX, "default": PAGE_DEFAULT},
    ),
    "Cursor": parameter(
        "cursor",
        "`nextCursor` of the page before, with the same filters; `limit` may differ.",
        {"type": "string", "minLength": 1},
    ),
    "From": moment("from", "Only orders placed then or later"),
    "To": moment("to", "Only orders placed before then"),
    "Status": parameter("status", "Only orders with this status; not together with `customer`.", {"enum": [*Status]}),
    "Customer": parameter(
        "customer",
        "Only orders with this customer id, or with this e-mail in any case; not together with `status`.",
        {"type": "string", "minLength": 1, "maxLength": CUSTOMER_MAX},
    ),
}
"""By their names under `#/components/parameters`."""
