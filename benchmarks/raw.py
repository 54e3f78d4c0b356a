"""The machine's raw limits: the same server answering without storing, and group commits without a server."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
import sys
import time
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

from ordermill.entrypoints.loop import new_loop
from ordermill.entrypoints.serve import uvicorn_config

_ANSWER = b'{"orderId":"ord_01a1fa96-0733-7364-b9b2-7f2a60f3a050","status":"PENDING"}' + b" " * 133
_HEADERS = [(b"content-type", b"application/json"), (b"content-length", str(len(_ANSWER)).encode())]

Message = MutableMapping[str, Any]


async def answer(
    scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    """Read the body, answer 202, store nothing."""
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 202, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": _ANSWER})


def serve(port: int) -> None:
    """Serve `answer` with the server and settings that Ordermill uses."""
    import uvicorn

    listener = socket.create_server(("127.0.0.1", port))
    with asyncio.Runner(loop_factory=new_loop()) as runner:
        runner.run(uvicorn.Server(uvicorn_config(answer)).serve([listener]))


def group_commit(path: Path, *, seconds: float, batch: int, row_bytes: int = 1024) -> float:
    """Rows a second that one writer makes durable in commits of `batch` rows, with `synchronous = FULL`."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, body BLOB)")
    statement = "INSERT INTO rows (body) VALUES " + ", ".join(["(?)"] * batch)
    row, rows, began = b"x" * row_bytes, 0, time.monotonic()
    while (elapsed := time.monotonic() - began) < seconds:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(statement, (row,) * batch)
        connection.execute("COMMIT")
        rows += batch
    connection.close()
    return rows / elapsed


if __name__ == "__main__":
    serve(int(sys.argv[1]))
