"""The gateway Stripe: what it is asked, what it means, in how much time, and what is given back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ordermill.adapters.aws.deployment import Deployment
from ordermill.adapters.aws.payments_stripe import StripePayments
from ordermill.adapters.aws.stripe_api import TRIES
from ordermill.ports.services import Charge, PaymentError, PaymentTimeout
from tests.contract.payments_kit import (
    APPROVED,
    DECLINED,
    Secrets,
    answer_of,
    charge_of,
    payment_table,
    stripe_payments,
)
from tests.contract.stripe_kit import (
    CANCEL,
    CONFIRM,
    CREATE,
    REFUND,
    card,
    item_of,
)
from tests.stripe_stub import BAD_CARD, GOOD_CARD, KEY, STRICT_CARD, Fault, Operation, Stripe, serving


@pytest.fixture
def stripe() -> Iterator[Stripe]:
    with serving(Stripe()) as running:
        yield running


@pytest.fixture
def deployment() -> Iterator[Deployment]:
    with payment_table() as deployment:
        yield deployment


@pytest.fixture
def payments(deployment: Deployment, stripe: Stripe) -> StripePayments:
    return stripe_payments(deployment, stripe)


class TestCharging:
    def test_a_payment_is_made_first_and_confirmed_then(self, payments: StripePayments, stripe: Stripe) -> None:
        assert payments.charge(card()) == APPROVED
        create, confirm = stripe.requests
        assert (create.operation, confirm.operation, confirm.intent) == (CREATE, CONFIRM, "pi_1")
        assert create.fields == {
            "amount": "1998",
            "currency": "usd",
            "payment_method": GOOD_CARD,
            "payment_method_types[]": "card",
            "capture_method": "automatic",
            "description": "ord_1",
            "metadata[orderId]": "ord_1",
            "metadata[key]": "ord_1/1",
        }
        assert create.headers["idempotency-key"] == "ord_1/1"
        assert create.headers["user-agent"].startswith("ordermill/")
        assert confirm.fields == {"error_on_requires_action": "true"}
        assert (stripe.moved, stripe.charges) == (1998, 1)

    def test_the_intent_is_recorded_before_anything_is_asked(
        self, payments: StripePayments, stripe: Stripe, deployment: Deployment
    ) -> None:
        seen: list[dict[str, Any]] = []
        stripe.before = lambda _: seen.append(item_of(deployment))
        payments.charge(card())
        assert {name: value for name, value in seen[0].items() if name != "at"} == {
            "paymentKey": {"S": "ord_1/1"},
            "gateway": {"S": "stripe"},
            "orderId": {"S": "ord_1"},
            "amount": {"N": "1998"},
            "currency": {"S": "USD"},
            "token": {"S": GOOD_CARD},
        }
        assert seen[1]["intent"] == {"S": "pi_1"}
        assert "token" not in seen[1], "Stripe has it now"

    def test_a_repeat_asks_nobody(self, payments: StripePayments, stripe: Stripe) -> None:
        payments.charge(card())
        asked = len(stripe.requests)
        assert [payments.charge(card()) for _ in range(2)] == [APPROVED] * 2
        assert len(stripe.requests) == asked

    @pytest.mark.parametrize("method", [BAD_CARD, STRICT_CARD])
    def test_a_card_that_is_declined_stays_so_at_stripe_too(
        self, payments: StripePayments, stripe: Stripe, method: str
    ) -> None:
        """Also one that asks for a customer who is not there."""
        assert payments.charge(card(method)) == DECLINED
        assert stripe.operations == [CREATE, CONFIRM, CANCEL]
        assert stripe.intents["pi_1"]["status"] == "canceled"
        assert payments.charge(card(method)) == DECLINED
        assert payments.void("ord_1/1") == 0
        assert len(stripe.operations) == 3

    @pytest.mark.parametrize(
        "charge", [card("pm_no_such"), card(amount=49), card(amount=10**8), card(currency="XYZ"), card("card_1")]
    )
    def test_what_stripe_will_never_take_is_declined(
        self, payments: StripePayments, stripe: Stripe, deployment: Deployment, charge: Charge
    ) -> None:
        assert [payments.charge(charge) for _ in range(2)] == [DECLINED] * 2
        assert (stripe.intents, stripe.operations.count("create") <= 1) == ({}, True)
        assert "token" not in item_of(deployment)
        assert payments.void("ord_1/1") == 0

    def test_a_payment_that_stripe_fails_for_good_is_declined(self, payments: StripePayments, stripe: Stripe) -> None:
        stripe.fail(CREATE, Fault(402))
        assert [payments.charge(card()) for _ in range(2)] == [DECLINED] * 2
        assert stripe.operations == [CREATE]

    @pytest.mark.parametrize(
        ("token", "key", "answer", "asked"),
        [
            ("tok_approve", KEY, APPROVED, 2),
            ("tok_approve", KEY.replace("sk_", "rk_"), PaymentError, 1),
            ("tok_decline", KEY, DECLINED, 3),
            ("tok_error", KEY, DECLINED, 0),
            ("tok_approve", "sk_live_1", DECLINED, 0),
            ("tok_decline", "rk_live_1", DECLINED, 0),
        ],
    )
    def test_test_tokens_stand_for_test_cards_in_test_mode_alone(
        self, deployment: Deployment, stripe: Stripe, token: str, key: str, answer: object, asked: int
    ) -> None:
        payments = stripe_payments(deployment, stripe, secrets=Secrets(stripe_key=key))
        assert answer_of(lambda: payments.charge(charge_of(token))) == answer
        assert len(stripe.requests) == asked

    @pytest.mark.parametrize(
        ("amount", "currency", "written"),
        [(500, "JPY", "500"), (500, "ISK", "50000"), (1230, "KWD", "1230"), (12300, "MGA", "123"), (70, "EUR", "70")],
    )
    def test_amounts_are_written_as_stripe_counts(
        self, payments: StripePayments, stripe: Stripe, amount: int, currency: str, written: str
    ) -> None:
        assert payments.charge(card(amount=amount, currency=currency)).captured == amount
        assert (stripe.requests[0].fields["amount"], stripe.requests[0].fields["currency"]) == (
            written,
            currency.lower(),
        )
        assert payments.void("ord_1/1") == amount
        assert stripe.moved == 0

    def test_an_amount_below_zero_is_none(self, payments: StripePayments) -> None:
        with pytest.raises(ValueError, match="cannot charge -1"):
            payments.charge(card(amount=-1))


class TestTime:
    @pytest.mark.parametrize("operation", [CREATE, CONFIRM])
    def test_no_answer_in_time_leaves_it_open_and_a_repeat_finds_out(
        self, deployment: Deployment, stripe: Stripe, operation: Operation
    ) -> None:
        stripe.fail(operation, Fault(takes_effect=True, until=stripe.ended))
        with pytest.raises(PaymentTimeout) as raised:
            stripe_payments(deployment, stripe, timeout_ms=200).charge(card())
        assert raised.value.after_ms == 200
        stripe.forget()
        assert stripe_payments(deployment, stripe).charge(card()) == APPROVED
        assert stripe.charges == 1

    def test_a_void_without_an_answer_is_repeated(self, deployment: Deployment, stripe: Stripe) -> None:
        stripe_payments(deployment, stripe).charge(card())
        stripe.fail(REFUND, Fault(takes_effect=True, until=stripe.ended))
        with pytest.raises(PaymentTimeout):
            stripe_payments(deployment, stripe, timeout_ms=200).void("ord_1/1")
        assert stripe_payments(deployment, stripe).void("ord_1/1") == 1998
        assert stripe.moved == 0

    def test_one_budget_holds_for_all_requests(self, deployment: Deployment, stripe: Stripe) -> None:
        """After it nothing is asked any more: whoever waited is gone."""
        now = [0.0]

        def passed(operation: Operation) -> None:
            now[0] += 0.8

        stripe.after = passed
        payments = stripe_payments(deployment, stripe, timeout_ms=700, monotonic=lambda: now[0])
        with pytest.raises(PaymentTimeout):
            payments.charge(card())
        assert stripe.operations == [CREATE]
        assert stripe.moved == 0

    def test_a_pause_that_would_outlast_the_budget_is_not_made(self, deployment: Deployment, stripe: Stripe) -> None:
        pauses: list[float] = []
        stripe.fail(CREATE, Fault(503))
        payments = stripe_payments(deployment, stripe, timeout_ms=240, monotonic=lambda: 0.0, pause=pauses.append)
        with pytest.raises(PaymentError, match="503"):
            payments.charge(card())
        assert (pauses, len(stripe.requests)) == ([], 1)


class TestRefunds:
    @pytest.fixture
    def charged(self, payments: StripePayments) -> StripePayments:
        payments.charge(card())
        return payments

    @pytest.mark.parametrize("status", ["failed", "canceled", "requires_action"])
    def test_one_that_fails_is_tried_again(self, charged: StripePayments, stripe: Stripe, status: str) -> None:
        stripe.refund_status = status
        assert answer_of(lambda: charged.void("ord_1/1")) == PaymentError
        assert charged.charge(card()) == DECLINED
        stripe.refund_status = "succeeded"
        assert charged.void("ord_1/1") == 1998
        assert stripe.moved == 0

    def test_one_that_takes_its_time_is_one(self, charged: StripePayments, stripe: Stripe) -> None:
        stripe.refund_status = "pending"
        assert charged.void("ord_1/1") == 1998

    def test_one_of_what_is_known_to_be_captured_needs_no_more(self, charged: StripePayments, stripe: Stripe) -> None:
        charged.void("ord_1/1")
        assert stripe.operations == [CREATE, CONFIRM, REFUND]

    @pytest.mark.parametrize("then", ["charge", "void"])
    def test_how_a_payment_stands_is_asked_where_an_error_does_not_say(
        self, payments: StripePayments, stripe: Stripe, then: str
    ) -> None:
        stripe.terse = True
        stripe.fail(CONFIRM, *[Fault(takes_effect=True, lost=True)] * TRIES)
        answer_of(lambda: payments.charge(card()))
        if then == "charge":
            assert payments.charge(card()) == APPROVED
        assert payments.void("ord_1/1") == 1998
        assert (stripe.operations.count("retrieve"), stripe.moved) == (1, 0)

    def test_what_staff_gave_back_in_part_is_given_back_whole(self, charged: StripePayments, stripe: Stripe) -> None:
        stripe.intents["pi_1"]["refunded"] = 500
        assert charged.void("ord_1/1") == 1998
        assert stripe.moved == 0

    def test_what_staff_gave_back_is_not_given_back_twice(self, charged: StripePayments, stripe: Stripe) -> None:
        stripe.intents["pi_1"]["refunded"] = 1998
        assert charged.void("ord_1/1") == 1998
        assert stripe.moved == 0

    def test_a_payment_that_is_still_under_way_is_waited_for(self, payments: StripePayments, stripe: Stripe) -> None:
        stripe.fail(CONFIRM, *[Fault(lost=True)] * TRIES)
        answer_of(lambda: payments.charge(card()))
        stripe.intents["pi_1"]["status"] = "processing"
        assert answer_of(lambda: payments.void("ord_1/1")) == PaymentError
        assert payments.charge(card()) == DECLINED
        stripe.intents["pi_1"] |= {"status": "succeeded", "amount_received": 1998}
        assert payments.void("ord_1/1") == 1998
        assert stripe.moved == 0
