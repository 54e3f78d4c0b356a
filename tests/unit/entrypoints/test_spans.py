"""Which hops become spans, by what settings; that nobody waits for them, and that what is lost is counted."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest

from ordermill.domain.tracing import Caller
from ordermill.entrypoints.callers import Callers
from ordermill.entrypoints.spans import SpanSettings, SpanSink, SpansUnusable, Told, span_settings
from ordermill.entrypoints.web import Request, Response
from ordermill.ports.hops import Hop

ORDER, OTHER = "ord_019aa1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b", "ord_019aa1b2-7c3d-7e4f-bfff-ffffffffffff"
TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
ENDPOINT = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}


def hop(edge: str, order_id: str | None = ORDER, *, at: int = 1000, duration_ms: float = 1.0) -> Hop:
    return Hop(at, order_id, edge, edge.partition(">")[2], "ok", 1, duration_ms)


class Receiver:
    """Takes spans; while `gate` is shut it keeps whoever sends, and `fails` of its first calls fail."""

    def __init__(self, fails: int = 0) -> None:
        self.batches: list[list[Told]] = []
        self.gate, self.entered = threading.Event(), threading.Event()
        self.gate.set()
        self.ended = False
        self._fails = fails

    def send(self, told: Sequence[Told]) -> bool:
        self.entered.set()
        self.gate.wait(10)
        if self._fails:
            self._fails -= 1
            raise ConnectionError("nobody listens")
        self.batches.append(list(told))
        return True

    def end(self) -> None:
        self.ended = True

    @property
    def told(self) -> list[Told]:
        return [each for batch in self.batches for each in batch]


def sink(receiver: Receiver, *, ratio: float = 1, callers: Callers | None = None, most: int = 1000) -> SpanSink:
    return SpanSink(SpanSettings(ratio), callers or Callers(), lambda: receiver, most=most, rest_s=0)


def test_an_orders_trace_begins_with_the_hop_that_began_first() -> None:
    receiver = Receiver()
    spans = sink(receiver)
    spans.take([hop("order-intake>create_order"), hop("POST /orders>start_workflow", duration_ms=5)])
    spans.take([hop("order-queue>process_order", at=2000), hop("GET /products>get_products", None, at=3000)])
    spans.close()
    assert [(each.hop.edge, each.begins) for each in receiver.told] == [
        ("POST /orders>start_workflow", True),
        ("order-intake>create_order", False),
        ("order-queue>process_order", False),
        ("GET /products>get_products", False),
    ]
    assert (spans.sent, spans.dropped, receiver.ended) == (4, 0, True)


def test_who_called_is_linked_once() -> None:
    callers, receiver = Callers(), Receiver()
    request = Request("POST", "POST /orders", {}, {}, {"traceparent": f"00-{TRACE}-{SPAN}-01"}, b"")
    callers.note(request, Response(202), ORDER)
    spans = sink(receiver, callers=callers)
    spans.take([hop("POST /orders>start_workflow"), hop("order-queue>process_order", at=2000)])
    spans.close()
    assert [each.caller for each in receiver.told] == [Caller(TRACE, SPAN, True), None]


def test_whoever_is_watched_waits_for_nobody_and_what_finds_no_room_is_counted() -> None:
    receiver = Receiver()
    receiver.gate.clear()
    spans = sink(receiver, most=10)
    spans.take([hop("a>b")])
    assert receiver.entered.wait(10)
    # The receiver hangs now, with one hop in its hands.
    for many in (8, 5, 5):
        spans.take([hop("a>b")] * many)
    assert spans.dropped == 8
    receiver.gate.set()
    spans.close()
    assert (spans.sent, spans.dropped) == (11, 8)


def test_what_does_not_arrive_is_counted_and_what_follows_is_sent(caplog: pytest.LogCaptureFixture) -> None:
    receiver = Receiver(fails=1)
    spans = sink(receiver)
    spans.take([hop("a>b")] * 600)
    spans.close()
    assert (spans.sent, spans.dropped) == (88, 512)
    assert "nobody listens" in caplog.text


@pytest.mark.parametrize(("ratio", "kept"), [(0.0, set()), (0.5, {ORDER}), (0.99, {ORDER}), (1.0, {ORDER, OTHER})])
def test_all_of_an_order_is_sampled_or_nothing(ratio: float, kept: set[str]) -> None:
    receiver = Receiver()
    spans = sink(receiver, ratio=ratio)
    spans.take([hop(edge, order_id) for edge in ("a>b", "b>c") for order_id in (ORDER, OTHER)])
    spans.close()
    assert {each.hop.order_id for each in receiver.told} == kept
    assert len(receiver.told) == 2 * len(kept)


@pytest.mark.parametrize(
    "env",
    [
        {},
        {"OTEL_TRACES_EXPORTER": "none", **ENDPOINT},
        {"OTEL_SDK_DISABLED": "true", **ENDPOINT},
        {"OTEL_TRACES_SAMPLER": "always_off", **ENDPOINT},
        {"OTEL_SERVICE_NAME": "mine"},
    ],
)
def test_nothing_is_sent_unless_it_is_asked_for(env: dict[str, str]) -> None:
    assert span_settings(env) is None


@pytest.mark.parametrize(
    ("env", "ratio"),
    [
        (ENDPOINT, 1),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, 1),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:4318/v1/traces"}, 1),
        ({"OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.25", **ENDPOINT}, 0.25),
        (
            {
                "OTEL_TRACES_SAMPLER": "parentbased_always_on",
                "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
                **ENDPOINT,
            },
            1,
        ),
    ],
)
def test_the_standard_variables_ask_for_it(env: dict[str, str], ratio: float) -> None:
    assert span_settings(env) == SpanSettings(ratio)


@pytest.mark.parametrize(
    ("env", "why"),
    [
        ({"OTEL_TRACES_EXPORTER": "jaeger"}, "OTEL_TRACES_EXPORTER is 'jaeger'; it takes otlp or none"),
        ({"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", **ENDPOINT}, "sent by http/protobuf alone"),
        ({"OTEL_TRACES_SAMPLER": "sometimes", **ENDPOINT}, "takes always_on, always_off or traceidratio"),
        ({"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "2", **ENDPOINT}, "a number from 0 to 1"),
        ({"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "x", **ENDPOINT}, "a number from 0 to 1"),
    ],
)
def test_what_cannot_be_done_is_told(env: dict[str, str], why: str) -> None:
    with pytest.raises(SpansUnusable, match=why):
        span_settings(env)
