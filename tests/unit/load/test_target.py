"""The bytes of a request."""

from __future__ import annotations

import pytest

from ordermill.entrypoints.load.target import Target


@pytest.mark.parametrize(
    ("url", "line", "host", "port"),
    [
        ("http://127.0.0.1:8420", b"POST /orders HTTP/1.1", b"127.0.0.1:8420", 8420),
        ("http://[::1]:9000", b"POST /orders HTTP/1.1", b"[::1]:9000", 9000),
        ("http://shop.example/api/", b"POST /api/orders HTTP/1.1", b"shop.example", 80),
        ("https://shop.example", b"POST /orders HTTP/1.1", b"shop.example", 443),
    ],
)
def test_it_goes_to_the_orders_of_the_address(url: str, line: bytes, host: bytes, port: int) -> None:
    target = Target(url, b"{}")
    lines = target.request(0).split(b"\r\n")
    assert lines[0] == line
    assert b"Host: " + host in lines
    assert lines[-2:] == [b"", b"{}"]
    assert (target.port, target.tls is not None) == (port, url.startswith("https"))


def test_each_order_has_a_key_of_its_own() -> None:
    target = Target("http://127.0.0.1:8420", b'{"a":1}', key_prefix="load-x")
    assert b"Content-Length: 7\r\nIdempotency-Key: load-x-0\r\n\r\n{" in target.request(0)
    assert b"Idempotency-Key: load-x-41\r\n" in target.request(41)
    assert b"Idempotency-Key" not in Target("http://127.0.0.1:8420", b"{}").request(0)
