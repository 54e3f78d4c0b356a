"""Letters hold any message whole, JSON or not, and tell why it failed."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ordermill.domain.dead_letters import DeadLetter, body_of, payload_of, reason_of
from ordermill.domain.order import Reason


@given(
    st.binary() | st.text().map(str.encode) | st.recursive(st.none() | st.integers(), st.lists).map(msgspec.json.encode)
)
@example(b"")
@example(b"\xff")
@example(b'{"base64": 1}')
@example(b'{"a":1}{}')
@example(b"[" * 5000)
def test_a_message_comes_back_byte_for_byte_from_a_letter_that_is_json(body: bytes) -> None:
    letter = DeadLetter("l", "q", "f", None, "E", 5, 0, 1, payload_of(body))
    kept = msgspec.json.decode(msgspec.json.encode(letter), type=DeadLetter)
    msgspec.json.decode(kept.payload)
    assert body_of(kept.payload) == body


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ("PaymentError: no", Reason.PAYMENT_ERROR),
        ("PaymentTimeout: no", Reason.TIMEOUT),
        ("TimeoutError: no", Reason.TIMEOUT),
        ("ValueError: PaymentError", Reason.INTERNAL),
        ("the process ended, or was stopped, at each receive", Reason.INTERNAL),
    ],
)
def test_the_reason_is_the_exceptions(error: str, reason: Reason) -> None:
    assert reason_of(error) is reason
