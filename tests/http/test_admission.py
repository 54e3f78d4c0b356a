"""Which requests are looked at: by the name they came in by, the page that sent them, the address they came from."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import suppress

import httpx2
import pytest

from tests.e2e.server import FIRST_ORDER, Server
from tests.e2e.wire import Reply, connect, problem, receive

SHORT_TOKEN = "hunter2"


def own_address() -> str:
    """This machine's address towards others; a loopback one where it has no other. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, suppress(OSError):
        probe.connect(("198.51.100.1", 9))
        found: str = probe.getsockname()[0]
        return found
    return "127.0.0.1"


def raw(port: int, *headers: str, method: str = "GET", path: str = "/health", body: bytes = b"") -> Reply:
    """The answer to a request with exactly these headers and a Content-Length."""
    lines = [f"{method} {path} HTTP/1.1", *headers, f"Content-Length: {len(body)}", "", ""]
    with connect(port) as connection:
        connection.sendall("\r\n".join(lines).encode("latin-1") + body)
        return receive(connection)


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server as it stands behind a proxy: for everybody, under names of its own, with small budgets."""
    env = {
        "ORDERMILL_HOST": "0.0.0.0",
        "ORDERMILL_PUBLIC_URL": "https://orders.example/shop",
        "ORDERMILL_ALLOWED_HOSTS": "inner.example, Other.Example",
        "ORDERMILL_RATE_LIMIT": "3/hour",
        "ORDERMILL_STAFF_TOKEN": SHORT_TOKEN,
    }
    server = Server(tmp_path_factory.mktemp("public") / "data", env=env)
    try:
        yield server.start()
    finally:
        server.kill()


@pytest.mark.parametrize(
    ("host", "status"),
    [
        *(("localhost", 200), ("LOCALHOST.:1", 200), ("127.0.0.1:8420", 200), ("[::1]:8420", 200), ("10.1.2.3", 200)),
        (socket.gethostname(), 200),
        *(("evil.example", 421), ("127.0.0.1.evil.example:8420", 421), ("orders.example", 421)),
        *(("", 400), ("a b", 400), ("localhost:99999", 400), ("[::1", 400), ("caf\xe9", 400)),
    ],
)
def test_by_default_the_server_answers_to_addresses_and_this_machines_names(
    running: Server, host: str, status: int
) -> None:
    reply = raw(running.port, f"Host: {host}")
    assert reply.status == status, reply.body
    if status != 200:
        assert reply.headers["content-type"] == "application/problem+json"
        assert not host or host.encode("latin-1") not in reply.body


@pytest.mark.parametrize(
    ("host", "status"),
    [("orders.example", 200), ("inner.example:8420", 200), ("other.example", 200), ("0.0.0.0", 200), ("shop", 421)],
)
def test_further_names_are_the_operators(public: Server, host: str, status: int) -> None:
    assert raw(public.port, f"Host: {host}").status == status


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80"])
def test_a_rebound_name_gets_neither_page_nor_order(running: Server, host: str) -> None:
    before = running.rows("SELECT count(*) FROM orders")
    body = json.dumps(FIRST_ORDER).encode()
    headers = (f"Host: {host}", f"Origin: http://{host}", "Content-Type: application/json")
    assert raw(running.port, *headers, method="POST", path="/orders", body=body).status == 421
    for path in ("/", "/docs", "/openapi.json", "/products", "/nothing"):
        assert raw(running.port, f"Host: {host}", path=path).status == 421
    assert running.rows("SELECT count(*) FROM orders") == before


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 202),
        ({"Origin": "{url}", "Sec-Fetch-Site": "same-origin"}, 202),
        ({"Sec-Fetch-Site": "none"}, 202),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "{url}.evil.example"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Origin": "null", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "http://evil.example", "Content-Type": "text/plain"}, 403),
    ],
)
def test_only_our_own_pages_may_place_orders(
    api: httpx2.Client, running: Server, headers: dict[str, str], status: int
) -> None:
    sent = {name: text.format(url=running.url) for name, text in headers.items()}
    answer = api.post("/orders", json=FIRST_ORDER, headers=sent)
    assert answer.status_code == status
    if status == 403:
        assert "origin" in problem(api, answer, 403, "forbidden")["detail"].lower() or "Sec-Fetch-Site" in answer.text


def test_two_origins_are_none(running: Server) -> None:
    own = f"Origin: {running.url}"
    headers = (f"Host: 127.0.0.1:{running.port}", "Content-Type: application/json", own, own)
    body = json.dumps(FIRST_ORDER).encode()
    assert raw(running.port, *headers, method="POST", path="/orders", body=body).status == 403


def test_no_page_elsewhere_is_ever_allowed_to_read(api: httpx2.Client) -> None:
    headers = {"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}
    for method, path in (("GET", "/products"), ("OPTIONS", "/orders"), ("GET", "/nothing"), ("POST", "/orders")):
        answer = api.request(method, path, headers=headers)
        assert [name for name in answer.headers if name.startswith("access-control-")] == []
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"


def test_every_answer_is_protected_and_none_says_who_made_it(api: httpx2.Client, running: Server) -> None:
    for path, headers in (
        *(("/", {}), ("/docs", {}), ("/assets/docs.js", {}), ("/problems/stale", {}), ("/health", {})),
        *(("/nothing", {}), ("/topology", {}), ("/topology", running.staff), ("/health", {"Host": "evil.example"})),
    ):
        answer = api.get(path, headers=headers)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] in ("no-store", "no-cache")
        assert "server" not in answer.headers
        html = answer.headers["content-type"].startswith("text/html")
        assert ("cross-origin-opener-policy" in answer.headers) == html
        assert ("content-security-policy" in answer.headers) == html
        if answer.is_error:
            assert answer.headers["cache-control"] == "no-store"
            assert "ordermill" not in answer.text.lower().replace("ordermill_allowed_hosts", "")


@pytest.mark.parametrize("address", sorted({"127.0.0.1", own_address()}))
def test_limits_begin_with_the_first_other_address(public: Server, address: str) -> None:
    url = f"http://{address}:{public.port}/orders"
    answers = [httpx2.post(url, json=FIRST_ORDER, timeout=15) for _ in range(5)]
    local = address.startswith("127.")
    assert [answer.status_code for answer in answers] == ([202] * 5 if local else [202] * 3 + [429] * 2)
    assert ("retry-after" in answers[-1].headers) != local


def test_a_proxys_pages_are_our_own(public: Server) -> None:
    outcomes = {"https://orders.example": 202, "http://orders.example": 202, "https://evil.example": 403}
    for origin, status in outcomes.items():
        headers = {"Host": "orders.example", "Origin": origin}
        assert httpx2.post(f"{public.url}/orders", json=FIRST_ORDER, headers=headers, timeout=15).status_code == status


def test_a_guessable_token_is_warned_of_where_others_may_try(public: Server, running: Server) -> None:
    assert "ORDERMILL_STAFF_TOKEN is short" in public.log_text()
    assert SHORT_TOKEN not in public.log_text()
    assert "ORDERMILL_STAFF_TOKEN" not in running.log_text()
