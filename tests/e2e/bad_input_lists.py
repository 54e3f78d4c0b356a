"""Bad input of staff's reads: cursors, limits and filters of lists, ids of executions."""

from __future__ import annotations

from typing import Final

from tests.e2e.bad_input_kit import ORDER_ID, Entry, each, get, post, raw

STAFF_TOKEN: Final = "staff-of-the-table"
STAFF: Final = f"Authorization: Bearer {STAFF_TOKEN}"
EXECUTION_ID: Final = "exec_019aa1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"
"""Of none."""
_PATHS: Final = ("/orders", "/orders.csv")


def _mails(*rests: str) -> list[bytes]:
    return [get(f"/mails{rest}", STAFF) for rest in rests]


def _lists(*queries: str) -> list[bytes]:
    return [get(f"/orders?{query}", STAFF) for query in queries]


def _redrives(*bodies: str) -> list[bytes]:
    return [post(body, STAFF, path="/dead-letters/redrive") for body in bodies]


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
        "cursor of dead letters",
        "400 invalid-cursor",
        [get(f"/dead-letters?cursor={text}", STAFF) for text in ("x", "", "%00", "a" * 600)],
    ),
    *each(
        57,
        "query of dead letters",
        "400 invalid-query",
        [
            get(f"/dead-letters?{query}", STAFF)
            for query in ("limit=0", "limit=201", "limit=x", "queue=", "queue=%0A", "queue=" + "q" * 201, "status=PAID")
        ],
    ),
    *each(24, "redrive of no object", "422 invalid-redrive", _redrives("null", "[]", '"all"')),
    *each(25, "redrive that is no JSON", "400 malformed-json", _redrives("", "{", '{"all": True}')),
    *each(
        28,
        "redrive",
        "422 invalid-redrive",
        _redrives(
            "{}",
            '{"all": false}',
            '{"all": true, "ids": ["a"]}',
            '{"ids": []}',
            '{"ids": [1]}',
            '{"ids": ["\\ud800"]}',
            '{"queue": "q", "max": 0}',
            '{"queue": "q", "max": 1e3}',
            '{"queue": "q", "max": 99999999999999999999}',
            '{"all": true, "dryRun": "false"}',
            '{"all": true, "limit": 1}',
        ),
    ),
    *each(
        71,
        "dead letters without the staff token",
        "401 unauthorized",
        [get("/dead-letters"), post('{"all": true}', path="/dead-letters/redrive")],
    ),
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
        56,
        "cursor of alerts",
        "400 invalid-cursor",
        [get(f"/alerts?cursor={cursor}", STAFF) for cursor in ("x", "", "AAAA.AAAA", "a" * 5000)],
    ),
    *each(
        57,
        "query of alerts",
        "400 invalid-query",
        [get(f"/alerts?{query}", STAFF) for query in ("limit=0", "limit=201", "orderId=", "orderId=1", "status=SENT")],
    ),
    *each(
        71,
        "alerts without the staff token",
        "401 unauthorized",
        [get("/alerts"), get("/alerts").replace(b"GET /alerts ", b"POST /alerts/alr_0/redeliver ")],
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
