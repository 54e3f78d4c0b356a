"""What a target is told of an alert: Slack's JSON, our own JSON, or a mail. Nothing of it is what a customer sent."""

from __future__ import annotations

import msgspec

from ordermill.domain.alert_log import AlertRecord
from ordermill.domain.alerts import Severity
from ordermill.domain.times import rfc3339


class AlertPost(msgspec.Struct, frozen=True, rename="camel"):
    """The JSON form; `count` alerts of this kind so far, `order_id` and `link` are the first one's."""

    alert_id: str
    severity: Severity
    order_id: str | None
    function: str
    reason: str
    count: int
    link: str | None
    at: str


def post_id(record: AlertRecord, count: int) -> str:
    """Names what is told, the same each time it is told."""
    return f"{record.alert_id}-{count}"


def json_body(record: AlertRecord, count: int) -> bytes:
    """See `AlertPost`."""
    return msgspec.json.encode(
        AlertPost(
            record.alert_id,
            record.severity,
            record.order_id,
            record.function,
            record.reason,
            count,
            record.link,
            rfc3339(record.at),
        )
    )


def slack_body(record: AlertRecord, count: int) -> bytes:
    """One line. Slack reads `&`, `<` and `>` as its markup, so they are written as entities."""
    line = sentence(record, count) + (f" {record.link}" if record.link else "")
    text = line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return msgspec.json.encode({"text": text})


def mail_text(record: AlertRecord, count: int) -> tuple[str, str]:
    """Subject and plain text; the subject names function, reason and count alone."""
    times = f" {count} times" if count > 1 else ""
    lines = [sentence(record, count), ""]
    if record.link:
        lines += [record.link, ""]
    lines += [
        f"Severity: {record.severity}",
        f"Reason: {record.reason}",
        f"First at: {rfc3339(record.at)}",
        f"Alert: {record.alert_id}",
        "",
    ]
    return f"Ordermill {record.severity}: {record.function} failed{times} ({record.reason})", "\n".join(lines)


def sentence(record: AlertRecord, count: int) -> str:
    """What failed, how often where it was more than once, and why."""
    order = "" if record.order_id is None else f" for {record.order_id}"
    if count == 1:
        return f"{record.function} failed{order}: {record.detail}"
    first = f", first{order}" if order else ""
    return f"{record.function} failed {count} times within a minute{first}: {record.detail}"
