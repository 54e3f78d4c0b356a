"""Streams on their way out: whole, or let go of with whoever doesn't read them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, MutableMapping
from typing import Any

import pytest

from ordermill.entrypoints.sending import send_stream
from ordermill.entrypoints.web import Response


class Chunks:
    """A body of two chunks, or without an end; notes that it was closed."""

    def __init__(self, *, endless: bool = False) -> None:
        self.closed = False
        self._endless = endless

    async def body(self) -> AsyncGenerator[bytes]:
        try:
            yield b"one"
            yield b"two"
            if self._endless:
                await asyncio.Event().wait()
        finally:
            self.closed = True


async def _for_ever() -> MutableMapping[str, Any]:
    await asyncio.Event().wait()
    raise AssertionError


def test_a_stream_is_sent_chunk_by_chunk_and_ended() -> None:
    chunks, sent = Chunks(), list[MutableMapping[str, Any]]()

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    asyncio.run(send_stream(Response(200, chunks=chunks.body()), _for_ever, send))
    assert [(message.get("body"), message.get("more_body")) for message in sent[1:]] == [
        (b"one", True),
        (b"two", True),
        (b"", False),
    ]
    assert chunks.closed


def test_a_client_that_goes_away_closes_it() -> None:
    chunks, gone = Chunks(endless=True), asyncio.Event()

    async def receive() -> MutableMapping[str, Any]:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        if message.get("body") == b"two":
            gone.set()

    asyncio.run(asyncio.wait_for(send_stream(Response(200, chunks=chunks.body()), receive, send), 10))
    assert chunks.closed


def test_a_client_that_takes_nothing_is_let_go(caplog: pytest.LogCaptureFixture) -> None:
    chunks = Chunks()

    async def send(message: MutableMapping[str, Any]) -> None:
        if message.get("body"):
            await asyncio.Event().wait()

    response = Response(200, chunks=chunks.body())
    asyncio.run(asyncio.wait_for(send_stream(response, _for_ever, send, stalled_s=0), 10))
    assert chunks.closed
    assert "its client has read nothing" in caplog.text
