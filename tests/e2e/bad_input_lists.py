"""Bad input of staff's reads: cursors, limits and filters of lists, ids of executions."""

from __future__ import annotations

from typing import Final

from tests.e2e.bad_input_kit import Entry, each, get

STAFF_TOKEN: Final = "staff-of-the-table"
STAFF: Final = f"Authorization: Bearer {STAFF_TOKEN}"
EXECUTION_ID: Final = "exec_019aa1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"
"""Of none."""
_PATHS: Final = ("/orders", "/orders.csv")


def _lists(*queries: str) -> list[bytes]:
    return [get(f"/orders?{query}", STAFF) for query in queries]


LISTS: Final[list[Entry]] = [
    *each(
        56,
        "cursor",
        "400 invalid-cursor",
        _lists("cursor=x", "cursor=", "cursor=AAAA.AAAA", "cursor=%00", "cursor=%D9%A1", "cursor=" + "a" * 5000),
    ),
    *each(
        57,
        "limit",
        "400 invalid-query",
        _lists("limit=0", "limit=-1", "limit=1000000000", "limit=abc", "limit=%D9%A1%D9%A0", "limit=", "limit=1.0"),
    ),
    *each(57, "limit and cursor of an export", "400 invalid-query", [get("/orders.csv?limit=1", STAFF)]),
    *each(
        58,
        "filter",
        "400 invalid-query",
        _lists(
            "sort=id;DROP",
            "sort=createdAt",
            "status[]=PAID",
            "status=paid",
            "status=",
            "status=PAID&customer=c1",
            "status=PAID&status=PAID",
            "customer=",
            "offset=1",
        ),
    ),
    *each(
        53,
        "period",
        "400 invalid-query",
        [
            get(f"{path}?{name}={day}", STAFF)
            for path in _PATHS
            for name in ("from", "to")
            for day in ("2026-02-30", "2026-01-01T24:00:00Z", "2026-01-01T10:00:00", "10000-01-01", "1763640000", "")
        ],
    ),
    *each(
        76,
        "execution",
        "404 not-found",
        [
            get(f"/executions/{text}", STAFF)
            for text in ("exe_1", "exec_1", EXECUTION_ID, EXECUTION_ID.upper(), EXECUTION_ID + "0", "exec_%00")
        ],
    ),
    *each(76, "query of an execution", "400 invalid-query", [get(f"/executions/{EXECUTION_ID}?x=1", STAFF)]),
    *each(76, "execution without the staff token", "401 unauthorized", [get(f"/executions/{EXECUTION_ID}")]),
    *each(71, "list without the staff token", "401 unauthorized", [get(path) for path in _PATHS]),
]
