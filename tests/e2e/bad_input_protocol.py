"""The table of bad input, rows 1 to 22: what is no request, or no request of ours."""

from __future__ import annotations

from typing import Final

from tests.e2e.bad_input_kit import GOOD, HEALTH, JSON_TYPE, ORDER_ID, Entry, chunked, each, get, post, raw

MALFORMED: Final = "400 malformed-request close"
KIB: Final = 1024
CHUNK: Final = b"1e\r\n" + GOOD + b"\r\n"
POST: Final = "POST /orders HTTP/1.1"


def lengths(*values: str) -> bytes:
    """A good order under these lengths."""
    return raw(POST, JSON_TYPE, *(f"Content-Length: {value}" for value in values), body=GOOD)


FRAMING: Final = [
    Entry(
        1, "length, then chunks", lengths("30")[:-34] + b"\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", MALFORMED
    ),
    Entry(1, "chunks, then length", chunked(b"0\r\n\r\n" + HEALTH, "Content-Length: 5"), MALFORMED),
    Entry(2, "two lengths", lengths("30", "31"), MALFORMED),
    Entry(2, "the same length twice", lengths("30", "30"), MALFORMED),
    *each(2, "length", MALFORMED, map(lengths, ("30,30", "+30", "-1", "0x1e", "Ù£Ù\xa0", "", "3 0", "9" * 30))),
    *each(
        3,
        "coding",
        "501 not-implemented close",
        (raw(POST, JSON_TYPE, f"Transfer-Encoding: {v}", body=b"0\r\n\r\n") for v in ("xchunked", "identity")),
    ),
    *each(
        3,
        "codings",
        MALFORMED,
        (
            raw(POST, JSON_TYPE, f"Transfer-Encoding: {v}", body=CHUNK + b"0\r\n\r\n")
            for v in ("\r\n chunked", "chunked, identity", "chunked\r\nTransfer-Encoding: chunked", "\x0bchunked")
        ),
    ),
    Entry(3, "gzip in chunks", raw(POST, JSON_TYPE, "Transfer-Encoding: gzip, chunked"), "501 not-implemented close"),
    Entry(3, "chunks in HTTP/1.0", chunked(CHUNK + b"0\r\n\r\n").replace(b"HTTP/1.1", b"HTTP/1.0"), MALFORMED),
    *each(
        4,
        "chunk size",
        MALFORMED,
        (chunked(v + GOOD + b"\r\n0\r\n\r\n") for v in (b"0x1e\r\n", b"+1e\r\n", b"-1\r\n", b"1e \r\n", b"f" * 17)),
    ),
    Entry(4, "an endless extension", chunked(b"1e;" + b"a" * KIB * KIB), MALFORMED),
    Entry(4, "chunks of one byte in long extensions", chunked((b"1;" + b"a" * KIB + b"\r\n{\r\n") * 300), MALFORMED),
    Entry(4, "more than the chunk", chunked(b"5\r\n" + GOOD + b"\r\n0\r\n\r\n"), MALFORMED),
    Entry(4, "an endless trailer", chunked(CHUNK + b"0\r\nA: " + b"a" * KIB * KIB), MALFORMED),
    Entry(
        4,
        "the content type comes after the body",
        chunked(CHUNK + b"0\r\nContent-Type: application/json\r\n\r\n", media=""),
        "415 unsupported-media-type",
    ),
    Entry(
        4,
        "a token comes after the body",
        raw("GET /topology HTTP/1.1", "Transfer-Encoding: chunked", body=b"0\r\nAuthorization: Bearer x\r\n\r\n"),
        "401 unauthorized",
    ),
]

HEAD: Final = [
    *each(
        5,
        "header",
        MALFORMED,
        (
            get("/health", line)
            for line in ("A: b\rc", "A : b", "A: b\0c", "A: b\x01c", "A: b\r\n c", ": a", "Ü: a", "A b")
        ),
    ),
    Entry(5, "lines end with LF alone", HEALTH.replace(b"\r\n", b"\n"), MALFORMED),
    Entry(5, "one line ends with LF alone", HEALTH.replace(b"1.1\r\n", b"1.1\n"), MALFORMED),
    Entry(5, "a header before the first", raw("GET /health HTTP/1.1", host=" A: b"), MALFORMED),
    Entry(6, "no Host", raw("GET /health HTTP/1.1", host=""), MALFORMED),
    Entry(6, "two Hosts", get("/health", "Host: other"), MALFORMED),
    Entry(6, "the same Host twice", get("/health", "Host: localhost"), MALFORMED),
    Entry(6, "two Hosts in HTTP/1.0", raw("GET /health HTTP/1.0", "Host: other"), MALFORMED),
    Entry(7, "16 KiB of URI", get("/" + "a" * 16 * KIB), "414 uri-too-long close"),
    Entry(7, "1 MiB of URI", b"GET /" + b"a" * KIB * KIB, "414 uri-too-long close"),
    Entry(7, "200 headers", get("/health", *(f"A{n}: b" for n in range(200))), "431 headers-too-large close"),
    Entry(7, "200 headers, and no end", get("/health", *["A: b"] * 200)[:-2], "431 headers-too-large close"),
    Entry(7, "64 KiB of headers", get("/health", "A: " + "b" * 64 * KIB), "431 headers-too-large close"),
    Entry(7, "1 MiB of headers", get("/health", "A: " + "b" * KIB * KIB), "431 headers-too-large close"),
    Entry(8, "TRACE", raw("TRACE /orders HTTP/1.1"), "405 method-not-allowed"),
    Entry(8, "CONNECT", raw("CONNECT localhost:443 HTTP/1.1"), "501 not-implemented close"),
    Entry(8, "lower case", raw("get /health HTTP/1.1"), "501 not-implemented close"),
    Entry(8, "unknown", raw("FOO /health HTTP/1.1"), "501 not-implemented close"),
    Entry(8, "of another protocol", raw("DESCRIBE /health HTTP/1.1"), MALFORMED),
    Entry(8, "none", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", MALFORMED),
    Entry(9, "HTTP/0.9", b"GET /health\r\n\r\n", "505 version-not-supported close"),
    Entry(9, "HTTP/9.9", raw("GET /health HTTP/9.9"), "505 version-not-supported close"),
    Entry(9, "HTTP/2.0", raw("GET /health HTTP/2.0"), "505 version-not-supported close"),
    Entry(9, "the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505 version-not-supported close"),
    Entry(9, "a version of three digits", raw("GET /health HTTP/1.11"), MALFORMED),
    Entry(9, "no HTTP", raw("GET /health FTP/1.1"), MALFORMED),
]

BODIES: Final = [
    Entry(11, "shorter than its length", post(GOOD)[:-1], "close", half_close=True),
    Entry(11, "without its last chunk", chunked(CHUNK), "close", half_close=True),
    Entry(11, "within its headers", post(GOOD)[:60], "close", half_close=True),
    Entry(12, "garbage after a request", HEALTH + b"\x00garbage", "200, 400 malformed-request close"),
    Entry(12, "garbage after a body", post("{}") + b"garbage ", "422 invalid-order, 400 malformed-request close"),
    Entry(12, "no Host in the second", HEALTH + raw("GET / HTTP/1.1", host=""), "200, 400 malformed-request close"),
    Entry(
        12, "no Host in the third", HEALTH * 2 + raw("GET / HTTP/1.1", host=""), "200, 200, 400 malformed-request close"
    ),
    Entry(12, "a broken body in the second", HEALTH + chunked(b"x"), "200, 400 malformed-request close"),
    Entry(
        13,
        "100-continue, and too large",
        raw(POST, JSON_TYPE, "Expect: 100-continue", "Content-Length: 262145"),
        "413 payload-too-large leave",
    ),
    Entry(13, "another expectation", post(GOOD, "Expect: x"), "417 expectation-failed close"),
    Entry(13, "two expectations", get("/health", "Expect: 100-continue", "Expect: x"), "417 expectation-failed close"),
    Entry(14, "256 KiB and a byte", post(GOOD.ljust(256 * KIB + 1)), "413 payload-too-large close"),
    Entry(
        14, "declared, and never sent", raw(POST, JSON_TYPE, "Content-Length: 9999999"), "413 payload-too-large leave"
    ),
    Entry(14, "chunks without end", chunked(b"10000\r\n" + b" " * 64 * KIB + b"\r\n" * 9), MALFORMED),
    Entry(
        14,
        "good chunks without end",
        chunked((b"8000\r\n" + b" " * 32 * KIB + b"\r\n") * 9),
        "413 payload-too-large leave",
    ),
    *each(
        15,
        "encoding",
        "415 unsupported-media-type",
        (post(GOOD, f"Content-Encoding: {v}") for v in ("gzip", "br", "gzip, gzip", "zstd", "x")),
    ),
    *each(
        16,
        "path",
        "404 not-found",
        (
            get(path)
            for path in (
                "/orders/../topology",
                "/orders/%2e%2e/topology",
                "/./health",
                "//orders",
                "/orders%2Fx",
                "/orders;x=1",
                "/orders/",
                "/health/",
                "/health%20",
            )
        ),
    ),
    *each(17, "path", "404 not-found", (get(path) for path in ("/%zz", "/%00", "/orders/%c0%af", "/ORDERS", "/%"))),
    *each(
        17,
        "target",
        MALFORMED,
        (
            b"GET " + target + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"
            for target in (b"/\xff", b"/\x00", b"/a b", b"health", b"/health#a", b"http://localhost", b"")
        ),
    ),
    *each(
        18,
        "query",
        "400 invalid-query",
        (
            get(f"/products?{query}")
            for query in ("x=1", "x", "limit=1&limit=2", "x=%ff", "%zz=1", "&", "&".join(["a=1"] * 99))
        ),
    ),
    Entry(18, "query of a POST", post(GOOD, path="/orders?dryRun=1"), "400 invalid-query"),
    Entry(19, "another method on top", get("/catalogue", "X-HTTP-Method-Override: PUT"), "405 method-not-allowed"),
    Entry(
        19, "another user on top", get("/topology", "X-User-Id: staff", "X-Forwarded-User: staff"), "401 unauthorized"
    ),
    Entry(19, "another address on top", get("/topology", "X-Forwarded-For: 127.0.0.1"), "401 unauthorized"),
    Entry(19, "another path on top", get("/nothing", "X-Original-URL: /health"), "404 not-found"),
    *each(
        20,
        "type",
        "415 unsupported-media-type",
        (
            post(GOOD, media=media and f"Content-Type: {media}")
            for media in (
                "",
                "text/plain",
                "application/x-www-form-urlencoded",
                "multipart/form-data; boundary=x",
                "application/jsonp",
                "application/json, text/plain",
                "application/json; version=2",
            )
        ),
    ),
    Entry(20, "two types", post(GOOD, "Content-Type: text/plain"), "415 unsupported-media-type"),
    Entry(
        21,
        "UTF-16, and said so",
        post(GOOD.decode().encode("utf-16"), media="Content-Type: application/json; charset=utf-16"),
        "415 unsupported-media-type",
    ),
    Entry(21, "UTF-16, and not said so", post(GOOD.decode().encode("utf-16")), "400 malformed-json"),
    *each(
        22, "wants HTML", "404 not-found", (get("/nothing", "Accept: text/html"), get("/orders/x", "Accept: text/html"))
    ),
    *each(22, "wants HTML of a POST", "422 invalid-order", (post("{}", "Accept: text/html"),)),
    *each(
        22,
        "wants nothing that is here",
        "401 unauthorized",
        (get(f"/orders/{ORDER_ID}/history", "Accept: image/*;q=0"),),
    ),
]

PROTOCOL: Final = [*FRAMING, *HEAD, *BODIES]
"""Rows 1 to 22 but for row 10, which takes time: see `NOT_HERE`."""
