"""`get_dead_letters` and `redrive_dead_letters` over HTTP."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import partial
from typing import Final

import msgspec

from ordermill.domain.commands import GetDeadLetters, RedriveDeadLetters
from ordermill.domain.dead_letters import Redriven
from ordermill.domain.json_body import parse_json
from ordermill.domain.redrive import read_redrive
from ordermill.domain.text import NAME, text_fault
from ordermill.entrypoints.bindings import Binding, InvalidQuery
from ordermill.entrypoints.order_query import read_limit
from ordermill.entrypoints.paging import Cursors, Pages
from ordermill.entrypoints.web import NO_STORE, Request, Response
from ordermill.entrypoints.wire_letters import letters_view, redriven_view
from ordermill.ports.stores import LetterPage

log = logging.getLogger(__name__)

_encode = msgspec.json.Encoder().encode


class LetterLists:
    """The list's pages, with cursors that fit their queue alone."""

    def __init__(self, cursors: Cursors) -> None:
        self._pages = Pages(cursors, "dead-letters")

    def binding(self) -> Binding:
        """Of the list's route."""
        return Binding(None, self._decode, self._encode, frozenset({"limit", "cursor", "queue"}))

    def _decode(self, request: Request) -> GetDeadLetters:
        limit, queue = read_limit(request.query), _queue(request.query)
        return GetDeadLetters(limit, self._pages.position(request, queue), queue)

    def _encode(self, request: Request, page: LetterPage) -> Response:
        return self._pages.answer(request, _queue(request.query), page.after, partial(letters_view, page))


def _queue(query: Mapping[str, str]) -> str | None:
    queue = query.get("queue")
    if queue is not None and text_fault(queue, NAME) is not None:
        raise InvalidQuery("queue must be the name of a queue, or table>function")
    return queue


def _redrive(request: Request) -> RedriveDeadLetters:
    return read_redrive(parse_json(request.body))


def _redriven(request: Request, result: Redriven) -> Response:
    if not result.dry_run:
        for letter in result.redriven:
            log.info("a dead letter was redriven", extra={"letter": letter, "by": request.viewer})
    return Response(200, _encode(redriven_view(result)), headers=[NO_STORE])


REDRIVE: Final = Binding("application/json", _redrive, _redriven)
