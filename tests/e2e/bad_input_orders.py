"""The table of bad input, rows 23 to 76: bodies, members, ids, keys and tokens."""

from __future__ import annotations

import json
from typing import Any, Final

from tests.e2e.bad_input_kit import GOOD, ORDER_ID, Entry, each, get, order, post, raw

INVALID: Final = "422 invalid-order"
BROKEN: Final = "400 malformed-json"
LINE: Final = {"product": "Widget", "quantity": 1, "unitPrice": "9.99"}
NOBODY: Final = "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJzdGFmZiJ9."


def members(name: str, *values: object) -> list[bytes]:
    """Orders whose member `name` has these values, one each."""
    return [order(**{name: value}) for value in values]


def numbers(name: str, *texts: str) -> list[bytes]:
    """The same, with the values as JSON text."""
    return [post(GOOD[:-1] + f',"{name}":{text}}}'.encode()) for text in texts]


def quantities(*texts: str) -> list[bytes]:
    """Orders of so many mugs, as JSON text."""
    return [post(GOOD.replace(b":1}", b":" + text.encode() + b"}")) for text in texts]


def amounts(*texts: str, **more: Any) -> list[bytes]:
    """Orders of such amounts, as JSON text."""
    rest = "".join(f",{json.dumps(name)}:{json.dumps(value)}" for name, value in more.items())
    return [post(f'{{"amount":{text}{rest}}}') for text in texts]


def items(*lines: dict[str, object]) -> bytes:
    """An order of these lines."""
    return post(json.dumps({"items": lines}))


UNPARSABLE: Final = [
    *each(23, "nothing", BROKEN, map(post, ("", " ", "\n\t\r "))),
    *each(24, "no object", INVALID, map(post, ("null", "[]", '"x"', "1", "true", "-0.0"))),
    *each(
        25,
        "text",
        BROKEN,
        map(post, (GOOD[:-1], GOOD * 2, GOOD + b" {}", b'{"a":1,}', b"[1,]", b'{"a":1/*b*/}', b"{'a':1}", b"{a:1}")),
    ),
    *each(25, "literals", BROKEN, map(post, ("nul", "True", "undefined", "01", "1.", ".5", "+1", "0x1", "1e", "-"))),
    *each(
        26,
        "encoding",
        BROKEN,
        map(
            post, (b"\xef\xbb\xbf" + GOOD, b'"\xff"', b'"\xc0\xaf"', b'"\xed\xa0\x80"', b'"a\x01b"', b'"a\nb"', b"\x00")
        ),
    ),
    *each(
        27,
        "name",
        "400 duplicate-key",
        map(post, ('{"a":1,"a":2}', '{"items":[{"quantity":1,"quantity":1000}]}', '{"a":1,"\\u0061":2}')),
    ),
    *each(28, "no number", BROKEN, amounts("NaN", "Infinity", "-Infinity")),
    *each(29, "too great a number", INVALID, amounts("1e400", "-1e400", "1e-400")),
    *each(
        30,
        "depth",
        "400 too-deep",
        map(
            post, (b"[" * 100_000, b'{"a":' * 40_000, b"[" * 33 + b"]" * 33, b'{"note":' + b"[" * 32 + b"]" * 32 + b"}")
        ),
    ),
    *each(31, "digits", BROKEN, amounts("9" * 5000, "-" + "9" * 5000)),
]

TEXT: Final = [
    *each(32, "surrogate", INVALID, members("customerName", "\ud800", "a\udfffb") + members("note", "\udbff")),
    *each(32, "surrogate in a name", INVALID, members("\ud800", 1)),
    *each(
        33,
        "control",
        INVALID,
        members("customerName", "\0", "a\x1fb", "a\nb", "a\tb", "a\ufffe", "\uffff", "\U0010ffff")
        + members("note", "\0", "\x08", "\x0b", "\x1b[2J", "\ufdd0", "\r"),
    ),
    *each(
        34,
        "invisible",
        INVALID,
        [
            request
            for name in ("customerName", "product", "customerId")
            for request in members(name, "a\u202eb", "a\u200bb", "a\u2028b", "a\u2066b", "\ufeffa")
        ],
    ),
    *each(
        35,
        "unknown",
        INVALID,
        [
            request
            for name in (
                "status",
                "total",
                "unitPrice",
                "orderId",
                "order_id",
                "tenant_id",
                "created_at",
                "version",
                "",
            )
            for request in members(name, 1)
        ],
    ),
    Entry(35, "unknown in a line", items(LINE | {"lineTotal": "1.00"}), INVALID),
    Entry(35, "two ways to say it", order(amount=1), INVALID),
    Entry(35, "twice the customer", order(customerId="a", customer_id="b"), INVALID),
    Entry(35, "29,000 of them", post(json.dumps({f"{n:x}": 0 for n in range(22_000)})), INVALID),
    *each(
        45,
        "address",
        INVALID,
        members(
            "email",
            "a@b",
            "a@b.c,x@y.z",
            "a@b.c\r\nBcc:x@y.z",
            "a@b.c>",
            '"x y"@b.c',
            "a@[127.0.0.1]",
            "x" * 250 + "@b.org",
            "alice@example.org)bob@evil.org",
            "alice@example.org (bob)",
            "=?utf-8?q?a?=@b.org",
            "a@b@c.org",
            "@b.org",
            "a@-b.org",
            "a b@c.org",
            "",
            " ",
            "a@b.org\0",
            ["a@b.org"],
            1,
        ),
    ),
    *each(
        50,
        "too long",
        INVALID,
        members("note", "x" * 2001, "x" * 200_000, " " * 2000) + members("description", "x" * 5001),
    ),
    Entry(50, "a name too long", order(customerName="x" * 201), INVALID),
]

LINES: Final = [
    *each(
        36,
        "lines",
        INVALID,
        [
            post("{}"),
            *map(post, (f'{{"items":{text}}}' for text in ("null", "{}", "[]", '"x"', "[1]", "[null]", "[[]]"))),
        ],
    ),
    Entry(36, "51 lines", items(*[LINE] * 51), INVALID),
    Entry(36, "40,000 lines", post(json.dumps({"items": [1] * 40_000})), INVALID),
    *each(37, "quantity", INVALID, quantities("0", "-1", "1.0", "1.5", "1e0", "true", "null", "[1]", "{}")),
    *each(38, "quantity in a string", INVALID, quantities('"1"', '"1_0"', '"١٢"', '" 7 "', '""')),
    *each(39, "too many", INVALID, quantities("1000001", str(2**31), str(2**53 + 1), str(2**63), str(10**4000))),
    *each(
        40,
        "amount",
        INVALID,
        amounts("19.999", '"19.999"', '"-0.00"', '"1e2"', "1e2", "0", "-1", '"0"', '"' + "9" * 39 + '"'),
    ),
    *each(
        40,
        "odd amount",
        INVALID,
        amounts('" 1"', '"+1"', '"1_0"', '"١"', '"1,00"', '"0x1"', '"01"', '"1."', '""', "true", "[]"),
    ),
    *each(40, "amount without decimals", INVALID, amounts("500.5", '"500.00"', currency="JPY")),
    *each(41, "sum", INVALID, amounts('"99999999999999.99"')),
    Entry(41, "quantity times price", items(LINE | {"quantity": 10**6, "unitPrice": "9999999999.99"}), INVALID),
    Entry(41, "sum of lines", items(*[LINE | {"quantity": 10**6, "unitPrice": "999999.99"}] * 50), INVALID),
    *each(42, "currency", INVALID, members("currency", "usd", "XXX", "US$", "", "USDX", "XTS", "ＵＳＤ", 840, ["USD"])),
    Entry(42, "currency of a line", items(LINE | {"currency": "EUR"}), INVALID),
    *each(
        43,
        "sku",
        INVALID,
        [
            items({"sku": v, "quantity": 1})
            for v in (
                "x" * 1024,
                "../x",
                "a/b",
                "%",
                "_",
                "'; DROP TABLE orders; --",
                "MUG-WHITE\0",
                "",
                "\u212ag",
                1,
                ["MUG-WHITE"],
            )
        ],
    ),
    Entry(44, "an unknown product without a price", order(product="Nobody knows it"), INVALID),
    Entry(44, "no product", items({"quantity": 1, "unitPrice": "1"}), INVALID),
    *each(48, "payment token", INVALID, members("paymentToken", "tok_free", "", 1, "tok_approve ")),
    *each(68, "image", INVALID, members("imageId", "img_1", 1) + members("confirmMismatch", "yes", 1)),
]

CALLERS: Final = [
    *each(
        55,
        "id",
        "404 not-found",
        [
            get(f"/orders/{v}")
            for v in (
                ORDER_ID,
                ORDER_ID.upper(),
                ORDER_ID + "/",
                ORDER_ID[4:],
                "ord_1",
                "x" * 10 * 1024,
                "ord_" + "0" * 36,
                "'%20OR%201=1--",
                "*",
                "..",
            )
        ],
    ),
    *each(
        61,
        "key",
        "400 idempotency-key-invalid",
        [
            post(GOOD, f"Idempotency-Key: {v}")
            for v in (
                "",
                " ",
                "a b",
                "x" * 256,
                '"open',
                '""',
                '"a"b"',
                "Ã¼",
                "a\tb",
            )
        ],
    ),
    Entry(61, "two keys", post(GOOD, "Idempotency-Key: a", "Idempotency-Key: a"), "400 idempotency-key-invalid"),
    *each(61, "key in the body", "400 idempotency-key-invalid", members("idempotency_key", "", "a b", "x" * 256, "ü")),
    *each(61, "key of another type", INVALID, members("idempotency_key", 7, True, ["a"])),
    Entry(
        61,
        "two that differ",
        post(GOOD[:-1] + b',"idempotency_key":"a"}', "Idempotency-Key: b"),
        "400 idempotency-key-invalid",
    ),
    *each(
        71,
        "no token",
        "401 unauthorized",
        [
            get(p)
            for p in (
                *("/topology", "/payments", f"/orders/{ORDER_ID}/history"),
                f"/orders/{ORDER_ID}/execution",
            )
        ],
    ),
    *each(
        71,
        "staff token",
        "401 unauthorized",
        [
            get("/topology", f"Authorization: {v}")
            for v in ("", "Bearer", "Bearer ", "Bearer x", "Basic c3RhZmY6", "x", "Bearer Ã¼", "Bearer a b")
        ],
    ),
    Entry(71, "two tokens", get("/topology", "Authorization: Bearer a", "Authorization: Bearer b"), "401 unauthorized"),
    Entry(71, "two order tokens", get(f"/orders/{ORDER_ID}", "Order-Token: a", "Order-Token: b"), "401 unauthorized"),
    *each(
        71,
        "order token",
        "401 unauthorized",
        [get(f"/orders/{ORDER_ID}", f"Order-Token: {v}") for v in ("", "x", "Ã¼", "x" * 60_000)],
    ),
    *each(
        72,
        "web token",
        "401 unauthorized",
        [get(p, f"Authorization: {NOBODY}") for p in ("/topology", "/health", "/products")],
    ),
    Entry(
        72, "a token of 1 MB", get("/topology", "Authorization: Bearer " + "x" * 10**6), "431 headers-too-large close"
    ),
    Entry(72, "on a route that needs none", post(GOOD, f"Authorization: {NOBODY}"), "401 unauthorized"),
    Entry(73, "an order token for staff's", get("/topology", "Order-Token: x"), "401 unauthorized"),
    Entry(
        73,
        "the catalogue without a token",
        raw("PUT /catalogue HTTP/1.1", "Content-Type: text/csv", "Content-Length: 0"),
        "401 unauthorized",
    ),
    Entry(
        74,
        "what a form can send across sites",
        post(GOOD, media="Content-Type: text/plain"),
        "415 unsupported-media-type",
    ),
]

ORDERS: Final = [*UNPARSABLE, *TEXT, *LINES, *CALLERS]
"""Rows 23 to 76 but for those in the tables below."""

SINKS: Final[list[tuple[int, str]]] = [
    (46, "=?utf-8?q?a=0D=0ABcc=3A_x=40y.z?="),
    (46, "=?utf-8?b?YQ0KQmNjOiB4QHkueg==?="),
    *[(47, text) for text in ("=cmd()", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://x")')],
    *[(48, text) for text in ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{7*7}}", "${7*7}")],
    *[(48, text) for text in ("${jndi:ldap://x/a}", "%s%n%x", "{0}{}", "\\x1b[31m", "'; DROP TABLE orders; --")],
    *[(49, text) for text in ("<b>x", "a<b", '<img src="/etc/hostname"/>', "&#0;", "&lt;b&gt;", "]]>")],
    *[(51, text) for text in ('x {"level":"ERROR","order":"ord_1"}', "x%0aERROR", "ERROR ordermill: x")],
    *[(52, text) for text in ("👩‍👩‍👧 Smith", "\u00e9", "e\u0301", "𠀋𡃁", "שלום", "\u200dx", "İ", "ﬃ")],
    (52, "e\u0301" * 100),
]
"""Names that are taken, and must come out of everything as they went in: row and name."""

NOT_YET: Final[list[tuple[int, str, str]]] = [
    (54, "POST", "/webhooks"),
    (59, "GET", "/search?q=NEAR("),
    (67, "DELETE", f"/orders/{ORDER_ID}"),
    (74, "POST", "/console"),
]
"""Rows about routes that are not there: row, method, path. When one comes, its row moves up into the table."""

NOT_HERE: Final[dict[int, tuple[str, ...]]] = {
    10: ("e2e/test_slow_clients.py::test_slow_clients_are_told_and_left",),
    62: ("http/test_http_orders.py::test_another_body_under_a_key_is_422",),
    63: ("http/test_http_orders.py::test_bare_quoted_and_in_the_body_are_one_key",),
    64: ("http/test_http_orders.py::test_another_customer_has_keys_of_its_own",),
    65: ("http/test_http_orders.py::test_many_at_once_under_one_key_make_one_order",),
    66: ("http/test_http_orders.py::test_a_422_does_not_burn_the_key", "integration/test_restart.py"),
    75: ("integration/test_back_pressure.py", "http/test_http_orders.py::test_a_burst_is_taken_or_refused"),
}
"""Rows that need more than one request and its answer: which tests are about them."""
