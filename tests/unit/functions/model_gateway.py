"""A model of the payment gateway's promises: one charge a key, and none after its void."""

from __future__ import annotations

from typing import Final, Literal

from ordermill.ports.services import Charge, ChargeResult, PaymentError

UNITS: Final = 2
TOTAL: Final = UNITS * 999
"""What its one order costs."""

Fate = Literal["approved", "declined", "error", "unanswered"]


class ModelGateway:
    """What each key was answered; `fate` is how the next new charge goes."""

    def __init__(self) -> None:
        self.charged: dict[str, str] = {}
        self.voided: set[str] = set()
        self.fate: Fate = "approved"
        self.void_fails = False

    def charge(self, charge: Charge) -> ChargeResult:
        if charge.key not in self.charged:
            if self.fate == "error":
                raise PaymentError("no")
            refused = charge.key in self.voided or self.fate == "declined"
            self.charged[charge.key] = "declined" if refused else "approved"
            if self.fate == "unanswered":
                raise PaymentError("no answer")
        if self.charged[charge.key] == "declined" or charge.key in self.voided:
            return ChargeResult("declined", 0)
        return ChargeResult("approved", charge.amount)

    def void(self, key: str) -> int:
        if self.void_fails:
            raise PaymentError("no")
        self.voided.add(key)
        return TOTAL if self.charged.get(key) == "approved" else 0

    def net(self) -> int:
        return TOTAL * sum(answer == "approved" and key not in self.voided for key, answer in self.charged.items())
