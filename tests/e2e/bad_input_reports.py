"""Bad input of reports, and of links to objects."""

from __future__ import annotations

import json
from typing import Any, Final

from tests.e2e.bad_input_kit import Entry, each, get, post, raw
from tests.e2e.bad_input_lists import STAFF

_PATH: Final = "/reports"
_INVALID: Final = "422 invalid-report"
_DAYS: Final = {"from": "2026-11-01", "to": "2026-12-01"}
_SIGNED: Final = f"expires=9999999999&type=text%2Fhtml&signature={'A' * 43}"
_LINKS: Final = (
    "",
    "?",
    f"?{_SIGNED}",
    f"?{_SIGNED}&{_SIGNED}",
    "?signature=",
    "?expires=1&expires=2",
    "?%zz",
    "?%00",
    "?" + "a=1&" * 50,
    "?expires=" + "9" * 5000,
)


def _asked(*changes: dict[str, Any]) -> list[bytes]:
    return [post(json.dumps(_DAYS | change), STAFF, path=_PATH) for change in changes]


def _bodies(*bodies: str | bytes) -> list[bytes]:
    return [post(body, STAFF, path=_PATH) for body in bodies]


_NO_TIMES: Final[list[Any]] = [
    None, 1, True, [], {}, "", "today", "2026-02-30", "2026-11-01T24:00:00Z", "2026-11-01T10:00:00", "0000-01-01",
    "10000-01-01", "1795262400", "2026-11-01T10:00:00+24:00", "２０２６-11-01", "\ud800", "x" * 10_000,
]  # fmt: skip

_NO_EXPIRIES: Final[list[Any]] = [0, -1, 59, 604_801, 10**30, 60.5, "60", True, [], {}]

REPORTS: Final[list[Entry]] = [
    *each(53, "a report's from", _INVALID, _asked(*[{"from": time} for time in _NO_TIMES])),
    *each(53, "a report's to", _INVALID, _asked(*[{"to": time} for time in _NO_TIMES])),
    *each(53, "a period that ends before it begins", _INVALID, _asked({"from": "2026-12-01"}, {"to": "2025-01-01"})),
    *each(
        57,
        "how long a link works",
        _INVALID,
        _asked(*[{"expiresIn": seconds} for seconds in _NO_EXPIRIES]),
    ),
    *each(35, "report, unknown member", _INVALID, _asked({"customer": "c1"}, {"to": "2026-12-01", "month": "2026-11"})),
    *each(24, "report, no object", _INVALID, _bodies("null", "[]", '"x"', "1")),
    *each(25, "report, broken", "400 malformed-json", _bodies("", " ", "{", "{} {}", b"\xff", "NaN", "{'from':1}")),
    *each(
        27, "report, twice", "400 duplicate-key", _bodies('{"from":"2026-11-01","from":"2026-11-02","to":"2026-12-01"}')
    ),
    *each(
        20,
        "report, another type",
        "415 unsupported-media-type",
        [post("{}", STAFF, path=_PATH, media="Content-Type: text/plain")],
    ),
    *each(18, "report, a query", "400 invalid-query", [post(json.dumps(_DAYS), STAFF, path=f"{_PATH}?x=1")]),
    *each(70, "no link", "403 forbidden", [get(f"/objects/reports/a.pdf{link}") for link in _LINKS]),
    *each(
        70,
        "no place of an object",
        "403 forbidden",
        [
            get(f"/objects/{place}?{_SIGNED}")
            for place in ("reports/..", "../x", "reports/a%2Fb", "x/%00", "x/" + "a" * 5000)
        ],
    ),
    *each(
        70, "no such path", "404 not-found", [get(f"/objects/{place}?{_SIGNED}") for place in ("", "x", "x/", "x/y/z")]
    ),
    *each(
        70,
        "another method",
        "403 forbidden",
        [
            raw(f"{method} /objects/reports/a.pdf?{_SIGNED} HTTP/1.1", "Content-Length: 0")
            for method in ("PUT", "POST", "DELETE")
        ],
    ),
]
