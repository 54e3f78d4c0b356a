"""`get_dead_letters` and `redrive_dead_letters` over HTTP."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

import msgspec

from ordermill.domain.commands import GetDeadLetters, RedriveDeadLetters
from ordermill.domain.dead_letters import Redriven
from ordermill.domain.json_body import parse_json
from ordermill.domain.redrive import read_redrive
from ordermill.domain.text import NAME, text_fault
from ordermill.entrypoints.bindings import Binding, InvalidQuery
from ordermill.entrypoints.order_lists import Cursors
from ordermill.entrypoints.order_query import read_limit
from ordermill.entrypoints.web import Request, Response
from ordermill.entrypoints.wire_letters import letters_view, redriven_view
from ordermill.ports.stores import LetterPage

log = logging.getLogger(__name__)

_encode = msgspec.json.Encoder().encode
_NO_STORE: Final = ("cache-control", "no-store")


class LetterLists:
    """The list's pages, with cursors that fit their queue alone."""

    def __init__(self, cursors: Cursors) -> None:
        self._cursors = cursors

    def binding(self) -> Binding:
        """Of the list's route."""
        return Binding(None, self._decode, self._encode, frozenset({"limit", "cursor", "queue"}))

    def _decode(self, request: Request) -> GetDeadLetters:
        query = request.query
        limit, queue, cursor = read_limit(query), _queue(query), query.get("cursor")
        after = None if cursor is None else self._cursors.open(_listed(queue), cursor)
        return GetDeadLetters(limit, after, queue)

    def _encode(self, request: Request, page: LetterPage) -> Response:
        if page.after is None:
            return Response(200, _encode(letters_view(page, None)), headers=[_NO_STORE])
        cursor = self._cursors.sign(_listed(_queue(request.query)), page.after)
        following = urlencode({**request.query, "cursor": cursor})
        headers = [("link", f'</dead-letters?{following}>; rel="next"'), _NO_STORE]
        return Response(200, _encode(letters_view(page, cursor)), headers=headers)


def _queue(query: Mapping[str, str]) -> str | None:
    queue = query.get("queue")
    if queue is not None and text_fault(queue, NAME) is not None:
        raise InvalidQuery("queue must be the name of a queue, or table>function")
    return queue


def _listed(queue: str | None) -> bytes:
    return b"dead-letters" + msgspec.json.encode(queue)


def _redrive(request: Request) -> RedriveDeadLetters:
    return read_redrive(parse_json(request.body))


def _redriven(request: Request, result: Redriven) -> Response:
    if not result.dry_run:
        for letter in result.redriven:
            log.info("a dead letter was redriven", extra={"letter": letter, "by": request.viewer})
    return Response(200, _encode(redriven_view(result)), headers=[_NO_STORE])


REDRIVE: Final = Binding("application/json", _redrive, _redriven)
