"""Bad input of what changes one order that is there: its cancellation and staff's actions."""

from __future__ import annotations

import json
from typing import Final

from tests.e2e.bad_input_kit import ORDER_ID, Entry, each, post
from tests.e2e.bad_input_lists import STAFF

_CANCEL: Final = f"/orders/{ORDER_ID}/cancel"
_ACTIONS: Final = f"/orders/{ORDER_ID}/actions"
_INVALID: Final = "422 invalid-order"
_BROKEN: Final = "400 malformed-json"


def _cancel(*bodies: object) -> list[bytes]:
    return [post(json.dumps(body), STAFF, path=_CANCEL) for body in bodies]


def _act(*bodies: object) -> list[bytes]:
    return [post(json.dumps(body), STAFF, path=_ACTIONS) for body in bodies]


def _both(body: str | bytes) -> list[bytes]:
    return [post(body, STAFF, path=path) for path in (_CANCEL, _ACTIONS)]


_REASONS: Final[list[object]] = [1, True, [], {}, "", "  ", "x" * 2001, "a\x00b", "\ud800", "\u200b"]
_NAMES: Final[list[object]] = [1, [], "", " ", "a\nb", "\ufeff", "x" * 201]
_ACTIONS_NOT: Final[list[object]] = [None, 1, ["cancel"], "", "CANCEL", "send", "erase"]

EXITS: Final[list[Entry]] = [
    *each(
        67,
        "of an order that is not there",
        "404 not-found",
        [
            *_cancel({}, {"reason": None}),
            *_act(*[{"action": action} for action in ("cancel", "retry", "ship", "deliver")]),
        ],
    ),
    *each(
        67,
        "of what is no order's id",
        "404 not-found",
        [post("{}", STAFF, path=f"/orders/{id_}/cancel") for id_ in ("1", ORDER_ID.upper(), ORDER_ID + "0", "%00")],
    ),
    *each(67, "without a body", _BROKEN, [*_both(""), *_both(" ")]),
    *each(67, "broken", _BROKEN, [*_both("{"), *_both(b"\xff"), *_both("{'reason':1}"), *_both("NaN")]),
    *each(67, "a reason twice", "400 duplicate-key", _both('{"reason":"a","reason":"b"}')),
    *each(67, "no object", _INVALID, [*_cancel(None, [], "x", 1, True), *_act(None, [], "cancel")]),
    *each(
        67,
        "reason",
        _INVALID,
        _cancel(*[{"reason": reason} for reason in _REASONS]),
    ),
    *each(
        67,
        "unknown member",
        _INVALID,
        [
            *_cancel({"by": "staff"}, {"action": "cancel"}, {"reason": "x", "orderId": None}),
            *_act({"action": "cancel", "carrier": "UPS"}, {"action": "retry", "attempt": 7}),
            *_act({"action": "deliver", "carrier": None}, {"action": "ship", "orderIds": []}),
        ],
    ),
    *each(
        67,
        "action",
        _INVALID,
        _act(
            {},
            {"reason": "x"},
            *[{"action": action} for action in _ACTIONS_NOT],
        ),
    ),
    *each(
        67,
        "shipment",
        _INVALID,
        _act(
            *[{"action": "ship", "carrier": text} for text in _NAMES],
            *[{"action": "ship", "trackingNumber": text} for text in _NAMES],
        ),
    ),
    *each(
        67,
        "another media type",
        "415 unsupported-media-type",
        [
            post(b"{}", STAFF, path=path, media=media)
            for path in (_CANCEL, _ACTIONS)
            for media in ("", "Content-Type: text/plain", "Content-Type: application/x-www-form-urlencoded")
        ],
    ),
    *each(67, "with a query", "400 invalid-query", [post("{}", STAFF, path=f"{_CANCEL}?reason=x")]),
    *each(
        67,
        "without a token",
        "401 unauthorized",
        [
            post("{}", *headers, path=path)
            for path in (_CANCEL, _ACTIONS)
            for headers in ((), ("Order-Token: x",), ("Authorization: Bearer x",))
        ],
    ),
]
