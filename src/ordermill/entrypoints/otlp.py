"""Spans by OTLP over HTTP, with OpenTelemetry's own exporter, which reads the standard variables.

The one module that imports OpenTelemetry. A span names an edge and an order, no person, and quotes nothing.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Final

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource, get_aggregated_resources
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags

from ordermill import __version__
from ordermill.domain.tracing import Caller, root_span_of
from ordermill.entrypoints.spans import Told
from ordermill.ports.hops import Hop, HopOutcome

_METHODS: Final = ("GET ", "POST ", "PUT ", "PATCH ", "DELETE ", "HEAD ")
_FAILED: Final[frozenset[HopOutcome]] = frozenset({"retry", "failed", "dead"})
_SAMPLED: Final = TraceFlags(TraceFlags.SAMPLED)
_SCOPE: Final = InstrumentationScope("ordermill", __version__)


class OtlpExporter:
    """See `Exporter`. Names the service `ordermill`, unless the variables name it otherwise."""

    def __init__(self) -> None:
        named = Resource({"service.name": "ordermill", "service.version": __version__})
        self._resource = get_aggregated_resources([OTELResourceDetector()], named)
        self._exporter = OTLPSpanExporter()

    def send(self, told: Sequence[Told]) -> bool:
        """Whether they arrived."""
        return self._exporter.export([self._span(each) for each in told]) is SpanExportResult.SUCCESS

    def end(self) -> None:
        """Nothing more is sent."""
        self._exporter.shutdown()  # type: ignore[no-untyped-call]

    def _span(self, told: Told) -> ReadableSpan:
        hop = told.hop
        end = hop.at * 1_000_000
        trace_id = hop.trace_id
        parent = None
        if trace_id is None or hop.order_id is None:
            context = _context(os.urandom(16).hex(), os.urandom(8).hex())
        elif told.begins:
            context = _context(trace_id, root_span_of(hop.order_id))
        else:
            context, parent = _context(trace_id, os.urandom(8).hex()), _context(trace_id, root_span_of(hop.order_id))
        return ReadableSpan(
            hop.edge,
            context,
            parent,
            self._resource,
            _attributes(hop),
            links=() if told.caller is None else (_link(told.caller),),
            kind=_kind(hop),
            status=Status(StatusCode.ERROR, hop.error) if hop.outcome in _FAILED else Status(),
            start_time=end - int(hop.duration_ms * 1_000_000),
            end_time=end,
            instrumentation_scope=_SCOPE,
        )


def _context(trace_id: str, span_id: str, *, remote: bool = False) -> SpanContext:
    return SpanContext(int(trace_id, 16), int(span_id, 16), remote, _SAMPLED)


def _link(caller: Caller) -> Link:
    return Link(_context(caller.trace_id, caller.span_id, remote=True))


def _kind(hop: Hop) -> SpanKind:
    if hop.edge.startswith(_METHODS):
        return SpanKind.SERVER
    # Of a call outside the function is the beginning of the edge, of a message the end.
    return SpanKind.CLIENT if hop.edge.startswith(f"{hop.function}>") else SpanKind.CONSUMER


def _attributes(hop: Hop) -> dict[str, str | int]:
    """The names are the log's, in OpenTelemetry's spelling."""
    named = {
        "ordermill.edge": hop.edge,
        "ordermill.function": hop.function,
        "ordermill.order_id": hop.order_id,
        "ordermill.outcome": hop.outcome,
        "ordermill.attempt": hop.attempt,
        "error.type": hop.error,
    }
    return {name: value for name, value in named.items() if value is not None}
