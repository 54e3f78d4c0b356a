"""What every answer must look like, and HTTP/1.1 by hand for requests that no client library would send."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable, Set
from typing import Final, NamedTuple

import httpx2

from tests.e2e.server import Json

INSTANCE: Final = re.compile(r"req_[0-9a-f-]{36}")
PROBLEM: Final = {"type", "title", "status", "detail", "instance", "errors"}


class Reply(NamedTuple):
    """One answer; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


def members_of(slug: str, sent: str) -> set[str]:
    """What a problem has; of an order that was tried and not taken in, there is an execution to look at.

    `sent` is the method and the path of the request.
    """
    tried = sent == "POST /orders" and slug in ("invalid-order", "idempotency-key-reused", "intake-failed")
    return {*PROBLEM, "executionId"} if tried else {*PROBLEM}


def problem(
    api: httpx2.Client, answer: httpx2.Response, status: int, slug: str, *, more: Set[str] = frozenset()
) -> Json:
    """The problem, after checking its shape, with these members more, and that the page of its type exists."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: Json = answer.json()
    assert body.keys() == members_of(slug, f"{answer.request.method} {answer.request.url.path}") | more
    assert (body["type"], body["status"]) == (f"/problems/{slug}", status)
    assert INSTANCE.fullmatch(body["instance"])
    assert body["title"]
    assert body["detail"]
    page = api.get(body["type"])
    assert (page.status_code, slug in page.text) == (200, True)
    return body


def pointers(body: Json) -> dict[str, str]:
    """Where a problem says something is wrong, and which rule it breaks."""
    assert len({error["pointer"] for error in body["errors"]}) == len(body["errors"])
    return {error["pointer"]: error["code"] for error in body["errors"]}


def connect(port: int) -> socket.socket:
    """A connection; the caller closes it."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=15)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def request(body: bytes, *, headers: Iterable[str] = (), method: str = "POST", path: str = "/orders") -> bytes:
    """A request with exactly these headers beside Host, Content-Type and Content-Length."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", "Content-Type: application/json", *headers]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode("latin-1") + body


def receive(connection: socket.socket, pending: bytearray | None = None) -> Reply:
    """The next answer; what came after it is left in `pending`. Raises EOFError if the connection ends within it."""
    pending = bytearray() if pending is None else pending
    while (end := pending.find(b"\r\n\r\n")) < 0:
        _more(connection, pending)
    first, *lines = pending[:end].decode("latin-1").split("\r\n")
    headers = {name.lower(): text.strip() for name, _, text in (line.partition(":") for line in lines)}
    size = end + 4 + int(headers["content-length"])
    while len(pending) < size:
        _more(connection, pending)
    body = bytes(pending[end + 4 : size])
    del pending[:size]
    return Reply(int(first.split()[1]), headers, body)


def _more(connection: socket.socket, pending: bytearray) -> None:
    part = connection.recv(65536)
    if not part:
        raise EOFError("the connection ended within an answer")
    pending += part
