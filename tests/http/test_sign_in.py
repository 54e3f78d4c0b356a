"""Signing in and out as a browser does it: links that work once, sessions that end, and nothing for pages of others."""

from __future__ import annotations

import http.client
import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import httpx2
import pytest

from tests.e2e.conftest import MakeServer
from tests.e2e.server import FIRST_ORDER, Server, order_until
from tests.e2e.wire import problem

PAGE = {"Accept": "text/html,application/xhtml+xml"}
LINK = re.compile(r"http\S+/sign-in\?token=([A-Za-z0-9_-]{32})$", re.MULTILINE)


class Signed(NamedTuple):
    """A browser's session: its cookie, and what its pages add to change something."""

    cookie: str
    csrf: str

    @property
    def read(self) -> dict[str, str]:
        """What goes with every request."""
        return {"Cookie": self.cookie}

    def write(self, origin: str) -> dict[str, str]:
        """What our own page sends to change something."""
        return {**self.read, "CSRF-Token": self.csrf, "Origin": origin}


def new_link(server: Server) -> str:
    answer = httpx2.post(f"{server.url}/sign-in/links", headers=server.staff)
    assert answer.status_code == 201
    url: str = answer.json()["url"]
    return url


def open_link(url: str, **headers: str) -> httpx2.Response:
    return httpx2.get(url, headers=headers)


def sign_in(server: Server) -> Signed:
    opened = open_link(new_link(server))
    assert opened.status_code == 303
    cookie = opened.headers["set-cookie"].partition(";")[0]
    return Signed(cookie, httpx2.get(f"{server.url}/session", headers={"Cookie": cookie}).json()["csrfToken"])


def status(server: Server, signed: Signed) -> int:
    """What a route of staff answers to the session."""
    return httpx2.get(f"{server.url}/queues", headers=signed.read).status_code


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of its own: here everybody is signed out now and then."""
    made = Server(tmp_path_factory.mktemp("sign-in") / "data")
    try:
        yield made.start()
    finally:
        made.kill()


def test_the_link_that_up_prints_signs_in_once(server: Server) -> None:
    found = LINK.search(server.log_text())
    assert found is not None, server.log_text()
    link = found[0]
    assert link.startswith(server.url)
    opened = open_link(link, **PAGE)
    assert (opened.status_code, opened.headers["location"]) == (303, "/console")
    assert (opened.headers["cache-control"], opened.headers["referrer-policy"]) == ("no-store", "no-referrer")
    cookie, *attributes = opened.headers["set-cookie"].split("; ")
    assert attributes == ["Max-Age=604800", "Path=/", "HttpOnly", "SameSite=Lax"]
    assert cookie.startswith(f"ordermill-{server.port}=")
    console = httpx2.get(f"{server.url}/console", headers={"Cookie": cookie})
    assert (console.status_code, 'id="app"' in console.text) == (200, True)
    again = open_link(link, **PAGE)
    assert (again.status_code, "ordermill sign-in" in again.text) == (401, True)
    assert "set-cookie" not in again.headers
    with server.client() as api:
        problem(api, api.get(link), 401, "unauthorized")


def test_a_browser_whose_session_is_over_signs_in_again(server: Server) -> None:
    opened = open_link(new_link(server), Cookie=f"ordermill-{server.port}=over")
    assert opened.status_code == 303
    (cookie,) = opened.headers.get_list("set-cookie")
    assert status(server, Signed(cookie.partition(";")[0], "")) == 200


def test_looking_ahead_does_not_use_a_link_up(server: Server) -> None:
    link = new_link(server)
    assert httpx2.head(link).status_code == 401
    assert open_link(link, **{"Sec-Purpose": "prefetch;prerender"}).status_code == 401
    assert open_link(link).status_code == 303


@pytest.mark.parametrize("token", ["", "guess", "A" * 32, "%00", "caf%C3%A9", "x" * 5000])
def test_no_other_token_signs_in(server: Server, token: str) -> None:
    answer = open_link(f"{server.url}/sign-in?token={token}")
    assert (answer.status_code, "set-cookie" in answer.headers) == (401, False)
    assert "x" * 100 not in answer.text


@pytest.mark.parametrize("query", ["token=a&token=b", "token=%FF", "next=http://evil.example", "%zz"])
def test_a_query_that_is_none_is_a_400(server: Server, query: str) -> None:
    assert open_link(f"{server.url}/sign-in?{query}").status_code == 400


def test_of_many_that_open_a_link_at_once_one_is_signed_in(server: Server) -> None:
    for _ in range(5):
        link = new_link(server)
        with ThreadPoolExecutor(12) as pool:
            answers = list(pool.map(lambda _, link=link: open_link(link).status_code, range(12)))
        assert Counter(answers) == {303: 1, 401: 11}


def test_the_pages_say_how_to_sign_in(server: Server) -> None:
    without = httpx2.get(f"{server.url}/console", headers=PAGE)
    assert (without.status_code, without.headers["content-type"]) == (401, "text/html; charset=utf-8")
    assert "ordermill sign-in" in without.text
    assert without.headers["www-authenticate"] == "Bearer"
    assert (httpx2.get(f"{server.url}/sign-in").status_code, without.headers["cache-control"]) == (200, "no-store")


def test_a_session_reads_changes_and_watches_as_staff(server: Server) -> None:
    signed = sign_in(server)
    with server.client() as api:
        order = api.post("/orders", json=FIRST_ORDER).json()["orderId"]
        order_until(api, order, server.staff, "PROCESSED")
        assert "customerName" in api.get(f"/orders/{order}", headers=signed.read).json()
        faults = api.put("/faults", json={}, headers=signed.write(server.url))
        assert faults.status_code == 200
        me = api.get("/session", headers=signed.read).json()
        assert (me["viewer"], me["credential"], me["session"]["current"]) == ("staff", "session", True)
        listed = api.get("/sessions", headers=signed.read).json()["sessions"]
        assert [each["id"] for each in listed if each["current"]] == [me["session"]["id"]]
        by_token = api.get("/session", headers=server.staff).json()
        assert by_token == {"viewer": "staff", "credential": "token", "session": None, "csrfToken": None}
        assert signed.cookie.partition("=")[2] not in str((me, listed))


CROSS_SITE: dict[str, dict[str, str]] = {
    "a form of another site": {"Origin": "http://evil.example", "Content-Type": "text/plain"},
    "a page that hides its origin": {"Origin": "null"},
    "another port of this host": {"Origin": "http://127.0.0.1:1", "CSRF-Token": "{csrf}"},
    "a subdomain": {"Origin": "http://evil.localhost", "CSRF-Token": "{csrf}"},
    "no origin": {},
    "no origin, but the token": {"CSRF-Token": "{csrf}"},
    "another site, as the browser says": {"Sec-Fetch-Site": "cross-site", "CSRF-Token": "{csrf}"},
    "the same site, as the browser says": {"Sec-Fetch-Site": "same-site", "CSRF-Token": "{csrf}"},
    "our page without the token": {"Origin": "{url}"},
    "our page with another token": {"Origin": "{url}", "CSRF-Token": "A" * 43},
    "our page as text": {"Origin": "{url}", "Content-Type": "text/plain"},
}


@pytest.mark.parametrize("name", CROSS_SITE)
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/sign-out", b""),
        ("POST", "/sign-out/everywhere", b""),
        ("PUT", "/faults", b'{"mail": {"mode": "fail"}}'),
        ("PUT", "/catalogue", b"sku,name,price,currency,stock\n"),
        ("POST", "/dead-letters/redrive", b'{"all": true}'),
        ("POST", "/sign-in/links", b""),
    ],
)
def test_what_our_page_did_not_send_is_403_and_changes_nothing(
    server: Server, name: str, method: str, path: str, body: bytes
) -> None:
    signed = sign_in(server)
    told = {header: text.format(url=server.url, csrf=signed.csrf) for header, text in CROSS_SITE[name].items()}
    answer = httpx2.request(method, server.url + path, content=body, headers={**signed.read, **told})
    assert answer.status_code == 403, answer.text
    assert status(server, signed) == 200
    assert httpx2.get(f"{server.url}/faults", headers=server.staff).json() == {"faults": {}}


def test_the_order_form_works_signed_in_and_after_the_session_is_over(server: Server) -> None:
    signed = sign_in(server)
    name = signed.cookie.partition("=")[0]
    for cookie in (signed.cookie, f"{name}=over", f"{name}={'x' * 3000}"):
        headers = {"Cookie": cookie, "Origin": server.url, "Sec-Fetch-Site": "same-origin"}
        answer = httpx2.post(f"{server.url}/orders", json=FIRST_ORDER, headers=headers)
        assert answer.status_code == 202
        assert httpx2.get(f"{server.url}/products", headers={"Cookie": cookie}).status_code == 200
        assert ("set-cookie" in answer.headers) == (cookie != signed.cookie)


def test_a_wrong_token_is_401_also_beside_a_good_cookie(server: Server) -> None:
    signed = sign_in(server)
    for path in ("/products", "/queues", "/console"):
        headers = {**signed.read, "Authorization": "Bearer wrong"}
        assert httpx2.get(server.url + path, headers=headers).status_code == 401
    assert status(server, signed) == 200


def test_signing_out_ends_this_session_and_everywhere_all_and_links_too(server: Server) -> None:
    one, other, third = (sign_in(server) for _ in range(3))
    out = httpx2.post(f"{server.url}/sign-out", headers=one.write(server.url))
    assert (out.status_code, "Max-Age=0" in out.headers["set-cookie"]) == (204, True)
    assert [status(server, each) for each in (one, other, third)] == [401, 200, 200]
    assert httpx2.post(f"{server.url}/sign-out", headers=one.write(server.url)).status_code == 401
    link = new_link(server)
    everywhere = httpx2.post(f"{server.url}/sign-out/everywhere", headers=other.write(server.url))
    assert everywhere.status_code == 200
    assert everywhere.json()["sessions"] >= 2
    assert everywhere.json()["links"] >= 1
    assert [status(server, each) for each in (other, third)] == [401, 401]
    assert open_link(link).status_code == 401
    server.kill_server_and_wait()
    assert [status(server, each) for each in (one, other, third)] == [401, 401, 401]


def test_a_stream_that_a_session_watches_ends_with_it(server: Server) -> None:
    signed = sign_in(server)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request("GET", "/live", headers=signed.read)
    response = connection.getresponse()
    assert (response.status, response.getheader("content-type")) == (200, "text/event-stream")
    response.read1(65536)
    httpx2.post(f"{server.url}/sign-out", headers=signed.write(server.url))
    # What happens next ends it; another reader would have been told of it.
    httpx2.post(f"{server.url}/orders", json=FIRST_ORDER)
    rest = b""
    while (chunk := response.read1(65536)) and b"event: hop" not in rest:
        rest += chunk
    assert (chunk, b"event: hop" in rest) == (b"", False)
    connection.close()


def test_a_session_outlives_the_server_and_a_link_dies_with_it(make_server: MakeServer) -> None:
    server = make_server().start()
    signed, link = sign_in(server), new_link(server)
    server.kill_server_and_wait()
    assert status(server, signed) == 200
    assert open_link(link).status_code == 401
    assert len(LINK.findall(server.log_text())) == 2
    assert server.terminate() == 0
    server.start()
    assert status(server, signed) == 200
    assert server.terminate() == 0
    (server.data / "staff-token").unlink()
    server.start()
    assert status(server, signed) == 401
    assert "everybody is signed out" in server.log_text()


def test_time_ends_sessions(make_server: MakeServer) -> None:
    server = make_server().start()
    signed = sign_in(server)
    for offset, expected in (("39600", 200), ("90000", 401)):
        assert server.terminate() == 0
        server = make_server(env={"ORDERMILL_FAULTS": "on", "ORDERMILL_CLOCK_OFFSET_S": offset}).start()
        # Cookies of one server are another's where only the port differs; the test's servers each have their own.
        cookie = re.sub(r"^ordermill-\d+", f"ordermill-{server.port}", signed.cookie)
        assert status(server, Signed(cookie, signed.csrf)) == expected


def test_behind_https_the_cookie_is_secure_and_of_this_host_alone(make_server: MakeServer) -> None:
    server = make_server(env={"ORDERMILL_PUBLIC_URL": "https://orders.example"}).start()
    link = new_link(server)
    assert link.startswith("https://orders.example/sign-in?token=")
    opened = open_link(link.replace("https://orders.example", server.url), Host="orders.example")
    cookie = opened.headers["set-cookie"]
    assert cookie.startswith("__Host-ordermill=")
    assert cookie.endswith("; Path=/; HttpOnly; SameSite=Lax; Secure")
    headers = {"Cookie": cookie.partition(";")[0], "Host": "orders.example"}
    me = httpx2.get(f"{server.url}/session", headers=headers)
    assert me.status_code == 200
    for origin, expected in (("http://orders.example.evil", 403), ("https://orders.example", 204)):
        proof = {"Origin": origin, "CSRF-Token": me.json()["csrfToken"]}
        answer = httpx2.post(f"{server.url}/sign-out", headers={**headers, **proof})
        assert answer.status_code == expected


def test_guessing_ends_in_429_and_a_good_link_opens_all_the_same(make_server: MakeServer) -> None:
    server = make_server().start()
    link = new_link(server)
    with server.client() as api:
        answers = Counter(api.get("/sign-in", params={"token": f"guess-{n}"}).status_code for n in range(605))
        assert answers == {401: 600, 429: 5}
        cookie = {"Cookie": f"ordermill-{server.port}=guess"}
        assert api.get("/queues", headers=cookie).status_code == 429
        assert api.get("/products", headers=cookie).status_code == 200
    assert open_link(link).status_code == 303
