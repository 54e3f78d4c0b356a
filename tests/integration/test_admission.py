"""The whole server but its sockets, asked from other addresses: who is turned away leaves nothing behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

import httpx2
import pytest

from ordermill.entrypoints.admission import Admission
from ordermill.entrypoints.hosts import Hosts
from ordermill.entrypoints.http import App
from ordermill.entrypoints.rate_limits import RateLimits
from tests.integration.system_kit import Mill, StartMill, widgets

STAFF = "the-staff-token"
HERE, THERE = "192.0.2.7", "2001:db8::7"


class Site:
    """One application, its clock in seconds, and clients at any address."""

    def __init__(self, mill: Mill, rate: str) -> None:
        self.at = 0.0
        limits = RateLimits(rate, now=lambda: self.at)
        self._app = App(mill.system, STAFF, "http://localhost", Admission(Hosts((), "http://localhost"), limits))

    async def ask(
        self, address: str, method: str = "POST", path: str = "/orders", headers: Mapping[str, str] | None = None
    ) -> httpx2.Response:
        """The answer to a client at `address`; a POST places an order."""
        transport = httpx2.ASGITransport(app=self._app, client=(address, 50000))
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
            body = widgets() if method == "POST" else None
            return await client.request(method, path, headers=dict(headers or {}), json=body)

    async def statuses(self, count: int, address: str, method: str = "POST", path: str = "/orders") -> list[int]:
        """Those of so many such requests."""
        return [(await self.ask(address, method, path)).status_code for _ in range(count)]


@asynccontextmanager
async def serving(mill: Mill, rate: str) -> AsyncIterator[Site]:
    mill.system.engine.start(asyncio.get_running_loop())
    try:
        yield Site(mill, rate)
    finally:
        await asyncio.to_thread(mill.system.engine.stop, 5)


def run(mill: Mill, check: Callable[[Site], Awaitable[None]], rate: str = "3/minute") -> None:
    async def go() -> None:
        async with serving(mill, rate) as site:
            await check(site)

    asyncio.run(go())


@pytest.fixture
def mill(start_mill: StartMill) -> Mill:
    """A system whose engine the test starts in its own loop."""
    return start_mill(start=False)


def orders(mill: Mill) -> int:
    return int(mill.rows("SELECT count(*) FROM orders")[0][0])


def test_each_address_has_its_budget_and_this_machine_has_none(mill: Mill) -> None:
    async def check(site: Site) -> None:
        assert await site.statuses(5, HERE) == [202] * 3 + [429] * 2
        assert await site.statuses(5, THERE) == [202] * 3 + [429] * 2
        for own in ("127.0.0.1", "::1", "127.9.9.9"):
            assert await site.statuses(10, own) == [202] * 10
        assert await site.statuses(31, HERE, method="GET", path="/health") == [200] * 30 + [429]

    run(mill, check)
    assert orders(mill) == 36


def test_the_answer_says_when_to_come_back_and_then_it_is_served(mill: Mill) -> None:
    async def check(site: Site) -> None:
        key = {"Idempotency-Key": "again"}
        assert await site.statuses(3, HERE) == [202] * 3
        site.at = 20.5
        refused = await site.ask(HERE, headers=key)
        assert refused.status_code == 429
        assert refused.json()["type"] == "/problems/rate-limited"
        assert refused.headers["retry-after"] == "40"
        assert refused.headers["ratelimit-policy"] == '"writes";q=3;w=60'
        assert refused.headers["ratelimit"] == '"writes";r=0;t=40'
        assert refused.headers["cache-control"] == "no-store"
        site.at += 40
        taken = await site.ask(HERE, headers=key)
        assert (taken.status_code, taken.headers.get("idempotent-replayed")) == (202, None)

    run(mill, check)
    assert orders(mill) == 4


@pytest.mark.parametrize("name", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "True-Client-IP", "CF-Connecting-IP"])
def test_what_a_header_says_of_the_address_counts_for_nothing(mill: Mill, name: str) -> None:
    async def check(site: Site) -> None:
        got = [(await site.ask(HERE, headers={name: f"10.0.0.{i}"})).status_code for i in range(4)]
        assert got == [202, 202, 202, 429]
        assert (await site.ask(HERE, headers={name: "127.0.0.1"})).status_code == 429
        assert (await site.ask("127.0.0.1", headers={name: HERE})).status_code == 202

    run(mill, check)


def test_guessing_the_staff_token_is_throttled_and_locks_nobody_out(mill: Mill) -> None:
    async def check(site: Site) -> None:
        async def guess(address: str, token: str = "guess") -> httpx2.Response:
            return await site.ask(address, "GET", "/topology", {"Authorization": f"Bearer {token}"})

        assert [(await guess(HERE)).status_code for _ in range(12)] == [401] * 10 + [429] * 2
        throttled = await guess(HERE)
        assert throttled.headers["ratelimit-policy"] == '"wrong-tokens";q=10;w=60'
        assert "www-authenticate" not in throttled.headers
        assert (await guess(HERE, STAFF)).status_code == 200
        assert (await guess(THERE)).status_code == 401
        assert (await guess("127.0.0.1")).status_code == 401
        site.at = 60
        assert (await guess(HERE)).status_code == 401

    run(mill, check, "off")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Host": "a b"}, 400),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
def test_what_another_page_sent_stores_nothing(mill: Mill, headers: dict[str, str], status: int) -> None:
    async def check(site: Site) -> None:
        answer = await site.ask("127.0.0.1", headers=headers)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")

    run(mill, check)
    assert orders(mill) == 0
