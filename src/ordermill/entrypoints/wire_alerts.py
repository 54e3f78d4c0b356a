"""What the routes of alerts show."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Final

from msgspec import Meta, Struct

from ordermill.domain.alert_log import AlertRecord, DeliveryStatus
from ordermill.domain.alert_targets import TargetKind
from ordermill.domain.alerts import Severity
from ordermill.domain.times import rfc3339
from ordermill.entrypoints.wire import OrderId, Time

ALERT_ID_PATTERN: Final = "^alr_[0-9a-f]{32}$"
AlertId = Annotated[str, Meta(pattern=ALERT_ID_PATTERN, examples=["alr_0a1b2c3d4e5f60718293a4b5c6d7e8f9"])]
Count = Annotated[int, Meta(ge=0)]


class AlertDeliveryView(Struct, frozen=True):
    """What became of the posts to one target: of a URL, `target` is its host.

    `attempts` are those of the last post, `error` is why its last one failed, `at` when this last changed.
    """

    kind: TargetKind
    target: str
    status: DeliveryStatus
    attempts: Count
    error: str | None
    at: Time


class AlertView(Struct, frozen=True, rename="camel"):
    """Alerts of one function, reason, severity and minute: the first in full, and how many there were."""

    alert_id: AlertId
    severity: Severity
    order_id: OrderId | None
    function: str
    reason: str
    detail: str
    count: Annotated[int, Meta(ge=1)]
    link: str | None
    at: Time
    deliveries: tuple[AlertDeliveryView, ...]


class AlertsView(Struct, frozen=True, rename="camel"):
    """A page of alerts, newest first; `nextCursor` leads to the next page, null at the end."""

    alerts: tuple[AlertView, ...]
    next_cursor: str | None


def alerts_view(alerts: Iterable[AlertRecord], cursor: str | None) -> AlertsView:
    """A page of alerts, and the cursor to the next."""
    return AlertsView(tuple(alert_view(alert) for alert in alerts), cursor)


def alert_view(alert: AlertRecord) -> AlertView:
    """One of them."""
    return AlertView(
        alert.alert_id,
        alert.severity,
        alert.order_id,
        alert.function,
        alert.reason,
        alert.detail,
        alert.count,
        alert.link,
        rfc3339(alert.at),
        tuple(
            AlertDeliveryView(each.kind, each.target, each.status, each.attempts, each.error, rfc3339(each.at))
            for each in alert.deliveries
        ),
    )
