"""Alerts as values: what state machines say, what belongs together, and how targets are told."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from ordermill.domain.alert_log import SEEN_KEPT, AlertRecord, attempt_delay_ms, one_line, record_id
from ordermill.domain.alert_posts import json_body, mail_text, slack_body
from ordermill.domain.alerts import Alert, IntakeFailure

ORDER = "ord_019aa1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"
AT = 1_763_640_000_123
URL = "https://orders.example"


def alert(**members: Any) -> Alert:
    given = {
        "alert_id": "order-queue-7-1",
        "severity": "warning",
        "function": "process_order",
        "order_id": ORDER,
        "reason": "TIMEOUT",
        "detail": "payment timed out (receive 5 of 5)",
        "at": AT,
    }
    return Alert(**{**given, **members})


def record(**members: Any) -> AlertRecord:
    return AlertRecord.of(alert(**members), (), posted=True, public_url=URL, now=AT)


def test_one_alert_as_slack_shows_it() -> None:
    text = json.loads(slack_body(record(), 1))["text"]
    said = f"process_order failed for {ORDER}: payment timed out (receive 5 of 5)"
    assert text == f"{said} {URL}/console/orders/{ORDER}"


def test_many_alerts_as_slack_shows_them() -> None:
    text = json.loads(slack_body(record(), 200))["text"]
    said = f"process_order failed 200 times within a minute, first for {ORDER}: payment timed out (receive 5 of 5)"
    assert text == f"{said} {URL}/console/orders/{ORDER}"


def test_without_an_order_no_order_is_named() -> None:
    """Nor None."""
    nameless = record(order_id=None)
    assert json.loads(slack_body(nameless, 1)) == {"text": "process_order failed: payment timed out (receive 5 of 5)"}
    assert "None" not in slack_body(nameless, 3).decode() + mail_text(nameless, 3)[1]
    assert json.loads(json_body(nameless, 1))["orderId"] is None


def test_slacks_markup_is_escaped() -> None:
    text = json.loads(slack_body(record(detail="<!channel> & <http://x|y>\n*b*"), 1))["text"]
    assert "&lt;!channel&gt; &amp; &lt;http://x|y&gt; *b*" in text


def test_the_json_form() -> None:
    first = record()
    assert json.loads(json_body(first, 3)) == {
        "alertId": first.alert_id,
        "severity": "warning",
        "orderId": ORDER,
        "function": "process_order",
        "reason": "TIMEOUT",
        "count": 3,
        "link": f"{URL}/console/orders/{ORDER}",
        "at": "2025-11-20T12:00:00.123Z",
    }


def test_the_mail_form() -> None:
    subject, text = mail_text(record(), 2)
    assert subject == "Ordermill warning: process_order failed 2 times (TIMEOUT)"
    assert f"first for {ORDER}" in text
    assert f"{URL}/console/orders/{ORDER}" in text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        (" a\r\nb\tc\x00d ", "a b c d"),
        ("a\u202eb\u2028c\ud800d", "a b c d"),
        ("Straße ☕", "Straße ☕"),
        ("x" * 11, "x" * 9 + "…"),
    ],
)
def test_text_is_one_line(text: str, expected: str) -> None:
    assert one_line(text, 10) == expected


@pytest.mark.parametrize(
    ("other", "together"),
    [
        ({"alert_id": "another", "order_id": None, "detail": "other words", "at": AT + 59_000}, True),
        ({"function": "send_email"}, False),
        ({"reason": "INTERNAL"}, False),
        ({"severity": "critical"}, False),
        ({"at": AT + 60_000}, False),
    ],
)
def test_what_belongs_together(other: dict[str, Any], together: bool) -> None:
    assert (record_id(alert(**other)) == record_id(alert())) is together


def test_a_record_stays_small_in_a_storm() -> None:
    storm = record()
    for number in range(1000):
        storm = storm.counted(alert(alert_id=str(number)))
    assert (storm.count, len(storm.seen), storm.seen[-1]) == (1001, SEEN_KEPT, "999")
    assert record(detail="x" * 100_000).detail == "x" * 499 + "…"


def test_attempts_become_rarer() -> None:
    assert [attempt_delay_ms(200, attempt) for attempt in (1, 2, 3, 7)] == [200, 800, 3200, 819_200]


class TestIntakeFailure:
    """What `publish_alert` of the state machine says."""

    SAID: dict[str, Any] = {  # noqa: RUF012
        "workflow": "order-intake",
        "executionId": "exe_1",
        "orderId": ORDER,
        "startedAt": "2025-11-20T12:00:00.123Z",
        "error": "StorageUnavailable",
        "cause": '{"errorMessage":"Storage is unavailable","errorType":"StorageUnavailable"}',
    }

    def read(self, **members: Any) -> Alert:
        return msgspec.convert({**self.SAID, **members}, IntakeFailure).alert()

    def test_it_names_the_order_and_says_why(self) -> None:
        assert self.read() == Alert(
            "exe_1",
            "warning",
            "order-intake",
            ORDER,
            "StorageUnavailable",
            "StorageUnavailable: Storage is unavailable",
            AT,
        )

    @pytest.mark.parametrize(
        ("cause", "detail"),
        [
            ("timed out after 2 s", "StorageUnavailable: timed out after 2 s"),
            ('{"errorMessage": null}', "StorageUnavailable"),
            ('{"errorType": "X"}', "StorageUnavailable"),
            ("[]", "StorageUnavailable: []"),
            ('{"errorMessage": 7}', 'StorageUnavailable: {"errorMessage": 7}'),
            ("", "StorageUnavailable"),
            (None, "StorageUnavailable"),
        ],
    )
    def test_whatever_the_cause_looks_like(self, cause: str | None, detail: str) -> None:
        assert self.read(cause=cause).detail == detail
