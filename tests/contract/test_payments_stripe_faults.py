"""The gateway Stripe: what becomes of a payment whatever goes wrong, and whoever else is at it."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from ordermill.adapters.aws.deployment import Deployment
from ordermill.adapters.aws.payments_stripe import StripePayments
from ordermill.adapters.aws.stripe_api import TRIES
from ordermill.domain.errors import StorageUnavailable
from ordermill.ports.services import PaymentError
from tests.contract.payments_kit import (
    APPROVED,
    DECLINED,
    Secrets,
    answer_of,
    payment_table,
    stripe_payments,
)
from tests.contract.stripe_kit import (
    CANCEL,
    CONFIRM,
    CREATE,
    FAULTS,
    REFUND,
    Beside,
    card,
    item_of,
    settled,
    unrecorded_from,
)
from tests.stripe_stub import BAD_CARD, GOOD_CARD, KEY, SAID, Fault, Operation, Stripe, serving


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


class TestFaults:
    @pytest.mark.parametrize("name", FAULTS)
    @pytest.mark.parametrize("operation", [CREATE, CONFIRM])
    @pytest.mark.parametrize(("times", "day_passes"), [(1, False), (TRIES + 1, True)])
    def test_a_charge_goes_through_once(
        self, deployment: Deployment, stripe: Stripe, operation: Operation, name: str, times: int, day_passes: bool
    ) -> None:
        """However often it has to be tried, by however many processes, and after Stripe forgot the idempotency key."""
        stripe.fail(operation, *[FAULTS[name]] * times)

        def call() -> object:
            if day_passes:
                stripe.forget()
            return stripe_payments(deployment, stripe).charge(card())

        assert settled(call) == APPROVED
        assert (stripe.charges, stripe.moved) == (1, 1998)
        assert stripe_payments(deployment, stripe).void("ord_1/1") == 1998
        assert stripe.moved == 0
        assert stripe_payments(deployment, stripe).charge(card()) == DECLINED

    @pytest.mark.parametrize("name", FAULTS)
    @pytest.mark.parametrize("operation", [CREATE, CONFIRM])
    def test_a_charge_of_unknown_outcome_is_voided_for_good(
        self, deployment: Deployment, stripe: Stripe, operation: Operation, name: str
    ) -> None:
        payments = stripe_payments(deployment, stripe)
        stripe.fail(operation, *[FAULTS[name]] * TRIES)
        charged = answer_of(lambda: payments.charge(card()))
        captured = stripe.moved
        stripe.forget()
        assert payments.void("ord_1/1") == captured
        assert stripe.moved == 0
        assert payments.charge(card()) == DECLINED
        assert payments.void("ord_1/1") == captured
        assert stripe.moved == 0
        assert charged in (PaymentError, APPROVED)

    @pytest.mark.parametrize("name", FAULTS)
    @pytest.mark.parametrize(("operation", "outcome_known"), [(CANCEL, False), (REFUND, True)])
    def test_a_void_goes_through_once(
        self, deployment: Deployment, stripe: Stripe, operation: Operation, name: str, outcome_known: bool
    ) -> None:
        payments = stripe_payments(deployment, stripe)
        if not outcome_known:
            stripe.fail(CONFIRM, *[Fault(takes_effect=True, lost=True)] * TRIES)
        answer_of(lambda: payments.charge(card()))
        assert stripe.moved == 1998
        stripe.fail(operation, *[FAULTS[name]] * (TRIES + 1))
        assert settled(lambda: payments.void("ord_1/1")) == 1998
        assert stripe.moved == 0
        asked = len(stripe.requests)
        assert [payments.void("ord_1/1") for _ in range(2)] == [1998] * 2
        assert len(stripe.requests) == asked

    @pytest.mark.parametrize("name", FAULTS)
    def test_a_decline_is_answered_once_it_is_final(self, deployment: Deployment, stripe: Stripe, name: str) -> None:
        stripe.fail(CANCEL, *[FAULTS[name]] * (TRIES + 1))
        assert settled(lambda: stripe_payments(deployment, stripe).charge(card(BAD_CARD))) == DECLINED
        assert stripe.intents["pi_1"]["status"] == "canceled"

    @pytest.mark.parametrize(
        ("fault", "tries"),
        [
            (Fault(400), 1),
            (Fault(401), 1),
            (Fault(403), 1),
            (Fault(429), TRIES),
            (Fault(409), TRIES),
            (Fault(500), TRIES),
            (Fault(500, {"stripe-should-retry": "false"}), 1),
            (Fault(400, {"stripe-should-retry": "true"}), TRIES),
        ],
    )
    def test_it_tries_again_what_may_pass_with_pauses_that_grow(
        self, deployment: Deployment, stripe: Stripe, fault: Fault, tries: int
    ) -> None:
        pauses: list[float] = []
        stripe.fail(CREATE, *[fault] * 5)
        payments = stripe_payments(deployment, stripe, pause=pauses.append)
        with pytest.raises(PaymentError, match=rf"^the payment gateway answered with an error \({fault.status}\)$"):
            payments.charge(card())
        assert len(stripe.requests) == tries
        assert len(pauses) == tries - 1
        assert all(low <= pause <= 2 * low for pause, low in zip(pauses, (0.25, 0.5), strict=False))

    def test_what_goes_wrong_is_told_without_secrets(
        self, payments: StripePayments, stripe: Stripe, caplog: pytest.LogCaptureFixture
    ) -> None:
        stripe.fail(CREATE, *[Fault(500)] * TRIES)
        with caplog.at_level(logging.DEBUG), pytest.raises(PaymentError):
            payments.charge(card())
        (record,) = [record for record in caplog.records if record.name.startswith("ordermill")]
        told = vars(record)
        assert [told[name] for name in ("orderId", "status", "code", "stripeRequestId")] == [
            "ord_1",
            500,
            "of_the_test",
            "req_1",
        ]
        assert KEY not in str(told)
        assert GOOD_CARD not in str(told)

    def test_a_permission_that_is_missing_is_named(
        self, payments: StripePayments, stripe: Stripe, caplog: pytest.LogCaptureFixture
    ) -> None:
        stripe.fail(CREATE, Fault(403))
        with pytest.raises(PaymentError):
            payments.charge(card())
        assert [vars(record)["said"] for record in caplog.records] == [SAID]

    def test_an_answer_that_is_no_json_is_an_error(self, deployment: Deployment) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"

            def answer() -> None:
                for _ in range(TRIES):
                    connection, _ = listener.accept()
                    with connection:
                        connection.recv(65536)
                        connection.sendall(
                            b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 6\r\nConnection: close\r\n\r\n<html>"
                        )

            thread = threading.Thread(target=answer, daemon=True)
            thread.start()
            payments = stripe_payments(deployment, Stripe(), url=url)
            with pytest.raises(PaymentError, match=r"an error \(502\)"):
                payments.charge(card())
            thread.join()

    def test_nobody_there_is_an_error(self, deployment: Deployment) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with pytest.raises(PaymentError, match="cannot be reached"):
            stripe_payments(deployment, Stripe(), url=url).charge(card())

    @pytest.mark.parametrize("key", [None, "", "  ", "sk_test_1\r\nx: y", "schlüssel"])
    def test_without_a_key_nobody_is_asked(self, deployment: Deployment, stripe: Stripe, key: str | None) -> None:
        payments = stripe_payments(deployment, stripe, secrets=Secrets(stripe_key=key))
        with pytest.raises(PaymentError, match="it has no key"):
            payments.charge(card())
        assert stripe.requests == []

    @pytest.mark.parametrize("url", ["http://api.stripe.com", "ftp://127.0.0.1", "api.stripe.com", ""])
    def test_no_key_goes_out_in_the_clear(self, deployment: Deployment, url: str) -> None:
        with pytest.raises(ValueError, match="not of HTTPS"):
            stripe_payments(deployment, Stripe(), url=url)


@pytest.mark.parametrize("when", ["before", "after"])
class TestTwoAtOnce:
    @pytest.mark.parametrize("operation", [CREATE, CONFIRM])
    @pytest.mark.parametrize("method", [GOOD_CARD, BAD_CARD])
    def test_a_void_while_a_charge_is_under_way_wins_in_the_end(
        self, deployment: Deployment, stripe: Stripe, when: str, operation: Operation, method: str
    ) -> None:
        one, other = stripe_payments(deployment, stripe), stripe_payments(deployment, stripe)
        beside = Beside(stripe, when, operation, lambda: other.void("ord_1/1"))
        answer = answer_of(lambda: one.charge(card(method)))
        assert beside.was_there
        assert stripe.moved == 0, "whatever the void found, nothing was moved behind it"
        assert answer == DECLINED
        assert ("intent" in item_of(deployment)) == (operation == CONFIRM), "a voided key gets none"
        assert beside.answer == (1998 if method == GOOD_CARD and (when, operation) == ("after", CONFIRM) else 0)
        assert one.charge(card()) == DECLINED
        assert one.void("ord_1/1") == beside.answer
        assert stripe.moved == 0

    @pytest.mark.parametrize("operation", [CREATE, CONFIRM])
    @pytest.mark.parametrize(("method", "answer"), [(GOOD_CARD, APPROVED), (BAD_CARD, DECLINED)])
    def test_two_charges_under_one_key_are_one(
        self, deployment: Deployment, stripe: Stripe, when: str, operation: Operation, method: str, answer: object
    ) -> None:
        one, other = stripe_payments(deployment, stripe), stripe_payments(deployment, stripe)
        beside = Beside(stripe, when, operation, lambda: other.charge(card(method)))
        stripe.forget()
        assert one.charge(card(method)) == answer
        assert beside.answer == answer
        assert stripe.charges == (answer == APPROVED)
        assert one.void("ord_1/1") == (1998 if answer == APPROVED else 0)
        assert stripe.moved == 0

    @pytest.mark.parametrize("refused", [False, True])
    def test_of_two_payment_intents_one_is_the_keys(
        self, deployment: Deployment, stripe: Stripe, when: str, refused: bool
    ) -> None:
        """The other process is a day late, and does not hear that it was paid; this one may be refused even."""
        one, other = stripe_payments(deployment, stripe), stripe_payments(deployment, stripe)

        def work() -> object:
            stripe.forget()
            stripe.fail(CONFIRM, *[Fault(takes_effect=True, lost=True)] * TRIES)
            return other.charge(card())

        if refused:
            stripe.fail(CREATE, *([Fault(takes_effect=True)] * (when == "before")), Fault(402))
        beside = Beside(stripe, when, CREATE, work)
        assert one.charge(card()) == APPROVED
        assert (beside.answer, stripe.charges) == (PaymentError, 1)
        assert one.void("ord_1/1") == 1998
        assert stripe.moved == 0

    @pytest.mark.parametrize("operation", [CANCEL, REFUND])
    @pytest.mark.parametrize("charges", [False, True])
    def test_two_voids_give_back_once_and_no_charge_comes_between(
        self, deployment: Deployment, stripe: Stripe, when: str, operation: Operation, charges: bool
    ) -> None:
        one, other = stripe_payments(deployment, stripe), stripe_payments(deployment, stripe)
        stripe.fail(CONFIRM, *[Fault(takes_effect=True, lost=True)] * TRIES)
        answer_of(lambda: one.charge(card()))
        work: Callable[[], object] = (lambda: other.charge(card())) if charges else (lambda: other.void("ord_1/1"))
        beside = Beside(stripe, when, operation, work)
        assert one.void("ord_1/1") == 1998
        assert beside.answer == (DECLINED if charges else 1998)
        assert (stripe.moved, stripe.charges) == (0, 1)


class TestDeaths:
    """Whatever is not recorded any more: the process is gone, or the table."""

    @pytest.mark.parametrize("operation", [CREATE, CONFIRM])
    @pytest.mark.parametrize("then", ["charge", "void"])
    def test_what_was_not_recorded_is_found_again(
        self, deployment: Deployment, stripe: Stripe, operation: Operation, then: str
    ) -> None:
        payments = stripe_payments(deployment, stripe)
        with unrecorded_from(deployment, stripe, operation), pytest.raises(StorageUnavailable):
            payments.charge(card())
        stripe.forget()
        if then == "charge":
            assert payments.charge(card()) == APPROVED
            assert (stripe.charges, stripe.moved) == (1, 1998)
        captured = stripe.moved
        assert payments.void("ord_1/1") == captured
        assert stripe.moved == 0
        assert payments.charge(card()) == DECLINED

    @pytest.mark.parametrize("operation", [CANCEL, REFUND])
    def test_a_void_that_was_not_recorded_answers_the_same_again(
        self, deployment: Deployment, stripe: Stripe, operation: Operation
    ) -> None:
        payments = stripe_payments(deployment, stripe)
        if operation == REFUND:
            payments.charge(card())
        else:
            with unrecorded_from(deployment, stripe, CONFIRM), pytest.raises(StorageUnavailable):
                payments.charge(card())
            stripe.intents["pi_1"] |= {"status": "requires_confirmation", "amount_received": 0}
        with unrecorded_from(deployment, stripe, operation), pytest.raises(StorageUnavailable):
            payments.void("ord_1/1")
        expected = 1998 if operation == REFUND else 0
        assert [payments.void("ord_1/1") for _ in range(2)] == [expected] * 2
        assert stripe.moved == 0
