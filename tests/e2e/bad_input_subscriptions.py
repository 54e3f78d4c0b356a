"""Bad input of subscriptions: addresses, tokens, forms, and staff's list."""

from __future__ import annotations

import json
from typing import Final

from tests.e2e.bad_input_kit import Entry, each, get, post, raw
from tests.e2e.bad_input_lists import STAFF

_FORM: Final = "Content-Type: application/x-www-form-urlencoded"
_PARTS: Final = "Content-Type: multipart/form-data; boundary=b"
_INVALID: Final = "422 invalid-subscription"
_ACTS: Final = ("/subscriptions/confirm", "/subscriptions/unsubscribe")
_ADDRESSES: Final[list[object]] = [
    *(None, 1, True, [], {}, "", " ", "ada", "ada@", "@example.org", "ada@localhost", "a b@example.org"),
    *("ada@example.org\r\nBcc: x@y.z", "ada@example.org,x@y.example", "Ada <ada@example.org>", "<ada@example.org>"),
    *("ada@example.org\x00", "ada@[127.0.0.1]", '"ada"@example.org', "=?utf-8?q?a?=@example.org", "\ud800@example.org"),
    *("a" * 65 + "@example.org", "ada@" + "x" * 250 + ".example", "ada@exam\u202eple.org", "ada@example..org"),
]


_NO_TOKENS: Final[list[object]] = [None, [], {}, {"token": None}, {"token": 1}, {"token": "t", "email": "a@b.example"}]


def _part(name: str = "List-Unsubscribe", value: str = "One-Click", more: str = "") -> str:
    return f'--b\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n{value}\r\n'


def _subscribe(*bodies: object) -> list[bytes]:
    return [post(json.dumps(body), path="/subscriptions") for body in bodies]


def _clicks(*bodies: str | bytes, media: str = _FORM, query: str = "?token=t") -> list[bytes]:
    return [post(body, path=f"/subscriptions/unsubscribe{query}", media=media) for body in bodies]


SUBSCRIPTIONS: Final[list[Entry]] = [
    *each(45, "address of a subscription", _INVALID, _subscribe(*[{"email": text} for text in _ADDRESSES])),
    *each(24, "subscription of no object", _INVALID, _subscribe(None, [], "x", 1)),
    *each(
        28, "subscription", _INVALID, _subscribe({}, {"Email": "a@b.example"}, {"email": "a@b.example", "status": 1})
    ),
    *each(25, "subscription that is no JSON", "400 malformed-json", [post("{", path=path) for path in _ACTS]),
    Entry(
        26,
        "two addresses",
        post('{"email":"a@b.example","email":"c@d.example"}', path="/subscriptions"),
        "400 duplicate-key",
    ),
    *each(
        28,
        "token of a subscription",
        _INVALID,
        [post(json.dumps(body), path=path) for path in _ACTS for body in _NO_TOKENS],
    ),
    *each(
        73,
        "token that is none",
        "404 not-found",
        [
            post(json.dumps({"token": token}), path=path)
            for path in _ACTS
            for token in ("", "t", "\ud800", "sub_1.0." + "A" * 43, "." * 10_000, "\x00", "../..")
        ],
    ),
    *each(73, "token in a link that is none", "404 not-found", _clicks("List-Unsubscribe=One-Click")),
    *each(
        73,
        "token twice",
        "400 invalid-query",
        [
            *_clicks("List-Unsubscribe=One-Click", query="?token=a&token=b"),
            post('{"token":"t"}', path=f"{_ACTS[0]}?token=t"),
        ],
    ),
    *each(73, "no token", "400 invalid-query", [*_clicks("List-Unsubscribe=One-Click", query=""), *map(get, _ACTS)]),
    *each(73, "another parameter", "400 invalid-query", [get(f"{path}?token=t&x=y") for path in _ACTS]),
    *each(
        28,
        "click",
        _INVALID,
        [
            *_clicks("", "List-Unsubscribe", "List-Unsubscribe=one-click", "x=y", "=" * 9, "&" * 99, "x" * 9000),
            *_clicks("List-Unsubscribe=One-Click&List-Unsubscribe=One-Click", "List-Unsubscribe=%ff", b"\xff"),
            *_clicks("", "--b--", "x", _part("x"), _part(value="x"), _part(), media=_PARTS),
            *_clicks(_part() + _part() + "--b--\r\n", _part(more='; filename="f"') + "--b--\r\n", media=_PARTS),
            *_clicks(_part() + "--b--\r\n", media="Content-Type: multipart/form-data"),
            post("", path="/subscriptions/confirm?token=t", media=_FORM),
            post("List-Unsubscribe=One-Click", path="/subscriptions/confirm?token=t", media=_FORM),
        ],
    ),
    *each(
        17,
        "subscription of another type",
        "415 unsupported-media-type",
        [
            *(post("{}", path=path, media=media) for path in _ACTS for media in ("", "Content-Type: text/plain")),
            *_clicks("List-Unsubscribe=One-Click", media=f"{_FORM}; charset=utf-16"),
            post("email=a%40b.example", path="/subscriptions", media=_FORM),
        ],
    ),
    *each(
        57,
        "list of subscriptions",
        "400 invalid-query",
        [
            get(f"/subscriptions?{query}", STAFF)
            for query in ("limit=0", "limit=x", "status=", "status=pending", "email=a")
        ],
    ),
    Entry(56, "cursor of subscriptions", get("/subscriptions?cursor=x", STAFF), "400 invalid-cursor"),
    *each(
        55,
        "subscription's id",
        "404 not-found",
        [raw(f"DELETE /subscriptions/{id_} HTTP/1.1", STAFF) for id_ in ("x", "%00", "sub_" + "a" * 36, "SUB_1")],
    ),
    *each(
        71,
        "subscriptions without the staff token",
        "401 unauthorized",
        [get("/subscriptions"), raw("DELETE /subscriptions/x HTTP/1.1")],
    ),
]
