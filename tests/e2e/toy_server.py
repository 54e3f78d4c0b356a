"""A server that answers orders as a script says: late, with errors, with nonsense, or not at all."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

HEALTH = {"status": "ok", "version": "0.1.0", "pipeline": "stream"}
OVERLOADED = {"type": "/problems/overloaded", "title": "Too many orders wait", "status": 503, "detail": ""}
PLACED = {
    "orderId": "ord_1",
    "orderToken": "t",
    "status": "PENDING",
    "total": "1.00",
    "currency": "USD",
    "timestamp": "2026-11-20T12:00:00.000Z",
}

Script = Callable[[int], str]
"""The number of an order, from 0, to what is done: accept, 503, reset, close, hang, garbage, twice, or last."""


def _answer(status: str, body: object, more: str = "") -> bytes:
    content = json.dumps(body).encode()
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(content)}\r\n{more}\r\n".encode() + content


_TAKEN = _answer("202 Accepted", PLACED)
_ANSWERS = {
    "accept": _TAKEN,
    "503": _answer("503 Service Unavailable", OVERLOADED, "Retry-After: 1\r\n"),
    "garbage": b"\x00\x01 this is not HTTP\r\n\r\n",
    "twice": _TAKEN + _TAKEN,
    "last": _answer("202 Accepted", PLACED, "Connection: close\r\n"),
}


class Toy:
    """`seen` counts the orders that came; `keys` are their idempotency keys."""

    def __init__(self, script: Script, pause_s: float) -> None:
        self.seen, self.keys, self.url = 0, list[str](), ""
        self.ready = threading.Event()
        self._script, self._pause = script, pause_s

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                if head.startswith(b"GET /health "):
                    writer.write(_answer("200 OK", HEALTH))
                    continue
                fields = dict(line.split(": ", 1) for line in head.decode("latin-1").split("\r\n")[1:] if line)
                await reader.readexactly(int(fields["Content-Length"]))
                self.keys.append(fields.get("Idempotency-Key", ""))
                self.seen += 1
                await self._do(self._script(self.seen - 1), writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()
        except asyncio.CancelledError:
            writer.transport.abort()

    async def _do(self, what: str, writer: asyncio.StreamWriter) -> None:
        if what == "hang":
            await asyncio.Event().wait()
        if self._pause:
            await asyncio.sleep(self._pause)
        if what == "reset":
            linger = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        if what in ("reset", "close"):
            raise ConnectionError
        writer.write(_ANSWERS[what])
        if what == "last":
            raise ConnectionError

    async def serve(self) -> None:
        """Until `stop`."""
        self._loop, self._stopped = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self.handle, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        self.ready.set()
        await self._stopped.wait()
        server.close()

    def stop(self) -> None:
        """From another thread."""
        self._loop.call_soon_threadsafe(self._stopped.set)


@contextmanager
def toy(script: Script, *, pause_s: float = 0.0) -> Iterator[Toy]:
    """A running toy; every answer takes `pause_s`."""
    server = Toy(script, pause_s)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()))
    thread.start()
    try:
        assert server.ready.wait(5)
        yield server
    finally:
        server.stop()
        thread.join()
