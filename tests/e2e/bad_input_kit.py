"""Entries of the table of bad input: what is sent, byte for byte, and what must come back."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterable
from contextlib import suppress
from typing import Final, NamedTuple

from tests.e2e.wire import INSTANCE, Reply, connect, members_of, receive

JSON_TYPE: Final = "Content-Type: application/json"
GOOD: Final = b'{"product":"Mug","quantity":1}'
"""The body of an order that would be taken."""
ORDER_ID: Final = "ord_019aa1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"
"""An id that no order has."""
HEALTH: Final = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Entry(NamedTuple):
    """`expect`: the answers, comma-separated, each a status and the slug of its problem; then how it ends.

    `close`: the server ends the connection. `leave`: the client does. Otherwise the connection must serve another
    request. `half_close`: the client says that it sends nothing more.
    """

    row: int
    name: str
    sent: bytes
    expect: str
    half_close: bool = False

    @property
    def answers(self) -> list[str]:
        """Status and slug of each answer."""
        return [each for each in self.expect.removesuffix(self.end).strip().split(", ") if each]

    @property
    def end(self) -> str:
        """`close`, `leave` or nothing."""
        last = self.expect.rpartition(" ")[2]
        return last if last in ("close", "leave") else ""


def raw(line: str, *headers: str, body: bytes = b"", host: str = "Host: localhost") -> bytes:
    """A request with exactly these headers beside Host."""
    lines = [line, *([host] if host else []), *headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def get(path: str, *headers: str) -> bytes:
    """A GET."""
    return raw(f"GET {path} HTTP/1.1", *headers)


def post(body: bytes | str, *headers: str, path: str = "/orders", media: str = JSON_TYPE) -> bytes:
    """A POST of an order, with its length."""
    sent = body.encode() if isinstance(body, str) else body
    typed = (media,) if media else ()
    return raw(f"POST {path} HTTP/1.1", *typed, *headers, f"Content-Length: {len(sent)}", body=sent)


def order(**members: object) -> bytes:
    """A POST of a good order of one line, changed by these members."""
    return post(json.dumps(json.loads(GOOD) | members))


def chunked(body: bytes, *headers: str, media: str = JSON_TYPE) -> bytes:
    """A POST of an order in chunks: `body` is sent as it is, chunk sizes included."""
    typed = (media,) if media else ()
    return raw("POST /orders HTTP/1.1", *typed, *headers, "Transfer-Encoding: chunked", body=body)


def exchange(port: int, entry: Entry) -> list[Reply]:
    """Send the entry, and see that the connection ends as it says; the answers."""
    pending = bytearray()
    with connect(port) as connection:
        connection.settimeout(5)
        # A server that refuses early may have closed before all was sent.
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(entry.sent)
        if entry.half_close:
            connection.shutdown(socket.SHUT_WR)
        replies = [receive(connection, pending) for _ in entry.answers]
        if entry.end == "close":
            assert (bytes(pending), connection.recv(1)) == (b"", b""), "something follows the last answer"
        elif not entry.end:
            connection.sendall(HEALTH)
            assert receive(connection, pending).status == 200, "the connection serves no further request"
    return replies


def check_problem(reply: Reply, entry: Entry, expected: str) -> None:
    """The answer to `entry` is the problem that `expected` says, as JSON."""
    status, _, slug = expected.partition(" ")
    assert (reply.status, reply.headers["content-type"]) == (int(status), "application/problem+json"), reply
    body = json.loads(reply.body)
    assert body.keys() == members_of(slug, " ".join(entry.sent.decode("latin-1").split(" ")[:2]))
    assert (body["type"], body["status"]) == (f"/problems/{slug}", reply.status)
    assert INSTANCE.fullmatch(body["instance"])
    assert "allow" in reply.headers or reply.status not in (405, 501)
    assert "www-authenticate" in reply.headers or reply.status != 401


def each(row: int, name: str, expect: str, sent: Iterable[bytes]) -> list[Entry]:
    """Entries that expect the same, numbered."""
    return [Entry(row, f"{name} {number}", request, expect) for number, request in enumerate(sent, 1)]
