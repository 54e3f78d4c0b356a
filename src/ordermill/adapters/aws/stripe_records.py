"""What is known of each charge through Stripe, in table `payments`: written before Stripe is asked, and for good.

Stripe forgets an idempotency key after a day, and finds a payment by our key only after a while; a PaymentIntent it
knows for ever by its id. So the record names the one PaymentIntent through which a key's money can move at all.
"""

from __future__ import annotations

from typing import Final, Literal, cast

import msgspec

from ordermill.adapters.aws.deployment import Deployment
from ordermill.adapters.aws.payment_table import Item, PaymentTable, Values, number, text
from ordermill.adapters.payment_tokens import order_of
from ordermill.ports.services import Charge, ChargeResult

GATEWAY: Final = "stripe"

Outcome = Literal["approved", "declined"]


class StripeRecord(msgspec.Struct, frozen=True):
    """One key. `amount` in minor units, as the order has it; None with `currency` where it was voided uncharged.

    `token` is there until Stripe has it. `refunded` is what the void gave back, once it is through.
    """

    key: str
    order_id: str
    amount: int | None
    currency: str | None
    token: str | None
    intent: str | None
    outcome: Outcome | None
    voided: bool
    refunded: int | None

    @property
    def answer(self) -> ChargeResult | None:
        """What a charge answers, if that is settled."""
        if self.voided or self.outcome == "declined":
            return ChargeResult("declined", 0)
        return None if self.outcome is None else ChargeResult("approved", self.amount or 0)


class StripeRecords:
    """The records. Every method raises as `PaymentTable` does."""

    def __init__(self, deployment: Deployment) -> None:
        self._table = PaymentTable(deployment, GATEWAY)

    def begin(self, charge: Charge, at: int) -> StripeRecord:
        """The charge's intent, or what was recorded under its key before, whatever that was about."""
        values: Values = {
            "orderId": charge.order_id,
            "amount": charge.amount,
            "currency": charge.currency,
            "token": charge.token,
            "at": at,
        }
        if self._table.put(charge.key, values, version=None):
            return StripeRecord(
                charge.key, charge.order_id, charge.amount, charge.currency, charge.token, None, None, False, None
            )
        return self._read(charge.key)

    def intend(self, key: str, intent: str) -> StripeRecord:
        """This PaymentIntent is the key's, unless it has one, or was declined or voided meanwhile."""
        item = self._table.update(key, {"intent": intent}, unless=("intent", "outcome", "voidedAt"), gone="token")
        return self._read(key) if item is None else _record(key, item)

    def refuse(self, key: str) -> StripeRecord:
        """It is declined without a PaymentIntent, unless it has one."""
        item = self._table.update(key, {"outcome": "declined"}, unless=("intent", "outcome"), gone="token")
        return self._read(key) if item is None else _record(key, item)

    def settle(self, key: str, outcome: Outcome) -> StripeRecord:
        """What became of its PaymentIntent. That is final there, and so it is here."""
        item = self._table.update(key, {"outcome": outcome}, unless=("outcome",))
        return self._read(key) if item is None else _record(key, item)

    def void(self, key: str, at: int) -> StripeRecord:
        """From now on every charge under the key is declined, and no PaymentIntent becomes the key's."""
        item = self._table.update(key, {}, kept={"voidedAt": at, "orderId": order_of(key)})
        return self._read(key) if item is None else _record(key, item)

    def refund(self, key: str, amount: int) -> None:
        """The void is through, and gave so much back."""
        self._table.update(key, {"refunded": amount})

    def _read(self, key: str) -> StripeRecord:
        return _record(key, self._table.read(key) or {})


def _record(key: str, item: Item) -> StripeRecord:
    return StripeRecord(
        key,
        text(item, "orderId") or order_of(key),
        number(item, "amount"),
        text(item, "currency"),
        text(item, "token"),
        text(item, "intent"),
        cast("Outcome | None", text(item, "outcome")),
        "voidedAt" in item,
        number(item, "refunded"),
    )
