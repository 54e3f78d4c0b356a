"""Ports of alerts in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ordermill.domain.alert_log import AlertRecord
from ordermill.domain.alert_targets import AlertTarget, parse_targets
from ordermill.domain.commands import DeliverAlert
from ordermill.ports.stores import AlertPage

TARGETS: tuple[AlertTarget, ...] = parse_targets(
    "https://hooks.slack.example/services/secret,json+https://ops.example/hook,mailto:ops@example.org",
    allow_local=False,
)
SLACK, JSON, MAIL = TARGETS


class AlertLog:
    """Port `alert-log`."""

    def __init__(self) -> None:
        self.records: dict[str, AlertRecord] = {}

    @property
    def only(self) -> AlertRecord:
        (record,) = self.records.values()
        return record

    def read(self, alert_id: str) -> AlertRecord | None:
        return self.records.get(alert_id)

    def put(self, record: AlertRecord) -> None:
        self.records[record.alert_id] = record

    def list(self, limit: int, after: str | None = None, *, order_id: str | None = None) -> AlertPage:
        return AlertPage(tuple(self.records.values())[:limit], None)


class AlertQueue:
    """Port `alert-queue`: each message with its delay."""

    def __init__(self) -> None:
        self.sent: list[tuple[DeliverAlert, int]] = []

    def send(self, messages: Sequence[DeliverAlert], *, delay_ms: int = 0) -> None:
        self.sent += [(message, delay_ms) for message in messages]

    def taken(self) -> list[tuple[DeliverAlert, int]]:
        """What was sent since the last time."""
        sent, self.sent = self.sent, []
        return sent


class Webhooks:
    """Port `webhooks`: raises what it is told, once each, and keeps what it gets."""

    def __init__(self, *failures: Exception) -> None:
        self.posts: list[tuple[str, Mapping[str, str], bytes]] = []
        self.failures = list(failures)

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.posts.append((url, headers, body))
