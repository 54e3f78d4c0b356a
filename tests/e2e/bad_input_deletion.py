"""Bad input of deleting an order, of the archive's routes, and of erasing a person."""

from __future__ import annotations

import json
from typing import Final

from tests.e2e.bad_input_kit import ORDER_ID, Entry, each, get, post, raw
from tests.e2e.bad_input_lists import STAFF

_ORDER: Final = f"/orders/{ORDER_ID}"
_NO_IDS: Final = ("1", ORDER_ID.upper(), ORDER_ID + "0", "%00")


def _delete(path: str, *headers: str) -> bytes:
    return raw(f"DELETE {path} HTTP/1.1", STAFF, *headers)


def _erase(*bodies: object) -> list[bytes]:
    return [post(json.dumps(body), STAFF, path="/erasures") for body in bodies]


def _archive(*queries: str) -> list[bytes]:
    return [get(f"/archive?{query}", STAFF) for query in queries]


_NOBODY: Final[list[object]] = [None, 1, True, [], {}, "", "  ", "x" * 255, "a\x00b", "a\nb", "\ud800", "\u200b"]

DELETION: Final[list[Entry]] = [
    *each(
        67,
        "deletion of an order that is not there",
        "404 not-found",
        [_delete(_ORDER), _delete(_ORDER, 'If-Match: "4"'), _delete(f"{_ORDER}?reason=x")],
    ),
    *each(67, "deletion of no order", "404 not-found", [_delete(f"/orders/{id_}") for id_ in _NO_IDS]),
    *each(
        67,
        "deletion with a query that is none",
        "400 invalid-query",
        [
            _delete(f"{_ORDER}?{query}")
            for query in ("reason=", "reason=%00", "reason=" + "x" * 201, "why=x", "reason=a&reason=b")
        ],
    ),
    *each(
        60,
        "deletion with an If-Match that is none",
        "400 invalid-query",
        [_delete(_ORDER, f"If-Match: {tag}") for tag in ("", "4", '"4', '"4" "5"', '*, "4"')],
    ),
    Entry(67, "deletion of all orders", _delete("/orders"), "405 method-not-allowed"),
    *each(44, "archive of an order that is not there", "404 not-found", [get(f"/archive/{ORDER_ID}", STAFF)]),
    *each(44, "archive of no order", "404 not-found", [get(f"/archive/{id_}", STAFF) for id_ in _NO_IDS]),
    *each(
        44,
        "archive with a query that is none",
        "400 invalid-query",
        _archive(
            "limit=0", "limit=201", "from=x", "to=", "from=2026-02-01&to=2026-01-01", "customer=", "status=CANCELLED"
        ),
    ),
    *each(
        44, "archive with a cursor that is none", "400 invalid-cursor", _archive("cursor=", "cursor=x", "cursor=%00")
    ),
    *each(
        40,
        "erasure that is broken",
        "400 malformed-json",
        [post(body, STAFF, path="/erasures") for body in ("", "{", b"\xff")],
    ),
    Entry(40, "erasure of two", post('{"customer":"a","customer":"b"}', STAFF, path="/erasures"), "400 duplicate-key"),
    *each(40, "erasure that is no object", "422 invalid-erasure", _erase(None, [], "x", 1)),
    *each(
        40, "erasure of nobody", "422 invalid-erasure", [*_erase({}), *_erase(*({"customer": who} for who in _NOBODY))]
    ),
    *each(
        40,
        "erasure with what is unknown",
        "422 invalid-erasure",
        _erase({"customer": "c", "all": True}, {"customer": "c", "cursor": 1}, {"email": "a@b.c"}),
    ),
    *each(
        40,
        "erasure with a cursor that is none",
        "400 invalid-cursor",
        _erase(
            {"customer": "c", "cursor": ""}, {"customer": "c", "cursor": "orders:"}, {"customer": "c", "cursor": "\x00"}
        ),
    ),
]
