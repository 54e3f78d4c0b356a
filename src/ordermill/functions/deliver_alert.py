"""`deliver_alert`: tells one target of an alert. Staged; what fails is recorded and comes again, later each time.

An attempt that failed is no failure of the message: its record counts the attempts, and after the last one says
UNDELIVERED. So no dead letter comes of it, and no alert about alerts.
"""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from ordermill.domain.alert_log import (
    MINUTE_MS,
    MOST_ATTEMPTS,
    AlertRecord,
    attempt_delay_ms,
    one_line,
)
from ordermill.domain.alert_posts import json_body, mail_text, post_id, slack_body
from ordermill.domain.alert_targets import AlertTarget
from ordermill.domain.commands import DeliverAlert, SendMail
from ordermill.domain.tracing import TRACEPARENT, traceparent_of
from ordermill.domain.webhook_signing import signed_headers
from ordermill.ports.ambient import Clock, Settings
from ordermill.ports.journal import StorageFull
from ordermill.ports.messaging import LONGEST_DELAY_MS, AlertQueue
from ordermill.ports.services import Mailer, WebhookBusy, WebhookError, WebhookRefused, Webhooks
from ordermill.ports.staged import DONE, Done
from ordermill.ports.stores import AlertLog

_BUSY_MS = 1000
_ERROR_MAX = 300
_JSON = "application/json"


class Posting(msgspec.Struct, frozen=True):
    """What to tell whom: the record as of now, of which `count` are told."""

    target: AlertTarget
    record: AlertRecord
    count: int


class Posted(msgspec.Struct, frozen=True):
    """What came of it; `error` None where the target took it."""

    count: int
    error: Exception | None = None


def prepare(message: DeliverAlert, *, alert_log: AlertLog, settings: Settings, clock: Clock) -> Posting | Done:
    """What is to be told; nothing where the target knows, or is a target no more."""
    record = alert_log.read(message.alert_id)
    delivery = record.delivery(message.target) if record else None
    if record is None or delivery is None:
        return DONE
    count = message.count or record.count
    if delivery.told >= count:
        return DONE
    target = next((each for each in settings.alert_targets if each.key == message.target), None)
    if target is None:
        gone = replace(delivery, status="SKIPPED", error="the target is not configured any more", at=clock.now_ms())
        alert_log.put(record.with_delivery(gone))
        return DONE
    return Posting(target, record, count)


def call(posting: Posting, *, webhooks: Webhooks, mail: Mailer, settings: Settings, clock: Clock) -> Posted:
    """Tell it. A full disk is no fault of the target, and so is raised; whatever else goes wrong is the outcome."""
    target, record, count = posting.target, posting.record, posting.count
    traceparent = traceparent_of(record.order_id)
    headers = {"content-type": _JSON, **({TRACEPARENT: traceparent} if traceparent else {})}
    try:
        if target.kind == "mailto":
            mail.send(_mail(posting))
        elif target.kind == "slack":
            webhooks.post(target.address, headers, slack_body(record, count))
        else:
            body = json_body(record, count)
            signed = signed_headers(post_id(record, count), clock.now_ms() // 1000, body, settings.webhook_keys)
            webhooks.post(target.address, {**headers, **signed}, body)
    except StorageFull:
        raise
    except Exception as error:
        return Posted(count, error)
    return Posted(count)


def settle(
    message: DeliverAlert,
    outcome: Posted,
    *,
    alert_log: AlertLog,
    alert_queue: AlertQueue,
    settings: Settings,
    clock: Clock,
) -> None:
    """Record what came of it, and queue what is still to be told."""
    record, error, now = alert_log.read(message.alert_id), outcome.error, clock.now_ms()
    delivery = record.delivery(message.target) if record else None
    if record is None or delivery is None:
        return
    if isinstance(error, WebhookBusy):
        alert_queue.send([replace(message, count=outcome.count)], delay_ms=_BUSY_MS)
        return
    if error is not None and delivery.told >= outcome.count:
        # Meanwhile it was told more.
        return
    tried = replace(delivery, attempts=message.attempt, at=now, error=_said(error))
    if error is None:
        told = max(delivery.told, outcome.count)
        alert_log.put(record.with_delivery(replace(tried, status="SENT", told=told)))
        if message.summary and record.count > told:
            # Alerts of its minute that came after its end.
            alert_queue.send([replace(message, count=None, attempt=1)], delay_ms=MINUTE_MS)
    elif isinstance(error, WebhookRefused) or message.attempt >= MOST_ATTEMPTS:
        alert_log.put(record.with_delivery(replace(tried, status="UNDELIVERED")))
    else:
        alert_log.put(record.with_delivery(replace(tried, status="PENDING")))
        again = replace(message, count=outcome.count, attempt=message.attempt + 1)
        alert_queue.send([again], delay_ms=_delay_ms(error, settings.retry_base_ms, message.attempt))


def _delay_ms(error: Exception, base_ms: int, attempt: int) -> int:
    """What the target asked for, or else longer each time."""
    asked = error.retry_after_ms if isinstance(error, WebhookError) else None
    return min(attempt_delay_ms(base_ms, attempt) if asked is None else asked, LONGEST_DELAY_MS)


def _said(error: Exception | None) -> str | None:
    """For staff: what our own errors say, and of others the name alone."""
    if error is None:
        return None
    ours = isinstance(error, WebhookError | WebhookRefused)
    return one_line(str(error), _ERROR_MAX) if ours else type(error).__name__


def _mail(posting: Posting) -> SendMail:
    record = posting.record
    subject, text = mail_text(record, posting.count)
    mail_id = f"{post_id(record, posting.count)}-{posting.target.key}"
    return SendMail(mail_id, record.order_id, "Alert", posting.target.address, subject, text)
