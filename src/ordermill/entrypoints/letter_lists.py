"""`get_dead_letters` and `redrive_dead_letters` over HTTP."""

from __future__ import annotations

import logging
from functools import partial
from typing import Final

import msgspec

from ordermill.domain.commands import GetDeadLetters, RedriveDeadLetters
from ordermill.domain.dead_letters import Redriven
from ordermill.domain.json_body import parse_json
from ordermill.domain.redrive import read_redrive
from ordermill.domain.text import NAME, text_fault
from ordermill.entrypoints.bindings import Binding, InvalidQuery, optional_order_id
from ordermill.entrypoints.order_query import read_limit
from ordermill.entrypoints.paging import Cursors, Pages
from ordermill.entrypoints.web import NO_STORE, Request, Response
from ordermill.entrypoints.wire_letters import letters_view, redriven_view
from ordermill.ports.stores import LetterPage

log = logging.getLogger(__name__)

_encode = msgspec.json.Encoder().encode


class LetterLists:
    """The list's pages, with cursors that fit their queue or order alone."""

    def __init__(self, cursors: Cursors) -> None:
        self._pages = Pages(cursors, "dead-letters")

    def binding(self) -> Binding:
        """Of the list's route."""
        return Binding(None, self._decode, self._encode, frozenset({"limit", "cursor", "queue", "orderId"}))

    def _decode(self, request: Request) -> GetDeadLetters:
        limit, (queue, order_id) = read_limit(request.query), _which(request)
        return GetDeadLetters(limit, self._pages.position(request, _listed(queue, order_id)), queue, order_id)

    def _encode(self, request: Request, page: LetterPage) -> Response:
        return self._pages.answer(request, _listed(*_which(request)), page.after, partial(letters_view, page))


def _which(request: Request) -> tuple[str | None, str | None]:
    """The query's queue and order, of which at most one is there. Raises InvalidQuery."""
    queue, order_id = request.query.get("queue"), optional_order_id(request)
    if queue is not None and order_id is not None:
        raise InvalidQuery("send queue or orderId, not both")
    if queue is not None and text_fault(queue, NAME) is not None:
        raise InvalidQuery("queue must be the name of a queue, or table>function")
    return queue, order_id


def _listed(queue: str | None, order_id: str | None) -> str | tuple[str] | None:
    """What tells the lists apart: a queue may be named as an order is."""
    return queue if order_id is None else (order_id,)


def _redrive(request: Request) -> RedriveDeadLetters:
    return read_redrive(parse_json(request.body))


def _redriven(request: Request, result: Redriven) -> Response:
    if not result.dry_run:
        for letter in result.redriven:
            log.info("a dead letter was redriven", extra={"letter": letter, "by": request.viewer})
    return Response(200, _encode(redriven_view(result)), headers=[NO_STORE])


REDRIVE: Final = Binding("application/json", _redrive, _redriven)
