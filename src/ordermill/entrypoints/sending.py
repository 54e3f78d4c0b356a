"""Answers on their way out: whole, piece by piece, or before all of the body has come in."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from functools import cache
from typing import Any, Final

from ordermill.entrypoints.limits import DISCARD_MAX
from ordermill.entrypoints.web import Response

log = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_EVERY: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_REPLACED: Final = frozenset(name.decode() for name, _ in _EVERY)
_DOCUMENT: Final = (b"cross-origin-opener-policy", b"same-origin")
_NO_STORE: Final = (b"cache-control", b"no-store")

DISCARD_S: Final = 15
STALLED_S: Final = 60
"""How long the client of a stream may take none of it before it is let go."""


def whole_headers(response: Response) -> list[tuple[bytes, bytes]]:
    """The headers of an answer that is sent whole."""
    headers = _headers(response)
    # What a GET would have, HEAD may say itself.
    if response.status != 304 and not any(name == "content-length" for name, _ in response.headers):
        headers.append((b"content-length", b"%d" % len(response.body)))
    return headers


async def send_whole(response: Response, send: Send, *, more: bool = False) -> None:
    """Send the answer; `more` if its end comes later."""
    await send({"type": "http.response.start", "status": response.status, "headers": whole_headers(response)})
    await send({"type": "http.response.body", "body": response.body, "more_body": more})


async def send_stream(response: Response, receive: Receive, send: Send, *, stalled_s: float = STALLED_S) -> None:
    """Send the chunks as they come, until there are no more or the client is gone or stalled; then close them."""
    assert response.chunks is not None
    chunks = response.chunks
    gone = asyncio.ensure_future(_until_gone(receive))
    try:
        await send({"type": "http.response.start", "status": response.status, "headers": _headers(response)})
        while not gone.done():
            following = asyncio.ensure_future(anext(chunks, None))
            await asyncio.wait((following, gone), return_when=asyncio.FIRST_COMPLETED)
            if not following.done():
                following.cancel()
                with suppress(asyncio.CancelledError):
                    await following
                return
            chunk = following.result()
            if chunk is None:
                break
            async with asyncio.timeout(stalled_s):
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    except TimeoutError:
        log.warning("a stream was ended: its client has read nothing for %g s", stalled_s)
    finally:
        gone.cancel()
        await chunks.aclose()


async def refuse_body(response: Response, receive: Receive, send: Send) -> None:
    """Answer at once, then read and discard for a while: a client still sending would see a reset instead."""
    response.headers = [*response.headers, ("connection", "close")]
    await send_whole(response, send, more=True)
    discarded = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(DISCARD_S):
            while discarded < DISCARD_MAX:
                message = await receive()
                discarded += len(message.get("body", b""))
                if message["type"] == "http.disconnect" or not message.get("more_body"):
                    break
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def _headers(response: Response) -> list[tuple[bytes, bytes]]:
    """Those of its kind, in whose place its own may be. What does not say how it may be kept is not to be kept."""
    headers = [*(_EVERY if response.status == 304 else _of_kind(response.content_type))]
    keeping = _NO_STORE
    for name, value in response.headers:
        if name == "cache-control":
            keeping = (b"cache-control", value.encode("latin-1"))
            continue
        own = (name.encode("latin-1"), value.encode("latin-1"))
        if name in _REPLACED:
            headers = [pair for pair in headers if pair[0] != own[0]]
        headers.append(own)
    headers.append(keeping)
    return headers


@cache
def _of_kind(content_type: str) -> tuple[tuple[bytes, bytes], ...]:
    kind = ((b"content-type", content_type.encode("latin-1")), *_EVERY)
    return (*kind, _DOCUMENT) if content_type.startswith("text/html") else kind


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
