"""Traces as others see them: the header of requests and answers, and spans at a receiver of OpenTelemetry's."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx2
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from ordermill.domain.tracing import caller_of, root_span_of, trace_of
from tests.e2e.conftest import MakeServer
from tests.e2e.server import FIRST_ORDER, Server, free_port, wait_for

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
CALLER = {"traceparent": f"00-{TRACE}-{SPAN}-01"}


class Receiver:
    """What a collector is: takes spans by OTLP over HTTP."""

    def __init__(self) -> None:
        self.requests: list[ExportTraceServiceRequest] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                assert self.path == "/v1/traces"
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.requests.append(ExportTraceServiceRequest.FromString(body))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def spans(self, trace: str) -> dict[str, Span]:
        """By name, those of a trace."""
        found = [each for request in self.requests for of in request.resource_spans for each in of.scope_spans]
        return {span.name: span for each in found for span in each.spans if span.trace_id.hex() == trace}

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


def test_an_orders_way_is_one_trace_at_the_receiver(make_server: MakeServer, receiver: Receiver) -> None:
    asked = {"OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url, "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment=test"}
    server = make_server(env=asked).start()
    placed = httpx2.post(f"{server.url}/orders", json=FIRST_ORDER, headers=CALLER)
    order = placed.json()["orderId"]
    trace, root = trace_of(order), root_span_of(order)
    last = "mail-queue>send_email"
    wait_for(lambda: last in receiver.spans(trace), "the mail's span", 20)
    spans = receiver.spans(trace)
    first = spans["POST /orders>start_workflow"]
    assert (first.span_id.hex(), first.parent_span_id, first.kind) == (root, b"", Span.SPAN_KIND_SERVER)
    assert [(each.trace_id.hex(), each.span_id.hex()) for each in first.links] == [(TRACE, SPAN)]
    assert {"order-queue>process_order", "process_order>payments"} < spans.keys()
    assert spans["process_order>payments"].kind == Span.SPAN_KIND_CLIENT
    for span in spans.values():
        assert span is first or span.parent_span_id.hex() == root
        assert 0 < span.start_time_unix_nano <= span.end_time_unix_nano
        assert not span.links or span is first
    resource = receiver.requests[0].resource_spans[0].resource
    named = {each.key: each.value.string_value for each in resource.attributes}
    assert (named["service.name"], named["deployment.environment"]) == ("ordermill", "test")
    # No person is named, whoever reads the spans.
    assert str(FIRST_ORDER["customerName"]) not in str(receiver.requests)
    assert _lost(server) == 0


def test_nobody_waits_for_a_receiver_that_is_away(make_server: MakeServer) -> None:
    asked = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{free_port()}", "OTEL_EXPORTER_OTLP_TIMEOUT": "1"}
    server = make_server(env=asked).start()
    for _ in range(20):
        assert httpx2.post(f"{server.url}/orders", json=FIRST_ORDER).status_code == 202
    assert wait_for(lambda: _lost(server), "lost spans are counted", 20) >= 20


def test_spans_that_cannot_be_sent_as_asked_stop_the_start_with_a_line(make_server: MakeServer) -> None:
    server = make_server(env={"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}).spawn()
    assert server.process.wait(20) == 2
    assert "OTEL_EXPORTER_OTLP_PROTOCOL is 'grpc'; spans are sent by http/protobuf alone" in server.log_text()


def test_an_order_answers_with_its_trace_and_the_log_names_the_callers(make_server: MakeServer) -> None:
    server = make_server().start()
    with server.client() as api:
        placed = api.post("/orders", json=FIRST_ORDER, headers=CALLER)
        order = placed.json()["orderId"]
        told = caller_of(placed.headers["traceparent"])
        assert told is not None
        assert told.trace_id == trace_of(order)
        assert api.get(f"/orders/{order}").headers["traceparent"] == placed.headers["traceparent"]
        for nonsense in ("", "00-1-2-3", "x" * 5000, f"00-{TRACE}-{SPAN}-01, 00-{TRACE}-{SPAN}-01"):
            again = api.post("/orders", json=FIRST_ORDER, headers={"traceparent": nonsense})
            assert again.status_code == 202
        assert "traceparent" not in api.get("/products").headers
    lines = wait_for(lambda: [line for line in server.log_text().splitlines() if TRACE in line], "the log's line")
    assert len(lines) == 1
    assert all(part in lines[0] for part in (order, trace_of(order), SPAN, "callerTraceId"))


def test_without_being_asked_nothing_of_opentelemetry_is_loaded() -> None:
    code = (
        "import sys, ordermill.entrypoints.serve, ordermill.entrypoints.spans as s; s.span_settings({}); "
        "print([m for m in sys.modules if m.startswith('opentelemetry')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def _lost(server: Server) -> float:
    lines = httpx2.get(f"{server.url}/metrics", headers=server.staff).text.splitlines()
    (value,) = (line.split()[1] for line in lines if line.startswith("ordermill_spans_dropped_total "))
    return float(value)
