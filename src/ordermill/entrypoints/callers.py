"""Traces of who calls: a request about an order may come from a trace of its own, which is noted beside the order's."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from time import monotonic
from typing import Final

from ordermill.domain.tracing import TRACEPARENT, Caller, caller_of, trace_of, traceparent_of
from ordermill.entrypoints.web import Request, Response

log = logging.getLogger(__name__)

KEPT: Final = 16_384
"""Of so many orders the last caller is known, until the hop of the request is told."""
LINES_PER_S: Final = 50


class Callers:
    """Who called about which order. Noted in the loop's thread, taken in any."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[str, Caller] = OrderedDict()
        self._second, self._left = 0, LINES_PER_S

    def note(self, request: Request, response: Response, order_id: str | None) -> None:
        """Have the answer name the order's trace, and the log the caller's, where the request said one."""
        traceparent = traceparent_of(order_id)
        if traceparent is None or order_id is None:
            return
        response.headers = [*response.headers, (TRACEPARENT, traceparent)]
        caller = caller_of(request.headers.get(TRACEPARENT))
        if caller is None:
            return
        with self._lock:
            self._known[order_id] = caller
            if len(self._known) > KEPT:
                self._known.popitem(last=False)
        second = int(monotonic())
        if second != self._second:
            self._second, self._left = second, LINES_PER_S
        if self._left:
            self._left -= 1
            log.info("called from a trace", extra=members_of(order_id, caller))

    def take(self, order_id: str) -> Caller | None:
        """Who called last about the order, once."""
        with self._lock:
            return self._known.pop(order_id, None)


def members_of(order_id: str, caller: Caller) -> dict[str, str]:
    """What a line of the log says of it."""
    return {
        "orderId": order_id,
        "traceId": trace_of(order_id),
        "callerTraceId": caller.trace_id,
        "callerSpanId": caller.span_id,
    }
