"""`alert_handler`: records alerts, groups them, and queues one message per target. Nothing here raises an alert.

The first of its function, reason, severity and minute is posted at once; further ones only count, and at the minute's
end each target is told how many there were.
"""

from __future__ import annotations

import logging
from typing import Final

import msgspec
from msgspec.structs import replace

from ordermill.domain.alert_log import MINUTE_MS, AlertRecord, record_id
from ordermill.domain.alerts import Alert, IntakeFailure
from ordermill.domain.commands import DeliverAlert
from ordermill.ports.ambient import Clock, Settings
from ordermill.ports.messaging import AlertQueue
from ordermill.ports.stores import AlertLog

log = logging.getLogger(__name__)

_LEVELS: Final = {"info": logging.INFO, "warning": logging.WARNING, "critical": logging.ERROR}


def from_json(body: bytes) -> Alert:
    """What a message on the topic says: an alert, or the failure of an intake as a state machine publishes it."""
    try:
        return msgspec.json.decode(body, type=Alert)
    except msgspec.ValidationError as error:
        try:
            return msgspec.json.decode(body, type=IntakeFailure).alert()
        except msgspec.ValidationError:
            raise error from None


def alert_handler(
    message: Alert, *, alert_log: AlertLog, alert_queue: AlertQueue, settings: Settings, clock: Clock
) -> None:
    """Count the alert, once, and see to it that it is told."""
    now = clock.now_ms()
    known = alert_log.read(record_id(message))
    if known is None:
        posted = message.severity != "info" or settings.alert_info
        record = AlertRecord.of(message, settings.alert_targets, posted=posted, public_url=settings.public_url, now=now)
        alert_log.put(record)
        alert_queue.send(_posts(record, DeliverAlert(record.alert_id, record.order_id, "", count=1)))
        about = {"function": record.function, "orderId": record.order_id, "reason": record.reason}
        log.log(_LEVELS[record.severity], "alert", extra=about)
    elif message.alert_id not in known.seen:
        record = known.counted(message)
        if record.summary_due is None or record.summary_due <= now:
            # Who comes late, after its minute, opens a minute of its own for those that come later still.
            minute_ends = (record.at // MINUTE_MS + 1) * MINUTE_MS
            due = minute_ends if now < minute_ends <= now + MINUTE_MS else now + MINUTE_MS
            record = replace(record, summary_due=due)
            summary = DeliverAlert(record.alert_id, record.order_id, "", summary=True)
            alert_queue.send(_posts(record, summary), delay_ms=due - now)
        alert_log.put(record)


def _posts(record: AlertRecord, message: DeliverAlert) -> list[DeliverAlert]:
    """The message to each target that is to be told."""
    return [replace(message, target=each.key) for each in record.deliveries if each.status != "SKIPPED"]
