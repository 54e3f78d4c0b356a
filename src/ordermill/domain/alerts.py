"""Alerts: what operators are to know at once. They name an order and a function, and quote nothing that was sent."""

from __future__ import annotations

from typing import Literal

import msgspec

Severity = Literal["info", "warning", "critical"]
"""`info`: counted and logged, posted only where configured; `warning`: an order needs a look; `critical`: money."""


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
