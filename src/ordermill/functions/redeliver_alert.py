"""`redeliver_alert`: tells those targets of an alert again that could not be told."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from ordermill.domain.alert_log import AlertRecord
from ordermill.domain.commands import DeliverAlert, RedeliverAlert
from ordermill.domain.errors import NotFound
from ordermill.ports.ambient import Clock, Settings
from ordermill.ports.messaging import AlertQueue
from ordermill.ports.stores import AlertLog


class Redelivered(msgspec.Struct, frozen=True):
    """The alert as it stands now, and how many targets are told again."""

    alert: AlertRecord
    again: int


def redeliver_alert(
    message: RedeliverAlert, *, alert_log: AlertLog, alert_queue: AlertQueue, settings: Settings, clock: Clock
) -> Redelivered:
    """Queue a post to each target that is UNDELIVERED and still configured. Raises NotFound."""
    record = alert_log.read(message.alert_id)
    if record is None:
        raise NotFound("no alert has this id")
    configured = {target.key for target in settings.alert_targets}
    again = [each for each in record.deliveries if each.status == "UNDELIVERED" and each.key in configured]
    for delivery in again:
        record = record.with_delivery(replace(delivery, status="PENDING", attempts=0, at=clock.now_ms()))
    if again:
        alert_log.put(record)
        alert_queue.send([DeliverAlert(record.alert_id, record.order_id, each.key) for each in again])
    return Redelivered(record, len(again))
