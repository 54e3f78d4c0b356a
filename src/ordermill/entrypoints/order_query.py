"""The query of a list of orders: which orders, how many, and from where on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from ordermill.domain.order import Status
from ordermill.domain.order_list import PAGE_MAX, OrderFilter
from ordermill.domain.times import epoch_ms
from ordermill.entrypoints.bindings import InvalidQuery

PAGE_DEFAULT: Final = 50
CUSTOMER_MAX: Final = 254
FILTERS: Final = frozenset({"status", "customer", "from", "to"})
PARAMETERS: Final = FILTERS | {"limit", "cursor"}

_LIMIT: Final = re.compile("[1-9][0-9]{0,2}")


def read_filter(query: Mapping[str, str]) -> OrderFilter:
    """What `status`, `customer`, `from` and `to` ask for. Raises InvalidQuery."""
    status, customer = query.get("status"), query.get("customer")
    if status is not None and customer is not None:
        raise InvalidQuery("send status or customer, not both")
    if status is not None and status not in Status.__members__:
        raise InvalidQuery("status must be one of " + ", ".join(Status))
    if customer is not None and not 1 <= len(customer) <= CUSTOMER_MAX:
        raise InvalidQuery(f"customer must be a customer id or a whole e-mail, of 1 to {CUSTOMER_MAX} characters")
    since, until = _moment(query, "from"), _moment(query, "to")
    if since is not None and until is not None and since > until:
        raise InvalidQuery("from must not be after to")
    return OrderFilter(None if status is None else Status(status), customer, since, until)


def read_limit(query: Mapping[str, str]) -> int:
    """How many orders a page has. Raises InvalidQuery."""
    text = query.get("limit", str(PAGE_DEFAULT))
    if not _LIMIT.fullmatch(text) or int(text) > PAGE_MAX:
        raise InvalidQuery(f"limit must be a whole number from 1 to {PAGE_MAX}")
    return int(text)


def _moment(query: Mapping[str, str], name: str) -> int | None:
    text = query.get(name)
    try:
        return None if text is None else epoch_ms(text)
    except ValueError as error:
        raise InvalidQuery(
            f"{name} must be a date such as 2026-11-01, midnight in UTC, or a time of RFC 3339 with its offset, "
            "where + is written %2B"
        ) from error
