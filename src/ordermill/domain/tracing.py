"""Traces by W3C's Trace Context: an order's is its id, so nothing needs to be remembered for it, nor carried along."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

TRACEPARENT: Final = "traceparent"
"""The header, of requests as of answers."""

_ORDER_ID: Final = re.compile(r"ord_[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_FORM: Final = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")


class Caller(NamedTuple):
    """Where a request comes from in a trace of somebody else's: 32 and 16 hex digits."""

    trace_id: str
    span_id: str
    sampled: bool


def trace_of(order_id: str) -> str:
    """The trace of everything about one order, 32 hex digits: its id's UUID."""
    return order_id[4:].replace("-", "")


def root_span_of(order_id: str) -> str:
    """The span that an order's trace begins with, 16 hex digits."""
    return trace_of(order_id)[16:]


def traceparent_of(order_id: str | None) -> str | None:
    """What goes with all that is said of an order to the outside; None where that is about none."""
    if order_id is None or not _ORDER_ID.fullmatch(order_id):
        return None
    trace_id = trace_of(order_id)
    return f"00-{trace_id}-{trace_id[16:]}-01"


def caller_of(traceparent: str | None) -> Caller | None:
    """Who a request says it comes from. None where it says nothing, or nothing that is valid: that is no error."""
    found = _FORM.fullmatch(traceparent) if traceparent is not None and len(traceparent) <= 255 else None
    if found is None:
        return None
    version, trace_id, span_id, flags, more = found.groups()
    if version == "ff" or (version == "00" and more) or not int(trace_id, 16) or not int(span_id, 16):
        return None
    return Caller(trace_id, span_id, bool(int(flags, 16) & 1))
