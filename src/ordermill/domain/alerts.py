"""Alerts: what operators are to know at once. They name an order and a function, and quote nothing that was sent."""

from __future__ import annotations

from typing import Literal

import msgspec

from ordermill.domain.times import epoch_ms

Severity = Literal["info", "warning", "critical"]
"""`info`: counted, posted only where configured; `warning`: an order needs a look; `critical`: money may be lost."""


class Alert(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """One message on topic `alerts`.

    `alert_id` is the same each time it is told of. `function` is where it happened; `reason` groups (a code, or an
    error's name), `detail` is for people; `at` is epoch milliseconds.
    """

    alert_id: str
    severity: Severity
    function: str
    order_id: str | None
    reason: str
    detail: str
    at: int


class IntakeFailure(msgspec.Struct, frozen=True, rename="camel"):
    """What a state machine publishes when an intake failed; `cause` is JSON as a Lambda gives it, or plain text."""

    workflow: str
    execution_id: str
    order_id: str | None
    started_at: str
    error: str
    cause: str | None = None

    def alert(self) -> Alert:
        """The alert it stands for. Raises ValueError where `started_at` is no time."""
        detail = f"{self.error}: {said}" if (said := _said(self.cause)) else self.error
        started = epoch_ms(self.started_at)
        return Alert(self.execution_id, "warning", self.workflow, self.order_id, self.error, detail, started)


class _LambdaCause(msgspec.Struct, rename="camel"):
    error_message: str | None = None


def _said(cause: str | None) -> str:
    """What an error said, without the wrapping that Lambda gives it."""
    try:
        return msgspec.json.decode(cause or "", type=_LambdaCause).error_message or ""
    except msgspec.MsgspecError:
        return cause or ""
