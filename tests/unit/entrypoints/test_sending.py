"""The headers that every answer of a kind has, whoever made it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, MutableMapping
from typing import Any

import pytest

from ordermill.domain.errors import NotFound, Unauthorized
from ordermill.entrypoints.problem_types import problem_page
from ordermill.entrypoints.problems import problem
from ordermill.entrypoints.sending import send_stream, send_whole
from ordermill.entrypoints.site import asset, page
from ordermill.entrypoints.web import Response
from ordermill.entrypoints.webpage import Page

EVERY = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-resource-policy": b"same-origin",
}


def sent(response: Response) -> dict[bytes, bytes]:
    """The headers as they leave, each once."""
    messages: list[MutableMapping[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        messages.append(message)

    async def receive() -> MutableMapping[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError

    asyncio.run(send_whole(response, send) if response.chunks is None else send_stream(response, receive, send))
    pairs = messages[0]["headers"]
    assert len(dict(pairs)) == len(pairs), pairs
    return dict(pairs)


def of_page(found: Page | None) -> Response:
    assert found is not None
    return Response(200, found.body, found.content_type, list(found.headers.items()))


async def _chunks() -> AsyncIterator[bytes]:
    yield b"data: 1\n\n"


@pytest.mark.parametrize(
    "response",
    [
        Response(200, b"{}"),
        Response(304, headers=[("etag", '"1"')]),
        problem(NotFound()),
        problem(ValueError("canary")),
        of_page(asset("docs.js")),
        Response(200, b"a,b", "text/csv"),
    ],
    ids=["json", "unchanged", "problem", "internal", "asset", "csv"],
)
def test_whatever_it_is(response: Response) -> None:
    headers = sent(response)
    assert {name: headers.get(name) for name in EVERY} == EVERY
    assert b"server" not in headers
    assert not [name for name in headers if name.startswith(b"access-control-")]
    assert b"cross-origin-opener-policy" not in headers
    assert (b"content-type" in headers) == (response.status != 304)


def test_a_stream_has_them_too() -> None:
    async def look() -> dict[bytes, bytes]:
        return await asyncio.to_thread(sent, Response(200, content_type="text/event-stream", chunks=_chunks()))  # type: ignore[arg-type]

    headers = asyncio.run(look())
    assert {name: headers.get(name) for name in EVERY} == EVERY
    assert headers[b"cache-control"] == b"no-store"


@pytest.mark.parametrize("found", [page("/"), page("/docs"), problem_page("stale")], ids=["form", "docs", "problem"])
def test_a_document_stands_alone_and_runs_nothing_of_others(found: Page | None) -> None:
    headers = sent(of_page(found))
    assert {name: headers.get(name) for name in EVERY} == EVERY
    assert headers[b"cross-origin-opener-policy"] == b"same-origin"
    policy = headers[b"content-security-policy"]
    assert b"frame-ancestors 'none'" in policy
    assert b"unsafe" not in policy


@pytest.mark.parametrize(
    ("response", "cached"),
    [
        (Response(200, b"{}"), b"no-store"),
        (problem(Unauthorized()), b"no-store"),
        (Response(304), b"no-store"),
        (Response(200, b"{}", headers=[("cache-control", "no-cache")]), b"no-cache"),
        (of_page(asset("app.css")), b"no-cache"),
    ],
)
def test_what_does_not_say_otherwise_is_not_kept(response: Response, cached: bytes) -> None:
    assert sent(response)[b"cache-control"] == cached


def test_what_an_answer_says_itself_is_said_once() -> None:
    own = [("referrer-policy", "strict-origin"), ("x-content-type-options", "nosniff"), ("etag", "x")]
    headers = sent(Response(200, b"<p>", "text/html; charset=utf-8", own))
    assert headers[b"referrer-policy"] == b"strict-origin"
    assert headers[b"cross-origin-resource-policy"] == b"same-origin"
