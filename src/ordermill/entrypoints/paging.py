"""Lists over HTTP, page by page: a cursor that fits its list alone, and the link to the page that follows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol
from urllib.parse import urlencode

import msgspec

from ordermill.entrypoints.web import NO_STORE, Request, Response

_encode = msgspec.json.Encoder().encode


class Cursors(Protocol):
    """Makes positions into cursors that nobody else can make, and back."""

    def sign(self, listed: bytes, position: str) -> str:
        """The cursor to `position` in the list that `listed` names."""
        ...

    def open(self, listed: bytes, cursor: str) -> str:
        """The position. Raises InvalidCursor for any cursor not made for `listed`."""
        ...


class Pages:
    """The pages of the lists named `name`, at `/name`; which of them, `filter_` says, as JSON can."""

    def __init__(self, cursors: Cursors, name: str) -> None:
        self._cursors, self._name = cursors, name

    def position(self, request: Request, filter_: Any) -> str | None:
        """Where the page begins that the query asks for, None for the first. Raises InvalidCursor."""
        cursor = request.query.get("cursor")
        return None if cursor is None else self._cursors.open(self._listed(filter_), cursor)

    def answer(
        self, request: Request, filter_: Any, after: str | None, view: Callable[[str | None], object]
    ) -> Response:
        """The page that `view` makes of the next one's cursor; `after` is where that begins."""
        headers, cursor = [NO_STORE], None
        if after is not None:
            cursor = self._cursors.sign(self._listed(filter_), after)
            following = urlencode({**request.query, "cursor": cursor})
            headers = [("link", f'</{self._name}?{following}>; rel="next"'), NO_STORE]
        return Response(200, _encode(view(cursor)), headers=headers)

    def _listed(self, filter_: Any) -> bytes:
        return self._name.encode() + msgspec.json.encode(filter_)
