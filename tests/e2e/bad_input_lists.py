"""Bad input of the lists of orders: cursors, limits, filters."""

from __future__ import annotations

from typing import Final

from tests.e2e.bad_input_kit import ORDER_ID, Entry, each, get, raw

STAFF_TOKEN: Final = "staff-of-the-table"
STAFF: Final = f"Authorization: Bearer {STAFF_TOKEN}"
_PATHS: Final = ("/orders", "/orders.csv")


def _mails(*rests: str) -> list[bytes]:
    return [get(f"/mails{rest}", STAFF) for rest in rests]


def _lists(*queries: str) -> list[bytes]:
    return [get(f"/orders?{query}", STAFF) for query in queries]


MAILS: Final[list[Entry]] = [
    *each(
        55,
        "mail's order",
        "400 invalid-query",
        _mails("?orderId=", "?orderId=x", f"?orderId={ORDER_ID.upper()}", f"?orderId={ORDER_ID}%00"),
    ),
    *each(55, "mail", "404 not-found", _mails("/x", "/..", "/%2e%2e", "/" + "a" * 10_000)),
    *each(56, "mails' cursor", "400 invalid-cursor", _mails("?cursor=x", "?cursor=", "?cursor=%00")),
    *each(57, "mails' limit", "400 invalid-query", _mails("?limit=0", "?limit=201", "?limit=x")),
    *each(
        58,
        "mails' filter",
        "400 invalid-query",
        _mails("?status=SENT", "?to=a@b.c", f"?orderId={ORDER_ID}&orderId={ORDER_ID}"),
    ),
    *each(71, "mails without the staff token", "401 unauthorized", [get("/mails"), get("/mails/x")]),
    Entry(71, "a resend without it", raw("POST /mails/x/resend HTTP/1.1", "Content-Length: 0"), "401 unauthorized"),
]

LISTS: Final[list[Entry]] = [
    *MAILS,
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
    *each(71, "list without the staff token", "401 unauthorized", [get(path) for path in _PATHS]),
]
