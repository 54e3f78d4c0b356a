"""What a cookie opens, and what it never opens by itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest

from ordermill.domain.errors import Forbidden
from ordermill.entrypoints.problems import RateLimited
from ordermill.entrypoints.rate_limits import OFF, RateLimits
from ordermill.entrypoints.routing import Match
from ordermill.entrypoints.sign_in.cookies import SessionCookie, csrf_token
from ordermill.entrypoints.sign_in.gate import CookieGate, while_alive
from ordermill.entrypoints.sign_in.sessions import Sessions
from ordermill.topology.loader import load
from ordermill.topology.model import Access
from ordermill.topology.views import enabled
from tests.unit.sign_in.kit import Time

LOCAL = "127.0.0.1"
ORIGIN = "http://127.0.0.1:8420"
COOKIE = SessionCookie.of(ORIGIN)


class Door:
    """A gate with one live session."""

    def __init__(self) -> None:
        self.sessions = Sessions("staff", None, Time())
        self.gate = CookieGate(COOKIE, self.sessions, RateLimits(OFF, now=lambda: 0.0))
        self.id = asyncio.run(self.sessions.begin())
        self.cookie = f"{COOKIE.name}={self.id}"
        self.csrf = csrf_token(self.id)

    def opens(self, access: Access, method: str, headers: dict[str, str], address: str = LOCAL) -> bool | None:
        """Whether the session counts; None where the browser is to forget it."""
        match = Match(f"{method} /x", None, access, {})
        presented = self.gate.presented(match, method, headers, address)
        return None if presented.stale else presented.session is not None


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.mark.parametrize("access", ["anyone", "holder", "staff"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_to_read_the_cookie_is_enough(door: Door, access: Access, method: str) -> None:
    assert door.opens(access, method, {"cookie": door.cookie}) is True
    assert door.opens(access, method, {"cookie": f"theme=dark; {door.cookie};x=1"}) is True
    assert door.opens(access, method, {}) is False
    assert door.opens(access, method, {"cookie": "theme=dark"}) is False


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "proof",
    [
        {},
        {"origin": ORIGIN},
        {"sec-fetch-site": "same-origin"},
        {"csrf-token": "{csrf}"},
        {"csrf-token": "{csrf}", "sec-fetch-site": "none"},
        {"csrf-token": "{csrf}", "sec-fetch-site": "same-site"},
        {"csrf-token": "{csrf}", "sec-fetch-site": "cross-site"},
        {"csrf-token": "", "origin": ORIGIN},
        {"csrf-token": "x", "origin": ORIGIN},
        {"csrf-token": "{csrf}x", "origin": ORIGIN},
        {"csrf-token": "{csrf}\xff", "origin": ORIGIN},
        {"csrf-token": "\udcff", "origin": ORIGIN},
        {"csrf-token": "{other}", "origin": ORIGIN},
        {"csrf-token": "{id}", "origin": ORIGIN},
    ],
)
def test_to_change_something_it_needs_a_proof_that_only_our_page_can_give(
    door: Door, method: str, proof: dict[str, str]
) -> None:
    other = csrf_token(asyncio.run(door.sessions.begin()))
    sent = {name: text.format(csrf=door.csrf, other=other, id=door.id) for name, text in proof.items()}
    for access in ("holder", "staff"):
        with pytest.raises(Forbidden):
            door.opens(access, method, {"cookie": door.cookie, **sent})
    # Where nobody is asked for anything, the sender is simply nobody.
    assert door.opens("anyone", method, {"cookie": door.cookie, **sent}) is False
    assert door.opens("holder", method, {"cookie": door.cookie, "order-token": "t", **sent}) is False


@pytest.mark.parametrize("proof", [{"origin": ORIGIN}, {"sec-fetch-site": "same-origin"}])
def test_with_the_proof_it_opens_everything(door: Door, proof: dict[str, str]) -> None:
    for access in ("anyone", "holder", "staff"):
        headers = {"cookie": door.cookie, "csrf-token": door.csrf, **proof}
        assert door.opens(access, "POST", headers) is True


def test_beside_a_token_it_is_not_looked_at(door: Door) -> None:
    assert door.opens("staff", "GET", {"cookie": door.cookie, "authorization": "Bearer wrong"}) is False
    assert door.opens("staff", "POST", {"cookie": door.cookie, "authorization": "Bearer wrong"}) is False


@pytest.mark.parametrize("value", ["", "guess", "x" * 5000, "caf\xe9", '"', "a=b"])
@pytest.mark.parametrize("access", ["anyone", "holder", "staff"])
def test_one_that_is_over_or_made_up_leaves_its_sender_nobody(door: Door, access: Access, value: str) -> None:
    assert door.opens(access, "GET", {"cookie": f"{COOKIE.name}={value}"}) is None
    assert door.opens(access, "POST", {"cookie": f"{COOKIE.name}={value}"}) is None


def test_guesses_are_wrong_tokens_yet_the_pages_for_all_go_on(door: Door) -> None:
    guess = {"cookie": f"{COOKIE.name}=guess"}
    for _ in range(10):
        assert door.opens("staff", "GET", guess, "192.0.2.7") is None
    with pytest.raises(RateLimited):
        door.opens("staff", "GET", guess, "192.0.2.7")
    assert door.opens("anyone", "GET", guess, "192.0.2.7") is None
    assert door.opens("staff", "GET", {"cookie": door.cookie}, "192.0.2.7") is True
    for _ in range(10):
        assert door.opens("anyone", "GET", guess, "192.0.2.8") is None
    with pytest.raises(RateLimited):
        door.opens("staff", "GET", guess, "192.0.2.8")


def test_another_server_of_this_machine_can_neither_hide_nor_replace_it(door: Door) -> None:
    tossed = f"{COOKIE.name}=theirs"
    assert door.opens("staff", "GET", {"cookie": f"{tossed}; {door.cookie}"}) is True
    assert door.opens("staff", "GET", {"cookie": f"{tossed}; {tossed}; {tossed}; {tossed}; {door.cookie}"}) is None


@pytest.mark.parametrize(
    ("url", "name", "ends"),
    [
        ("http://127.0.0.1:8420", "ordermill-8420", "SameSite=Lax"),
        ("http://orders.example", "ordermill-80", "SameSite=Lax"),
        ("https://orders.example/shop", "__Host-ordermill", "SameSite=Lax; Secure"),
        ("https://orders.example:8443", "__Host-ordermill", "SameSite=Lax; Secure"),
    ],
)
def test_the_cookie_is_out_of_scripts_reach_and_secure_where_it_can_be(url: str, name: str, ends: str) -> None:
    cookie = SessionCookie.of(url)
    assert cookie.set("abc", 60) == ("set-cookie", f"{name}=abc; Max-Age=60; Path=/; HttpOnly; {ends}")
    assert cookie.clear() == ("set-cookie", f"{name}=; Max-Age=0; Path=/; HttpOnly; {ends}")
    # `__Host-` holds only so: no domain, the whole host.
    assert "domain" not in cookie.set("abc", 60)[1].lower()


def test_the_proof_is_of_one_session_and_does_not_tell_its_id() -> None:
    assert csrf_token("a") != csrf_token("b")
    assert len(csrf_token("a")) == 43
    assert csrf_token("a") == csrf_token("a")


def test_a_stream_ends_with_the_session_and_closes_what_it_reads() -> None:
    closed, alive = [], [True, True, False]

    async def chunks() -> AsyncGenerator[bytes]:
        try:
            for number in range(5):
                yield b"%d" % number
        finally:
            closed.append(True)

    async def read() -> list[bytes]:
        return [chunk async for chunk in while_alive(chunks(), lambda: alive.pop(0))]

    assert asyncio.run(read()) == [b"0", b"1"]
    assert closed == [True]


def test_no_get_has_an_effect() -> None:
    """What a link in a mail or a page of another site can make a browser send, cookie and all."""
    topology = load()
    effects = {
        spec.trigger.source: spec.effects
        for pipeline in topology.pipelines
        for spec in enabled(topology, pipeline).values()
        if spec.trigger.kind == "http" and spec.trigger.source.startswith("GET ")
    }
    assert len(effects) > 5
    assert {route: made for route, made in effects.items() if made} == {}
