"""An order's trace, and what W3C's Trace Context says of the header that names a caller's."""

from __future__ import annotations

import pytest

from ordermill.domain.tracing import Caller, caller_of, root_span_of, trace_of, traceparent_of

ORDER = "ord_019aa1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"
TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


def test_an_orders_trace_is_its_id() -> None:
    assert trace_of(ORDER) == "019aa1b27c3d7e4f8a5b6c7d8e9f0a1b"
    assert root_span_of(ORDER) == "8a5b6c7d8e9f0a1b"
    assert traceparent_of(ORDER) == "00-019aa1b27c3d7e4f8a5b6c7d8e9f0a1b-8a5b6c7d8e9f0a1b-01"
    assert caller_of(traceparent_of(ORDER)) == Caller(trace_of(ORDER), root_span_of(ORDER), True)


@pytest.mark.parametrize("order_id", [None, "", "ord_1", f"{ORDER}x", ORDER.upper()])
def test_what_is_about_no_order_has_no_trace(order_id: str | None) -> None:
    assert traceparent_of(order_id) is None


@pytest.mark.parametrize(("flags", "sampled"), [("00", False), ("01", True), ("02", False), ("ff", True)])
def test_a_caller_is_read(flags: str, sampled: bool) -> None:
    assert caller_of(f"00-{TRACE}-{SPAN}-{flags}") == Caller(TRACE, SPAN, sampled)


def test_a_later_version_may_say_more() -> None:
    assert caller_of(f"01-{TRACE}-{SPAN}-01-what-comes") == Caller(TRACE, SPAN, True)


@pytest.mark.parametrize(
    "said",
    [
        None,
        "",
        f"00-{TRACE}-{SPAN}",
        f"00-{TRACE}-{SPAN}-01-more",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE}-{SPAN}-01, 00-{TRACE}-{SPAN}-01",
        f" 00-{TRACE}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01\n",
        f"01-{TRACE}-{SPAN}-01-{'x' * 300}",
        "٠٠-" + TRACE + "-" + SPAN + "-01",
    ],
)
def test_what_is_not_valid_is_nobody(said: str | None) -> None:
    assert caller_of(said) is None
