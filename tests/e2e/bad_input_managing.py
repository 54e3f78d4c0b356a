"""Bad input of what changes several orders or edits one: merge patches, actions on many, files to import."""

from __future__ import annotations

import json
from typing import Final

from tests.e2e.bad_input_kit import JSON_TYPE, ORDER_ID, Entry, each, get, post, raw
from tests.e2e.bad_input_lists import STAFF

_ORDER: Final = f"/orders/{ORDER_ID}"
_MANY: Final = "/orders/actions"
_IMPORT: Final = "/orders/import"
_CSV: Final = "Content-Type: text/csv"
_ANY: Final = "If-Match: *"
_INVALID: Final = "422 invalid-order"


def _patch(body: bytes | str, *headers: str, path: str = _ORDER, media: str = JSON_TYPE, token: str = STAFF) -> bytes:
    sent = body.encode() if isinstance(body, str) else body
    typed = [each for each in (media, token) if each]
    return raw(f"PATCH {path} HTTP/1.1", *typed, *headers, f"Content-Length: {len(sent)}", body=sent)


def _many(*bodies: object) -> list[bytes]:
    return [post(json.dumps(body), STAFF, path=_MANY) for body in bodies]


def _import(text: bytes | str, *headers: str, query: str = "") -> bytes:
    return post(text, STAFF, *headers, path=_IMPORT + query, media=_CSV)


_IDS_NOT: Final[list[object]] = [None, "x", {}, [], [None], [1], [["x"]], [""], ["x" * 201], ["\ud800"], ["x"] * 101]

PATCHES: Final[list[Entry]] = [
    *each(60, "edit without If-Match", "428 if-match-required", [_patch("{}"), _patch('{"note": 1}')]),
    *each(
        60,
        "edit with an If-Match that is none",
        "400 invalid-query",
        [
            _patch("{}", f"If-Match: {tag}")
            for tag in ("", "4", "'4'", '"4', '"4" "5"', '*, "4"', '"4", *', "W/4", "x" * 5000)
        ],
    ),
    *each(
        60,
        "edit of an order that is not there",
        "404 not-found",
        [_patch('{"note": 1}', f"If-Match: {tag}") for tag in ('"4"', "*", 'W/"4"', '"4", "5"')],
    ),
    *each(60, "edit of no order", "404 not-found", [_patch("{}", _ANY, path=f"/orders/{id_}") for id_ in ("1", "%00")]),
    *each(60, "edit that is broken", "400 malformed-json", [_patch(body, _ANY) for body in ("", "{", b"\xff", "NaN")]),
    Entry(60, "edit with a member twice", _patch('{"note":"a","note":"b"}', _ANY), "400 duplicate-key"),
    *each(
        60,
        "edit of another media type",
        "415 unsupported-media-type",
        [
            _patch("{}", _ANY, media=media)
            for media in ("", "Content-Type: text/plain", "Content-Type: application/json-patch+json")
        ],
    ),
    *each(
        60,
        "edit with a query",
        "400 invalid-query",
        [
            _patch("{}", _ANY, path=f"{_ORDER}?{query}")
            for query in ("x=1", "reason=", "reason=%20", "reason=%00", "reason=" + "x" * 201, "reason=a&reason=b")
        ],
    ),
    *each(
        60,
        "edit without the staff token",
        "401 unauthorized",
        [_patch("{}", _ANY, token=token) for token in ("", "Order-Token: x", "Authorization: Bearer x")],
    ),
]

MANY: Final[list[Entry]] = [
    *each(
        67, "actions on what is no list of ids", _INVALID, _many(*[{"orderIds": i, "action": "ship"} for i in _IDS_NOT])
    ),
    *each(
        67,
        "actions that are none",
        _INVALID,
        _many(
            None,
            [],
            {"orderIds": ["x"]},
            {"orderIds": ["x"], "action": "erase"},
            {"orderIds": ["x"], "action": "cancel", "carrier": "UPS"},
            {"orderIds": ["x"], "action": "ship", "carrier": "a\nb"},
            {"orderIds": ["x"], "action": "ship", "trackingNumber": "x" * 201},
            {"orderIds": ["x"], "action": "ship", "orderId": "x"},
        ),
    ),
    Entry(67, "actions that are broken", post("{", STAFF, path=_MANY), "400 malformed-json"),
    Entry(67, "actions of another media type", post("x", STAFF, path=_MANY, media=_CSV), "415 unsupported-media-type"),
    Entry(67, "actions without the staff token", post("{}", path=_MANY), "401 unauthorized"),
    Entry(67, "actions with a query", post("{}", STAFF, path=f"{_MANY}?x=1"), "400 invalid-query"),
    Entry(67, "counts without the staff token", get("/orders/counts"), "401 unauthorized"),
    Entry(58, "counts with a query", get("/orders/counts?status=PAID", STAFF), "400 invalid-query"),
]

FILES: Final[list[Entry]] = [
    *each(
        67,
        "import of no such file",
        "422 invalid-import",
        [
            _import(text)
            for text in (
                "",
                "\n\n",
                "note\nx\n",
                "product,total\nMug,1\n",
                "product,product\nMug,Mug\n",
                "Product,quantity\nMug,1\n",
                "product;quantity\nMug;1\n",
                'product,quantity\n"Mug,1\n',
                'product,quantity\n"Mug"s,1\n',
                "product,quantity\n" + "Mug,1\n" * 501,
                b"product,quantity\nM\xfcg,1\n",
                b"\xff\xfep\x00r\x00o\x00d\x00u\x00c\x00t\x00",
            )
        ],
    ),
    *each(
        61,
        "import with a key that is none",
        "400 idempotency-key-invalid",
        [_import("amount\n", f"Idempotency-Key: {key}") for key in ("", "a b", '"', "x" * 256)],
    ),
    *each(
        61,
        "import with a query",
        "400 invalid-query",
        [
            _import("amount\n", query=f"?{query}")
            for query in (
                "x=1",
                "firstRow=",
                "firstRow=1",
                "firstRow=-2",
                "firstRow=2.0",
                "firstRow=99999999",
                "firstRow=%D9%A3",
            )
        ],
    ),
    *each(
        67,
        "import of another media type",
        "415 unsupported-media-type",
        [
            post("amount\n1\n", STAFF, path=_IMPORT, media=media)
            for media in ("", JSON_TYPE, "Content-Type: text/plain")
        ],
    ),
    Entry(
        67,
        "import in Latin-1",
        _import("amount\n").replace(b"text/csv", b"text/csv; charset=latin-1"),
        "415 unsupported-media-type",
    ),
    Entry(67, "import that is too large", _import(b"amount\n" + b"1\n" * 140_000), "413 payload-too-large close"),
    Entry(67, "import without the staff token", post("amount\n1\n", path=_IMPORT, media=_CSV), "401 unauthorized"),
]

MANAGING: Final[list[Entry]] = [*PATCHES, *MANY, *FILES]
