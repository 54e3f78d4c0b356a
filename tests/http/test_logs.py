"""`GET /logs` over a real server: what the log says, chosen, resumed, and for staff alone."""

from __future__ import annotations

import json
from contextlib import ExitStack

import httpx2
import pytest

from ordermill.entrypoints.sse import EventParser
from tests.e2e.server import FIRST_ORDER, Json, Server, order_until, wait_for
from tests.e2e.wire import problem


class Tail:
    """Reads `/logs` until a line is there; `lines` are all that came."""

    def __init__(self, server: Server, query: str = "", last_id: str = "") -> None:
        self._server, self._query, self.parser = server, query, EventParser(last_id)
        self.lines: list[Json] = []

    def until(self, **members: object) -> Json:
        """The first line with these members."""
        headers = {**self._server.staff, **({"Last-Event-ID": self.parser.last_id} if self.parser.last_id else {})}
        with (
            ExitStack() as stack,
            httpx2.stream("GET", f"{self._server.url}/logs{self._query}", headers=headers, timeout=20) as answer,
        ):
            stack.callback(answer.close)
            assert answer.headers["content-type"] == "text/event-stream"
            for chunk in answer.iter_raw():
                for event in self.parser.feed(chunk):
                    assert event.name == "line"
                    self.lines.append(json.loads(event.data))
                    if members.items() <= self.lines[-1].items():
                        return self.lines[-1]
        raise AssertionError(f"the stream ended without {members}")


def place(api: httpx2.Client, server: Server) -> str:
    order_id: str = api.post("/orders", json=FIRST_ORDER).json()["orderId"]
    order_until(api, order_id, server.staff, "PROCESSED")
    return order_id


def test_an_orders_lines_alone_from_the_first_on(api: httpx2.Client, running: Server) -> None:
    order_id, other = place(api, running), place(api, running)
    for wanted in (order_id, other):
        tail = Tail(running, f"?orderId={wanted}")
        line = tail.until(function="process_order", outcome="ok")
        assert set(line) >= {"timestamp", "level", "logger", "event", "edge", "durationMs", "attempt"}
        assert {each["orderId"] for each in tail.lines} == {wanted}
    tail = Tail(running, "?function=process_order&level=info")
    tail.until(orderId=other)
    assert {each["function"] for each in tail.lines} == {"process_order"}


def test_lines_that_are_no_hops_come_too_and_none_comes_twice(api: httpx2.Client, running: Server) -> None:
    tail = Tail(running, "?level=warning")
    api.put("/faults", json={"get_products": {"mode": "delay", "delayMs": 1}}, headers=running.staff)
    tail.until(event="a fault is set", fault="get_products")
    seen = len(tail.lines)
    api.put("/faults", json={}, headers=running.staff)
    tail.until(event="no faults are set any more")
    assert [line["event"] for line in tail.lines[seen:]] == ["no faults are set any more"]
    assert {line["level"] for line in tail.lines} <= {"warning", "error", "critical"}


def test_watching_logs_nothing_itself(api: httpx2.Client, running: Server) -> None:
    wait_for(running.settled, "nothing is under way")
    before = len(running.log_text())
    order_id = place(api, running)
    Tail(running, f"?orderId={order_id}").until(function="process_order")
    assert "/logs" not in running.log_text()[before:]


@pytest.mark.parametrize("query", ["?level=loud", "?orderId=7", "?function=nobody", "?lastEventId=x", "?colour=red"])
def test_a_filter_that_means_nothing_is_refused(api: httpx2.Client, running: Server, query: str) -> None:
    problem(api, api.get(f"/logs{query}", headers=running.staff), 400, "invalid-query")


def test_it_is_for_staff(api: httpx2.Client) -> None:
    problem(api, api.get("/logs"), 401, "unauthorized")
