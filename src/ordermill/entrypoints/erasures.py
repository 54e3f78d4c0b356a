"""`erase_customer` over HTTP, step by step: a cursor leads from each to the next, for the same customer alone."""

from __future__ import annotations

import logging

import msgspec

from ordermill.domain.commands import EraseCustomer
from ordermill.domain.erasure import Erased, read_erasure
from ordermill.domain.json_body import parse_json
from ordermill.entrypoints.bindings import Binding
from ordermill.entrypoints.paging import Cursors
from ordermill.entrypoints.web import NO_STORE, Request, Response
from ordermill.entrypoints.wire_erasures import ErasureView

log = logging.getLogger(__name__)

_encode = msgspec.json.Encoder().encode


class Erasures:
    """The route's binding."""

    def __init__(self, cursors: Cursors) -> None:
        self._cursors = cursors

    def binding(self) -> Binding:
        """Of POST /erasures."""
        return Binding("application/json", self._decode, self._encode)

    def _decode(self, request: Request) -> EraseCustomer:
        customer, cursor = read_erasure(parse_json(request.body))
        return EraseCustomer(customer, None if cursor is None else self._cursors.open(_listed(customer), cursor))

    def _encode(self, request: Request, erased: Erased) -> Response:
        counts, following = msgspec.to_builtins(erased.counts), erased.next
        if any(counts.values()):
            # That it was done, and nothing of whose it was.
            log.info("personal data was erased", extra={"by": request.viewer, **counts})
        cursor = None
        if following is not None:
            customer, _ = read_erasure(parse_json(request.body))
            cursor = self._cursors.sign(_listed(customer), following.text())
        return Response(200, _encode(ErasureView(erased.counts, erased.remaining, cursor)), headers=[NO_STORE])


def _listed(customer: str) -> bytes:
    return b"erasures" + msgspec.json.encode(customer)
