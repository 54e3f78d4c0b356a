"""What every function may have without a grant, because it touches nothing: time, ids, settings."""

from __future__ import annotations

from typing import Literal, Protocol

import msgspec

from ordermill.domain.alert_targets import AlertTarget


class Clock(Protocol):
    """The time."""

    def now_ms(self) -> int:
        """Milliseconds since the Unix epoch, UTC."""
        ...


class Ids(Protocol):
    """Fresh ids."""

    def order_id(self) -> str:
        """`ord_` and a lower-case UUIDv7."""
        ...

    def image_id(self) -> str:
        """`img_` and a lower-case UUIDv7."""
        ...


class Settings(msgspec.Struct, frozen=True):
    """What an operator sets, the same in both worlds."""

    catalogue: Literal["open", "strict"] = "open"
    payments: Literal["sandbox", "stripe"] = "sandbox"
    mail_from: str = "Ordermill <orders@ordermill.example>"
    public_url: str = "http://127.0.0.1:8420"
    payment_timeout_ms: int = 1000
    retry_base_ms: int = 200
    order_deadline_s: int = 900
    alert_targets: tuple[AlertTarget, ...] = ()
    alert_info: bool = False
    webhook_keys: tuple[bytes, ...] = ()
    allow_local_webhooks: bool = False
    label_min_confidence: float = 0.7

    @property
    def cards(self) -> bool:
        """Whether orders are paid by card, not by test tokens alone."""
        return self.payments == "stripe"

    def __repr__(self) -> str:
        # Targets and keys are secrets.
        return f"Settings(public_url={self.public_url!r})"
