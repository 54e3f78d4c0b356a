"""A request and its answer as plain data, the same for the local server and for a Lambda behind API Gateway."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from ordermill.entrypoints.sign_in.sessions import Session

NO_STORE: Final = ("cache-control", "no-store")
"""The header of what nobody is to keep."""

BODY_MAX: Final = 256 * 1024
"""Bytes of a body at most, where a route says nothing else."""


def too_large(most: int) -> str:
    """What to tell whoever sent more bytes than `most`."""
    return f"at most {most // 1024} KiB" if most < 1_000_000 else f"at most {most / 1_000_000:g} MB"


Viewer = Literal["anyone", "holder", "staff"]
"""Who asks: nobody known, the bearer of the order's token, or staff."""


@dataclass(slots=True)
class Request:
    """One HTTP request; header names are lower-case, `path` holds the route's parameters.

    `target` is path and query as they were sent, where that is what counts.
    """

    method: str
    route: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    viewer: Viewer = "anyone"
    address: str | None = None
    session: Session | None = None
    """What it is of, where a cookie proved who asks; `csrf` goes with it."""
    csrf: str = ""
    target: str = ""


@dataclass(slots=True)
class Response:
    """One HTTP answer; `headers` without content-length.

    Where `chunks` is given it is the body, sent piece by piece as it comes; it is closed when the client goes away.
    """

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: Sequence[tuple[str, str]] = field(default=())
    chunks: AsyncGenerator[bytes] | None = None


def is_unchanged(if_none_match: str | None, etag: str) -> bool:
    """Whether the header names `etag`: alone, in a list, weakened on its way, or as `*`."""
    if if_none_match is None:
        return False
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return etag in tags or "*" in tags
