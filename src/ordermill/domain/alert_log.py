"""What was alerted: one record for each function, reason, severity and minute, and what became of its posts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import sha256
from typing import Final, Literal, Self

import msgspec
from msgspec.structs import replace

from ordermill.domain.alert_targets import AlertTarget, TargetKind
from ordermill.domain.alerts import Alert, Severity

DeliveryStatus = Literal["PENDING", "SENT", "UNDELIVERED", "SKIPPED"]
"""On its way; taken by the target; given up, until somebody asks again; not to be posted."""

MINUTE_MS: Final = 60_000
SEEN_KEPT: Final = 200
"""How many ids of alerts a record remembers, so that one that is told of again is not counted again."""
MOST_ATTEMPTS: Final = 8
_DETAIL_MAX: Final = 500
_REASON_MAX: Final = 100
_NOT_TEXT: Final = re.compile("[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202f\u2060-\u206f\ud800-\udfff\ufeff]+")


class AlertDelivery(msgspec.Struct, frozen=True, rename="camel"):
    """What became of the posts to one target.

    `key` and `target` are its key and label. `told` is the count it was last told, 0 before the first post; `attempts`
    are those of the last post, `error` why its last one failed; `at` (epoch ms) is the last change.
    """

    key: str
    kind: TargetKind
    target: str
    status: DeliveryStatus
    at: int
    told: int = 0
    attempts: int = 0
    error: str | None = None


class AlertRecord(msgspec.Struct, frozen=True, rename="camel"):
    """Alerts of one function, reason, severity and minute: the first in full, `count` of all.

    `at` is the first one's time, `seen` the last ids. `summary_due` is when the targets are told the count, None while
    there is but one alert; times are epoch milliseconds.
    """

    alert_id: str
    severity: Severity
    order_id: str | None
    function: str
    reason: str
    detail: str
    count: int
    link: str | None
    at: int
    deliveries: tuple[AlertDelivery, ...]
    seen: tuple[str, ...]
    summary_due: int | None = None

    @classmethod
    def of(cls, alert: Alert, targets: Iterable[AlertTarget], *, posted: bool, public_url: str, now: int) -> Self:
        """The record that the first alert of its kind and minute begins."""
        status: DeliveryStatus = "PENDING" if posted else "SKIPPED"
        return cls(
            record_id(alert),
            alert.severity,
            alert.order_id,
            alert.function,
            one_line(alert.reason, _REASON_MAX),
            one_line(alert.detail, _DETAIL_MAX),
            1,
            None if alert.order_id is None else f"{public_url}/console/orders/{alert.order_id}",
            alert.at,
            tuple(AlertDelivery(each.key, each.kind, each.label, status, now) for each in targets),
            (alert.alert_id,),
        )

    def counted(self, alert: Alert) -> Self:
        """With one more of its kind."""
        return replace(self, count=self.count + 1, seen=(*self.seen[1 - SEEN_KEPT :], alert.alert_id))

    def delivery(self, key: str) -> AlertDelivery | None:
        """What became of the posts to that target, None if it is none of this record's."""
        return next((each for each in self.deliveries if each.key == key), None)

    def with_delivery(self, delivery: AlertDelivery) -> Self:
        """With what is new of one target."""
        return replace(
            self, deliveries=tuple(delivery if each.key == delivery.key else each for each in self.deliveries)
        )


def record_id(alert: Alert) -> str:
    """The id of the record that the alert belongs to: the same for all of its function, reason, severity and minute."""
    group = "\0".join((alert.function, alert.reason, alert.severity, str(alert.at // MINUTE_MS)))
    return "alr_" + sha256(group.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def one_line(text: str, most: int) -> str:
    """`text` without line breaks and invisible characters, shortened to `most`."""
    line = _NOT_TEXT.sub(" ", text).strip()
    return line if len(line) <= most else line[: most - 1] + "…"


def attempt_delay_ms(base_ms: int, attempt: int) -> int:
    """How long to wait after the `attempt`-th attempt failed: `base_ms`, and each time four times as long."""
    return base_ms << 2 * (attempt - 1)
