"""Clients that take their time: `python -m tests.e2e.slow_clients PORT`, what became of them as JSON.

They begin when a line comes on standard input, and all end by themselves or by the server.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, NamedTuple

GIVE_UP_S: Final = 20
HEAD: Final = b"POST /orders HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
LONG: Final = HEAD + b"Content-Length: 200000\r\n\r\n"
CHUNKED: Final = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
LARGE: Final = HEAD + b"Content-Length: 262145\r\n\r\n" + b" " * 262_145
READ: Final = b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n"


class End(NamedTuple):
    """What a client was answered, empty for nothing, and when its connection had ended."""

    answer: str
    after_s: float


class Client(NamedTuple):
    """A connection and when it began."""

    port: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    began: float

    async def end(self) -> End:
        """Read until the connection has ended."""
        answer = b""
        with suppress(ConnectionError):
            while part := await asyncio.wait_for(self.reader.read(65536), GIVE_UP_S):
                answer = answer or part
        return End(answer[9:12].decode(), time.monotonic() - self.began)


async def trickle(client: Client, sent: bytes) -> End:
    """A byte a second of what follows the first 20."""
    client.writer.write(sent[:20])
    ended = asyncio.ensure_future(client.end())
    for number in range(20, len(sent)):
        await asyncio.wait([ended], timeout=1)
        if ended.done():
            break
        client.writer.write(sent[number : number + 1])
    return await ended


async def slow_head(client: Client) -> End:
    """Headers, a byte a second."""
    return await trickle(client, LONG)


async def slow_body(client: Client) -> End:
    """A body, a byte a second."""
    client.writer.write(LONG)
    return await trickle(client, b"{" + b" " * 100)


async def idle(client: Client) -> End:
    """Never says anything."""
    return await client.end()


async def silent(client: Client) -> End:
    """Gets an answer, and says nothing more."""
    client.writer.write(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
    return await client.end()


async def deaf(client: Client) -> End:
    """Asks and asks, and never reads an answer."""
    with suppress(ConnectionError, TimeoutError):
        while True:
            client.writer.write(READ * 50)
            await asyncio.wait_for(client.writer.drain(), GIVE_UP_S)
            await asyncio.sleep(0.2)
    return End("", time.monotonic() - client.began)


async def endless(client: Client) -> End:
    """A body without end, in chunks that come fast enough."""
    client.writer.write(CHUNKED)
    ended = asyncio.ensure_future(client.end())
    with suppress(ConnectionError):
        while not ended.done():
            client.writer.write(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
            await client.writer.drain()
            await asyncio.wait([ended], timeout=0.05)
    return await ended


async def large(client: Client) -> End:
    """A byte more than a body may have."""
    client.writer.write(LARGE)
    return await client.end()


CLIENTS: Final[dict[Callable[[Client], Awaitable[End]], int]] = {
    slow_head: 200,
    slow_body: 200,
    idle: 100,
    silent: 100,
    deaf: 30,
    endless: 10,
    large: 50,
}
"""How many of each."""


async def run(port: int, kind: Callable[[Client], Awaitable[End]]) -> End:
    """One client."""
    connection = socket.socket()
    if kind is deaf:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.setblocking(False)
    await asyncio.get_running_loop().sock_connect(connection, ("127.0.0.1", port))
    reader, writer = await asyncio.open_connection(sock=connection)
    if kind is deaf:
        writer.transport.pause_reading()  # type: ignore[attr-defined]
    try:
        return await kind(Client(port, reader, writer, time.monotonic()))
    except TimeoutError:
        return End("still open", GIVE_UP_S)
    finally:
        writer.transport.abort()


async def main(port: int) -> dict[str, dict[str, object]]:
    """All of them at once: by kind how often which answer came, and when the last one had ended."""
    kinds = [kind for kind, count in CLIENTS.items() for _ in range(count)]
    ends = await asyncio.gather(*(run(port, kind) for kind in kinds))
    found: dict[str, dict[str, object]] = {}
    for kind in CLIENTS:
        mine = [end for its_kind, end in zip(kinds, ends, strict=True) if its_kind is kind]
        found[kind.__name__] = {
            "answers": Counter(end.answer for end in mine),
            "last_s": max(end.after_s for end in mine),
        }
    return found


if __name__ == "__main__":
    sys.stdin.readline()
    print(json.dumps(asyncio.run(main(int(sys.argv[1])))))
