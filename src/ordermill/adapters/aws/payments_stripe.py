"""The payment gateway Stripe.

A charge takes two steps. A PaymentIntent is made, which moves nothing, and its id recorded; then it is confirmed. So
there is one handle through which a key's money can move, known before it does, and good for ever: whoever finds a key
again, after a lost answer or a year, asks that PaymentIntent. Made and confirmed in one request it would be lost with
the answer, and after a day, when Stripe forgets idempotency keys, a repeat would charge again.

And Stripe itself holds to what was decided: a PaymentIntent ends as succeeded or as canceled. A decline is answered
once it is canceled, and a void cancels it, or refunds where it had succeeded; so of a charge and a void at the same
time either wins, and the other finds out.
"""

from __future__ import annotations

import logging
import ssl
import time
from collections.abc import Callable
from typing import Final, Literal, Protocol

from ordermill.adapters.aws.deployment import Deployment
from ordermill.adapters.aws.stripe_amounts import stripe_amount
from ordermill.adapters.aws.stripe_api import URL, StripeAnswer, StripeApi
from ordermill.adapters.aws.stripe_records import StripeRecord, StripeRecords
from ordermill.ports.ambient import Clock
from ordermill.ports.services import Charge, ChargeResult, PaymentError

log = logging.getLogger(__name__)

SECRET: Final = "stripe-key"  # noqa: S105 - its name
TEST_METHODS: Final = {"tok_approve": "pm_card_visa", "tok_decline": "pm_card_visa_chargeDeclined"}
"""What test tokens stand for, with a key of Stripe's test mode alone."""

_METHOD: Final = "pm_"
_SAID_MAX: Final = 300
_ROUNDS: Final = 4
"""Create and confirm, and as often again where another process was at the same charge."""
_OF_THE_ORDER: Final = frozenset({"payment_method", "amount", "currency"})
"""Members of a PaymentIntent that an order decides: where Stripe takes one not, another try would not help."""
_FAILED: Final = frozenset({"requires_payment_method", "requires_action"})
"""How a PaymentIntent stands whose card was declined, or asks for a customer who is not there."""

Ended = Literal["succeeded", "canceled"]


class Secrets(Protocol):
    """Where the key comes from."""

    def read(self, secret: str) -> str | None:
        """The secret, or None where it is not set."""
        ...


class StripePayments:
    """The port `Payments` on Stripe. Any number of processes may call."""

    def __init__(
        self,
        deployment: Deployment,
        clock: Clock,
        secrets: Secrets,
        timeout_ms: int,
        url: str = URL,
        *,
        pause: Callable[[float], object] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`timeout_ms` is how long one charge or void may take; `url` is another than Stripe's only in tests.

        Raises ValueError if `url` is neither of HTTPS nor on this machine.
        """
        self._clock, self._records = clock, StripeRecords(deployment)
        self._api = StripeApi(lambda: secrets.read(SECRET), timeout_ms, url, pause=pause, monotonic=monotonic, tls=tls)

    def charge(self, charge: Charge) -> ChargeResult:
        """See `Payments.charge`. Raises StorageUnavailable, and ValueError on an amount below zero."""
        if charge.amount < 0:
            raise ValueError(f"cannot charge {charge.amount}")
        until = self._api.deadline()
        record = self._records.begin(charge, self._clock.now_ms())
        for _ in range(_ROUNDS):
            if record.answer is not None:
                return record.answer
            record = self._create(record, until) if record.intent is None else self._confirm(record, until)
        if record.answer is None:
            raise PaymentError("the payment gateway is busy with this very payment")
        return record.answer

    def void(self, key: str) -> int:
        """See `Payments.void`. Raises StorageUnavailable."""
        until = self._api.deadline()
        record = self._records.void(key, self._clock.now_ms())
        if record.refunded is not None:
            return record.refunded
        amount = self._give_back(record, until)
        self._records.refund(key, amount)
        return amount

    def _create(self, record: StripeRecord, until: float) -> StripeRecord:
        """Make the PaymentIntent, which moves nothing."""
        amount = stripe_amount(record.amount or 0, record.currency or "")
        method = self._method(record.token or "")
        if amount is None or method is None:
            log.warning("Stripe cannot charge this amount or token", extra={"orderId": record.order_id})
            return self._records.refuse(record.key)
        fields = {
            "amount": str(amount),
            "currency": (record.currency or "").lower(),
            "payment_method": method,
            "payment_method_types[]": "card",
            "capture_method": "automatic",
            "description": record.order_id,
            "metadata[orderId]": record.order_id,
            "metadata[key]": record.key,
        }
        answer = self._api.post("payment_intents", fields, until, idempotency_key=record.key)
        intent = answer.body.get("id")
        if answer.status == 200 and isinstance(intent, str):
            return self._records.intend(record.key, intent)
        if _is_refusal(answer):
            _note(answer, record, "Stripe takes no such payment")
            return self._records.refuse(record.key)
        raise _failure(answer, record)

    def _confirm(self, record: StripeRecord, until: float) -> StripeRecord:
        """Have the money moved. Of one that is confirmed, Stripe says how it ended."""
        answer = self._changed(record, "confirm", {"error_on_requires_action": "true"}, until)
        status = answer.intent_status
        if status == "succeeded":
            return self._records.settle(record.key, "approved")
        if status == "canceled":
            return self._records.settle(record.key, "declined")
        if status in _FAILED or _is_refusal(answer):
            # Only canceled it can not be confirmed any more, by whoever is at it beside us.
            ended = self._cancel(record, until)
            return self._records.settle(record.key, "declined" if ended == "canceled" else "approved")
        raise _failure(answer, record)

    def _give_back(self, record: StripeRecord, until: float) -> int:
        if record.intent is None or record.outcome == "declined":
            # Nothing moved, and nothing will: no PaymentIntent becomes a voided key's.
            return 0
        if record.outcome != "approved" and self._cancel(record, until) == "canceled":
            return 0
        # Without an idempotency key, as a failure would be repeated with it; a second whole refund is refused.
        answer = self._api.post("refunds", {"payment_intent": record.intent}, until)
        if answer.code == "charge_already_refunded" or answer.body.get("status") in ("succeeded", "pending"):
            return record.amount or 0
        raise _failure(answer, record)

    def _cancel(self, record: StripeRecord, until: float) -> Ended:
        """How the PaymentIntent ended, now at the latest."""
        answer = self._changed(record, "cancel", {}, until)
        status = answer.intent_status
        if status == "succeeded":
            return "succeeded"
        if status == "canceled":
            return "canceled"
        raise _failure(answer, record)

    def _changed(self, record: StripeRecord, how: str, fields: dict[str, str], until: float) -> StripeAnswer:
        """What Stripe says to a change of the PaymentIntent; where that is too late, how it stands."""
        path = f"payment_intents/{record.intent}"
        answer = self._api.post(f"{path}/{how}", fields, until)
        if answer.code == "payment_intent_unexpected_state" and answer.intent_status is None:
            return self._api.get(path, until)
        return answer

    def _method(self, token: str) -> str | None:
        """The PaymentMethod that a token stands for."""
        if token in TEST_METHODS:
            return TEST_METHODS[token] if self._api.is_test else None
        return token if token.startswith(_METHOD) else None


def _is_refusal(answer: StripeAnswer) -> bool:
    """Whether it is this payment that Stripe does not take: its card, its amount, its currency."""
    return answer.status == 402 or (answer.status in (400, 404) and answer.error.get("param") in _OF_THE_ORDER)


def _failure(answer: StripeAnswer, record: StripeRecord) -> PaymentError:
    if answer.status < 400:
        _note(answer, record, "Stripe has not finished with a payment")
        return PaymentError("the payment gateway has not finished with the payment")
    _note(answer, record, "Stripe answered with an error")
    return PaymentError(f"the payment gateway answered with an error ({answer.status})")


def _note(answer: StripeAnswer, record: StripeRecord, what: str) -> None:
    """What Stripe's support and dashboard find it by; its message, which may quote anything, only of our key."""
    told = {
        "orderId": record.order_id,
        "status": answer.status,
        "code": answer.code or answer.error.get("type"),
        "stripeRequestId": answer.request_id,
    }
    if answer.status == 403:
        # It names the permission that is missing.
        told["said"] = str(answer.error.get("message", ""))[:_SAID_MAX]
    log.warning(what, extra=told)
