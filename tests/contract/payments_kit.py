"""What every payment gateway is held to, and what the tests of payments share: gateways, a clock, charges, ledgers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ordermill.adapters.aws.deployment import Deployment
from ordermill.adapters.aws.payments_sandbox import SandboxPayments
from ordermill.adapters.aws.payments_stripe import StripePayments
from ordermill.adapters.local.payments import Gateway
from ordermill.adapters.payment_tokens import LedgerEntry
from ordermill.ports.services import Charge, ChargeResult, PaymentError, Payments
from tests.contract import aws_services_kit as aws
from tests.stripe_stub import KEY, Stripe

APPROVED = ChargeResult("approved", 1998)
DECLINED = ChargeResult("declined", 0)
TIMEOUT_MS = 700
PATIENT_MS = 30_000
"""For Stripe's stub, where nothing is to take long but what a test holds back."""


class PaymentsContract:
    """Holds any adapter of the port `Payments` to it: subclass, and give the fixture `payments`."""

    def test_an_approved_charge_captures_its_amount(self, payments: Payments) -> None:
        assert payments.charge(charge_of()) == APPROVED

    @pytest.mark.parametrize(("token", "answer"), [("tok_approve", APPROVED), ("tok_decline", DECLINED)])
    def test_a_repeat_answers_what_the_first_did(self, payments: Payments, token: str, answer: ChargeResult) -> None:
        assert [payments.charge(charge_of(token)) for _ in range(3)] == [answer] * 3

    def test_a_repeat_for_another_amount_moves_nothing_more(self, payments: Payments) -> None:
        payments.charge(charge_of(amount=1998))
        assert payments.charge(charge_of(amount=5000)) == APPROVED
        assert payments.void("ord_1/1") == 1998

    def test_keys_are_independent(self, payments: Payments) -> None:
        payments.charge(charge_of("tok_decline", "ord_1/1"))
        assert payments.charge(charge_of("tok_approve", "ord_1/2")) == APPROVED

    def test_a_void_refunds_what_was_captured_and_says_so_again(self, payments: Payments) -> None:
        payments.charge(charge_of())
        assert [payments.void("ord_1/1") for _ in range(3)] == [1998] * 3

    @pytest.mark.parametrize("token", ["tok_decline", None])
    def test_a_void_of_nothing_refunds_nothing(self, payments: Payments, token: str | None) -> None:
        if token is not None:
            payments.charge(charge_of(token))
        assert payments.void("ord_1/1") == 0

    @pytest.mark.parametrize("charged_before", [True, False])
    def test_a_charge_after_a_void_is_declined(self, payments: Payments, charged_before: bool) -> None:
        if charged_before:
            payments.charge(charge_of())
        refund = payments.void("ord_1/1")
        assert payments.charge(charge_of()) == DECLINED
        assert payments.void("ord_1/1") == refund


class SteppingClock:
    """A millisecond later at every look."""

    def __init__(self) -> None:
        self.ms = 1_763_640_000_000

    def now_ms(self) -> int:
        self.ms += 1
        return self.ms


def charge_of(token: str = "tok_approve", key: str = "ord_1/1", amount: int = 1998) -> Charge:
    return Charge(key, key.partition("/")[0], amount, "USD", token)


def answers(call: Callable[[], object], times: int) -> list[object]:
    """What each call gave: its result, or the type of the error."""
    return [answer_of(call) for _ in range(times)]


def answer_of(call: Callable[[], object]) -> object:
    try:
        return call()
    except PaymentError as error:
        return type(error)


def told(entries: list[LedgerEntry]) -> list[tuple[str, int, str]]:
    return [(entry.kind, entry.amount, entry.outcome) for entry in entries]


def moved(entries: list[LedgerEntry]) -> int:
    sign = {"charge": 1, "void": -1}
    return sum(sign[entry.kind] * entry.amount for entry in entries if entry.outcome == "approved")


def run_in_threads(works: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def charge_together(gateway: Gateway, *charges: Charge, and_then: Callable[[], object] | None = None) -> None:
    with gateway.batch([charge.key for charge in charges]):
        for charge in charges:
            gateway.charge(charge)
        if and_then is not None:
            and_then()


@dataclass(frozen=True)
class Shipped:
    """The shipped gateway in one world; `again` opens it anew, `together` goes around calls."""

    payments: Payments
    ledger: Callable[[str], list[LedgerEntry]]
    again: Callable[[], AbstractContextManager[Payments]]
    together: Callable[[list[str]], AbstractContextManager[None]]


@contextmanager
def shipped_in(world: str, folder: Path) -> Iterator[Shipped]:
    """`world` is `local`, `local batch` or `aws`."""
    if world == "aws":
        with payment_table() as deployment:
            yield _sandbox(deployment)
        return
    path = folder / "a folder with % and ?.payments"
    with closing(Gateway(path, SteppingClock(), TIMEOUT_MS)) as gateway:
        together = gateway.batch if world == "local batch" else lambda _: nullcontext()
        again = lambda: closing(Gateway(path, SteppingClock(), TIMEOUT_MS))  # noqa: E731
        yield Shipped(gateway, gateway.payments_of, again, together)


def _sandbox(deployment: Deployment) -> Shipped:
    payments = SandboxPayments(deployment, SteppingClock(), TIMEOUT_MS)

    def ledger(order_id: str) -> list[LedgerEntry]:
        entries = [entry for attempt in (1, 2) for entry in payments.ledger_of(f"{order_id}/{attempt}")]
        return sorted(entries, key=lambda entry: entry.at)

    again = lambda: nullcontext(SandboxPayments(deployment, SteppingClock(), TIMEOUT_MS))  # noqa: E731
    return Shipped(payments, ledger, again, lambda _: nullcontext())


@contextmanager
def payment_table() -> Iterator[Deployment]:
    """A deployment with table `payments`, as Terraform makes it."""
    with aws.deployed() as deployment:
        deployment.client("dynamodb").create_table(
            TableName=deployment.name("payments"),
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "paymentKey", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "paymentKey", "KeyType": "HASH"}],
        )
        yield deployment


class Secrets:
    """Those of the parameter store."""

    def __init__(self, **secrets: str | None) -> None:
        self.secrets = secrets

    def read(self, secret: str) -> str | None:
        return self.secrets[secret.replace("-", "_")]


def stripe_payments(deployment: Deployment, stripe: Stripe, **options: Any) -> StripePayments:
    """One process; its pauses take no time."""
    given = {"secrets": Secrets(stripe_key=KEY), "timeout_ms": PATIENT_MS, "url": stripe.url, "pause": lambda _: None}
    return StripePayments(deployment, SteppingClock(), **{**given, **options})
