"""`get_alerts`: lists alerts, newest first."""

from __future__ import annotations

from ordermill.domain.commands import GetAlerts
from ordermill.ports.stores import AlertLog, AlertPage


def get_alerts(message: GetAlerts, *, alert_log: AlertLog) -> AlertPage:
    """One page. Raises InvalidCursor where `after` is no position."""
    return alert_log.list(message.limit, message.after, order_id=message.order_id)
