"""Which Host and which Origin are ours: what a rebound name, another site's page, or a slip of the pen sends."""

from __future__ import annotations

import socket

import pytest

from ordermill.domain.errors import Forbidden, OrdermillError
from ordermill.entrypoints.hosts import (
    Hosts,
    MalformedRequest,
    MisdirectedRequest,
    host_name,
    is_loopback,
    origin_of,
    own_names,
)

HOSTS = Hosts(
    own_names("Orders.lan.", "https://shop.example:8443/base", ("Extra.example",)), "https://shop.example:8443/base"
)


@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "localhost:8420", "LOCALHOST:1", "localhost.", "localhost.:8420", "a.b.localhost"),
        *("127.0.0.1", "127.0.0.1:8420", "127.255.0.9", "192.0.2.7:80", "255.255.255.255", "localhost:"),
        *("[::1]", "[::1]:8420", "[2001:DB8::1]:65535", "[::ffff:127.0.0.1]"),
        *("orders.lan", "ORDERS.lan.:9", "shop.example", "shop.example:1", "extra.example", "EXTRA.EXAMPLE:8420"),
        socket.gethostname(),
        socket.gethostname().partition(".")[0].upper() + ".local:8420",
    ],
)
def test_ours(host: str) -> None:
    HOSTS.check("GET", {"host": host})
    HOSTS.check("POST", {"host": host})


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "evil.example:8420", "localhost.evil.example", "127.0.0.1.evil.example", "shop.example.evil"),
        *("notlocalhost", "localhost-", "sub.shop.example", "lan", "_"),
        *("1.2.3", "127.1", "127.0.0.01", "256.0.0.1", "2130706433", "0x7f.0.0.1"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_somebody_elses(host: str, method: str) -> None:
    for _ in range(2):
        with pytest.raises(MisdirectedRequest):
            HOSTS.check(method, {"host": host, "origin": f"http://{host}"})


@pytest.mark.parametrize(
    "host",
    [
        *("localhost:65536", "localhost:123456", "localhost:x", "localhost:-1", "localhost:80:80", ":", ":8420"),
        *("[::1", "::1", "[::g]", "[1]", "[]", "[127.0.0.1]", "[::1]x"),
        *("user@localhost", "http://localhost", "localhost/", "localhost#", "localhost\0", "%6cocalhost"),
        *("", ".", "..", "a..b", ".localhost", "a b", "a,b", "*", "caf\xe9.example"),
    ],
)
def test_no_host_at_all(host: str) -> None:
    with pytest.raises(MalformedRequest):
        HOSTS.check("GET", {"host": host})


def test_a_missing_one_is_malformed() -> None:
    with pytest.raises(MalformedRequest):
        HOSTS.check("GET", {})


def test_an_asterisk_takes_any_name_but_no_nonsense() -> None:
    hosts = Hosts(own_names("127.0.0.1", "http://127.0.0.1:8420", ("*",)), "http://127.0.0.1:8420")
    hosts.check("GET", {"host": "anything.example"})
    with pytest.raises(MalformedRequest):
        hosts.check("GET", {"host": "any thing"})


def test_what_is_remembered_is_bounded() -> None:
    hosts = Hosts((), "http://localhost")
    for port in range(5000):
        hosts.check("GET", {"host": f"localhost:{port}"})
    assert len(hosts._accepted) == 4096
    hosts.check("GET", {"host": "localhost:4999"})


CHANGING = ("POST", "PUT", "PATCH", "DELETE", "FOO")
READING = ("GET", "HEAD", "OPTIONS")


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("127.0.0.1:8420", "http://127.0.0.1:8420"),
        ("LocalHost:8420", "http://localhost:8420"),
        ("localhost", "http://localhost"),
        ("localhost:80", "http://localhost"),
        ("[::1]:8420", "http://[::1]:8420"),
        ("localhost.:8420", "http://localhost.:8420"),
        ("127.0.0.1:8420", "https://shop.example:8443"),
    ],
)
def test_our_own_pages_may_change_things(host: str, origin: str) -> None:
    for method in CHANGING:
        HOSTS.check(method, {"host": host, "origin": origin, "sec-fetch-site": "same-origin"})


@pytest.mark.parametrize(
    "origin",
    [
        *("null", "", "http://evil.example", "http://127.0.0.1", "http://127.0.0.1:8421", "https://127.0.0.1:8420"),
        *("http://localhost:8420", "https://shop.example", "http://shop.example:8443", "file://", "127.0.0.1:8420"),
        *("http://127.0.0.1:8420, http://evil.example", "http://127.0.0.1:8420.evil.example", "HTTP://127.0.0.1:8420/"),
    ],
)
def test_pages_of_others_may_read_at_most(origin: str) -> None:
    headers = {"host": "127.0.0.1:8420", "origin": origin}
    for method in CHANGING:
        with pytest.raises(Forbidden, match="origin"):
            HOSTS.check(method, headers)
    for method in READING:
        HOSTS.check(method, headers)


@pytest.mark.parametrize(
    ("site", "allowed"),
    [("cross-site", False), ("same-site", False), ("same-origin", True), ("none", True), ("something new", True)],
)
def test_without_an_origin_the_browsers_word_counts(site: str, allowed: bool) -> None:
    headers = {"host": "127.0.0.1:8420", "sec-fetch-site": site}
    HOSTS.check("GET", headers)
    if allowed:
        HOSTS.check("POST", headers)
    else:
        with pytest.raises(Forbidden):
            HOSTS.check("POST", headers)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("http://127.0.0.1:8420", "http://127.0.0.1:8420"),
        ("HTTP://Shop.Example:80/orders", "http://shop.example"),
        ("https://shop.example:443", "https://shop.example"),
        ("http://shop.example:443", "http://shop.example:443"),
        ("http://[::1]:8420/", "http://[::1]:8420"),
        ("http://[fe80::1%eth0]:8420", "http://[fe80::1%eth0]:8420"),
    ],
)
def test_origins_are_written_as_browsers_do(url: str, origin: str) -> None:
    assert origin_of(url) == origin


@pytest.mark.parametrize(
    "url",
    [
        *("", "shop.example", "//shop.example", "ftp://shop.example", "http://", "http://:8420", "http://a b"),
        *("http://user:pw@shop.example", "http://shop.example:99999", "http://caf\xe9.example"),
        *("http://shop\n.example", "http://shop.example/\n"),
    ],
)
def test_what_has_no_origin(url: str) -> None:
    with pytest.raises(ValueError):
        origin_of(url)


def test_names_are_compared_in_one_form() -> None:
    assert host_name("Shop.EXAMPLE.:80") == "shop.example"
    assert host_name("[::1]:1") == "[::1]"
    assert own_names("0.0.0.0", "http://shop.example:1", ("x",)) >= {"shop.example", "x", socket.gethostname().lower()}


def test_errors_do_not_repeat_what_was_sent() -> None:
    for headers in ({"host": "canary.example"}, {"host": "can ary"}, {"host": "localhost", "origin": "http://canary"}):
        with pytest.raises(OrdermillError) as caught:
            HOSTS.check("POST", headers)
        assert "canary" not in caught.value.detail
        assert "can ary" not in caught.value.detail


@pytest.mark.parametrize(
    ("bound", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("LOCALHOST.", True),
        ("0.0.0.0", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("10.0.0.1", False),
        ("localhost.example.org", False),
    ],
)
def test_who_listens_on_loopback_is_reached_from_this_machine_alone(bound: str, loopback: bool) -> None:
    assert is_loopback(bound) is loopback
