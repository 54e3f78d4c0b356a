"""The HTTP side of a running system, in the loop of the test's own thread."""

from __future__ import annotations

from typing import Any

from ordermill.entrypoints.admission import Admission
from ordermill.entrypoints.hosts import Hosts
from ordermill.entrypoints.http import App
from ordermill.entrypoints.rate_limits import OFF, RateLimits
from tests.integration.system_kit import Mill

URL = "http://127.0.0.1"


async def answer_of(mill: Mill, path: str) -> bytes:
    """The body of the 200 that a GET of `path` answers staff with."""
    app, parts = App(mill.system, "staff", URL, Admission(Hosts((), URL), RateLimits(OFF))), list[bytes]()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            assert message["status"] == 200
        else:
            parts.append(message["body"])

    headers = [(b"authorization", b"Bearer staff"), (b"host", b"127.0.0.1")]
    scope = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b""}
    await app({**scope, "headers": headers, "client": ("127.0.0.1", 1)}, receive, send)
    return b"".join(parts)
