"""A scripted HTTP server on a real socket, and time that does not pass by itself."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

from click.testing import Result

from ordermill.entrypoints.cli.follow import Pace


@dataclass(frozen=True)
class Asked:
    """One request as it came; header names are lower-case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Answer:
    """One scripted answer; `body` is sent as JSON unless it is bytes."""

    status: int
    body: object = b""
    headers: Mapping[str, str] = field(default_factory=dict)


Script = Callable[[Asked], Answer]

Ordermill = Callable[..., Result]
"""Runs `ordermill ARGS`; options are those of `CliRunner.invoke`."""


class Fake:
    """Answers each `METHOD /path` with its script, one after another; the last answer stays. Else 404."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.url = ""
        self._scripts: dict[str, list[Answer | Script]] = defaultdict(list)
        self._lock = Lock()

    def on(self, place: str, *answers: Answer | Script) -> None:
        """Add answers for `METHOD /path`."""
        self._scripts[place] += answers

    def answer(self, asked: Asked) -> Answer:
        with self._lock:
            self.asked.append(asked)
            script = self._scripts[f"{asked.method} {asked.path}"]
            if not script:
                return problem(404, "There is nothing here")
            chosen = script.pop(0) if len(script) > 1 else script[0]
        return chosen if isinstance(chosen, Answer) else chosen(asked)

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])


class FastPace(Pace):
    """Waits end at once, and move the clock."""

    def __init__(self) -> None:
        super().__init__()
        self.waited: list[float] = []

    def now(self) -> float:
        return sum(self.waited)

    def wait(self, seconds: float) -> bool:
        self.waited.append(seconds)
        return False


@contextmanager
def serving(fake: Fake) -> Iterator[None]:
    """Serve `fake` on a free port of loopback."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def reply(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = fake.answer(Asked(self.command, self.path, headers, body))
            content = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_PATCH = reply  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    fake.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def problem(status: int, title: str, detail: str = "", **more: object) -> Answer:
    """An RFC 9457 answer."""
    return Answer(status, {"type": "/problems/x", "title": title, "status": status, "detail": detail, **more})


def placed(order_id: str = "ord_1", **headers: str) -> Answer:
    """The 202 of POST /orders."""
    body = {
        "orderId": order_id,
        "orderToken": f"token-of-{order_id}",
        "status": "PENDING",
        "total": "19.98",
        "currency": "USD",
        "timestamp": "2026-11-20T12:00:00.000Z",
    }
    return Answer(202, body, {name.replace("_", "-"): value for name, value in headers.items()})


def seen(*statuses: str, order_id: str = "ord_1", reason: str | None = None) -> Answer:
    """The holder's view of an order that took `statuses`, 5 ms apart."""
    history: list[dict[str, object]] = [
        {
            "seq": number,
            "status": status,
            "at": f"2026-11-20T12:00:00.{5 * (number - 1):03d}Z",
            "by": "process_order" if number > 1 else "create_order",
            "reason": reason if status == statuses[-1] else None,
            "changed": [],
        }
        for number, status in enumerate(statuses, 1)
    ]
    body = {
        "orderId": order_id,
        "status": statuses[-1],
        "total": "19.98",
        "currency": "USD",
        "reason": reason,
        "reasonDetail": None,
        "history": history,
        "extra": "kept",
    }
    return Answer(200, body)
