"""The HTTP side takes only as much as may wait: the rest is told to come back, and what waits is still served."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, MutableMapping
from typing import Any

import pytest

from ordermill.entrypoints.admission import Admission
from ordermill.entrypoints.hosts import Hosts
from ordermill.entrypoints.http import LARGE_AT_ONCE, LARGE_BODY, WAITING_BYTES_MAX, WAITING_MAX, App
from ordermill.entrypoints.rate_limits import OFF, RateLimits
from ordermill.entrypoints.web import BODY_MAX, Response
from tests.integration.system_kit import Mill, StartMill, widgets

Message = MutableMapping[str, Any]


@pytest.fixture
def idle(start_mill: StartMill) -> Mill:
    """A system whose engine does not run yet: every request waits."""
    return start_mill(start=False)


def scope_of(body: bytes) -> dict[str, Any]:
    """POST /orders, from this machine."""
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body)), (b"host", b"localhost")]
    scope = {"type": "http", "method": "POST", "path": "/orders", "raw_path": b"/orders", "query_string": b""}
    return {**scope, "headers": headers, "client": ("127.0.0.1", 50000)}


def app_of(mill: Mill) -> App:
    """The application, in the running loop."""
    return App(mill.system, "staff", "http://localhost", Admission(Hosts((), "http://localhost"), RateLimits(OFF)))


class Client:
    """Sends one request to the application and keeps its answer."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.status = 0
        self.headers: dict[bytes, bytes] = {}
        self.answer = b""

    async def send(self, app: App) -> None:
        """POST /orders."""
        await app(scope_of(self.body), self._receive, self._send)

    async def _receive(self) -> Message:
        return {"type": "http.request", "body": self.body, "more_body": False}

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], dict(message["headers"])
        else:
            self.answer += message["body"]


async def send_all(mill: Mill, waiting: list[Client], late: Client, for_engine: int) -> None:
    """Let `waiting` wait, send `late`, then start the engine."""
    app = app_of(mill)
    tasks = [asyncio.create_task(client.send(app)) for client in waiting]
    await asyncio.sleep(0)
    assert len(mill.system.engine.inbox.intakes) == for_engine
    await asyncio.wait_for(late.send(app), 5)
    mill.system.engine.start(asyncio.get_running_loop())
    await asyncio.gather(*tasks)
    await asyncio.to_thread(mill.system.engine.stop, 5)


def check(mill: Mill, waiting: list[Client], late: Client, *, for_engine: int | None = None) -> None:
    asyncio.run(send_all(mill, waiting, late, len(waiting) if for_engine is None else for_engine))
    assert late.status == 503
    assert late.headers[b"retry-after"] == b"1"
    assert json.loads(late.answer)["type"] == "/problems/overloaded"
    assert {client.status for client in waiting} == {202}
    assert mill.rows("SELECT count(*) FROM orders") == [(len(waiting),)]


def test_so_many_may_wait_and_one_more_is_told_to_come_back(idle: Mill) -> None:
    body = json.dumps(widgets()).encode()
    check(idle, [Client(body) for _ in range(WAITING_MAX)], Client(body))


def test_so_many_bytes_may_wait_and_one_more_body_is_told_to_come_back(idle: Mill) -> None:
    body = json.dumps(widgets()).encode().ljust(BODY_MAX)
    count = WAITING_BYTES_MAX // BODY_MAX
    check(idle, [Client(body) for _ in range(count)], Client(body), for_engine=LARGE_AT_ONCE)


def test_of_large_bodies_few_are_taken_apart_at_a_time(idle: Mill) -> None:
    body = json.dumps(widgets()).encode()
    small, large = body.ljust(LARGE_BODY), body.ljust(LARGE_BODY + 1)
    waiting = [Client(large) for _ in range(10)] + [Client(small) for _ in range(10)]
    fill = (WAITING_BYTES_MAX - 20 * LARGE_BODY - 10) // LARGE_BODY
    waiting += [Client(small) for _ in range(fill)]
    check(idle, waiting, Client(small), for_engine=LARGE_AT_ONCE + 10 + fill)


async def send_directly(mill: Mill, bodies: list[bytes]) -> None:
    """On the direct way: all may wait, one more may not; once they are answered the next one may again."""
    app, answers = app_of(mill), list[Response]()
    for body in bodies:
        assert app.take(scope_of(body), body, answers.append)
    assert answers == []
    assert app.take(scope_of(bodies[0]), bodies[0], answers.append)
    (late,) = answers
    assert (late.status, json.loads(late.body)["type"]) == (503, "/problems/overloaded")
    mill.system.engine.start(asyncio.get_running_loop())
    async with asyncio.timeout(20):
        await until(lambda: len(answers) == len(bodies) + 1)
        assert app.take(scope_of(bodies[0]), bodies[0], answers.append)
        await until(lambda: len(answers) == len(bodies) + 2)
    assert {answer.status for answer in answers[1:]} == {202}
    await asyncio.to_thread(mill.system.engine.stop, 5)


async def until(condition: Callable[[], bool]) -> None:
    """Let the loop run until the condition holds."""
    while not condition():
        await asyncio.to_thread(lambda: None)


@pytest.mark.parametrize(("size", "count"), [(0, WAITING_MAX), (LARGE_BODY, WAITING_BYTES_MAX // LARGE_BODY)])
def test_on_the_direct_way_as_many_and_as_much_may_wait(idle: Mill, size: int, count: int) -> None:
    asyncio.run(send_directly(idle, [json.dumps(widgets()).encode().ljust(size)] * count))


def test_a_large_body_does_not_go_the_direct_way(idle: Mill) -> None:
    async def offer() -> bool:
        body = json.dumps(widgets()).encode().ljust(LARGE_BODY + 1)
        return app_of(idle).take(scope_of(body), body, lambda _: None)

    assert not asyncio.run(offer())
    assert not idle.system.engine.inbox.intakes
