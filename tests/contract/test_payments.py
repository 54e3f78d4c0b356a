"""What every payment gateway must do, and what the shipped one does besides: its tokens, ledger and batches."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import msgspec
import pytest

from ordermill.adapters.local.payments import Gateway
from ordermill.ports.services import ChargeResult, PaymentError, Payments, PaymentTimeout
from tests.contract.payments_kit import (
    APPROVED,
    DECLINED,
    TIMEOUT_MS,
    PaymentsContract,
    Shipped,
    SteppingClock,
    answer_of,
    answers,
    charge_of,
    moved,
    payment_table,
    run_in_threads,
    shipped_in,
    stripe_payments,
    told,
)
from tests.stripe_stub import Stripe, serving


@pytest.fixture(params=["local", "aws"])
def shipped(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shipped]:
    with shipped_in(request.param, tmp_path) as opened:
        yield opened


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    with closing(Gateway(tmp_path / "a folder with % and ?.payments", SteppingClock(), TIMEOUT_MS)) as gateway:
        yield gateway


class TestShipped(PaymentsContract):
    @pytest.fixture
    def payments(self, shipped: Shipped) -> Payments:
        return shipped.payments


class TestStripe(PaymentsContract):
    @pytest.fixture
    def payments(self) -> Iterator[Payments]:
        with serving(Stripe()) as stripe, payment_table() as deployment:
            yield stripe_payments(deployment, stripe)


@pytest.mark.parametrize(
    ("token", "charges", "voids", "ledger"),
    [
        ("tok_approve", [APPROVED] * 4, [1998] * 4, ["charge approved", "void approved"]),
        ("tok_decline", [DECLINED] * 4, [0] * 4, ["charge declined", "void approved"]),
        ("tok_error", [PaymentError] * 4, [0] * 4, ["charge error"] * 4 + ["void approved"]),
        (
            "tok_flaky",
            [PaymentError, PaymentError, APPROVED, APPROVED],
            [1998] * 4,
            ["charge error", "charge error", "charge approved", "void approved"],
        ),
        ("tok_timeout", [PaymentTimeout] * 4, [1998] * 4, ["charge approved", "void approved"]),
        ("tok_timeout_once", [PaymentTimeout] + [APPROVED] * 3, [1998] * 4, ["charge approved", "void approved"]),
        (
            "tok_refund_flaky",
            [APPROVED] * 4,
            [PaymentError, PaymentError, 1998, 1998],
            ["charge approved", "void error", "void error", "void approved"],
        ),
        ("tok_refund_fail", [APPROVED] * 4, [PaymentError] * 4, ["charge approved"] + ["void error"] * 4),
        ("tok_unheard_of", [DECLINED] * 4, [0] * 4, ["charge declined", "void approved"]),
    ],
)
@pytest.mark.parametrize("shipped", ["local", "local batch", "aws"], indirect=True)
def test_each_token_does_what_its_name_says(
    shipped: Shipped, token: str, charges: list[object], voids: list[object], ledger: list[str]
) -> None:
    with shipped.together(["ord_1/1"]):
        assert answers(lambda: shipped.payments.charge(charge_of(token)), 4) == charges
        assert answers(lambda: shipped.payments.void("ord_1/1"), 4) == voids
    assert [f"{entry.kind} {entry.outcome}" for entry in shipped.ledger("ord_1")] == ledger


def test_a_timeout_says_after_how_long(shipped: Shipped) -> None:
    with pytest.raises(PaymentTimeout) as caught:
        shipped.payments.charge(charge_of("tok_timeout"))
    assert caught.value.after_ms == TIMEOUT_MS


def test_the_money_behind_a_timeout_has_moved(shipped: Shipped) -> None:
    answer_of(lambda: shipped.payments.charge(charge_of("tok_timeout")))
    assert moved(shipped.ledger("ord_1")) == 1998


def test_errors_are_counted_across_restarts(shipped: Shipped) -> None:
    seen = []
    for _ in range(3):
        with shipped.again() as payments:
            seen.append(answer_of(partial(payments.charge, charge_of("tok_flaky"))))
    assert seen == [PaymentError, PaymentError, APPROVED]


def test_the_ledger_tells_everything_of_one_order(shipped: Shipped) -> None:
    shipped.payments.charge(charge_of("tok_approve", "ord_2/1", 7))
    shipped.payments.charge(charge_of("tok_decline", "ord_1/1"))
    shipped.payments.charge(charge_of("tok_approve", "ord_1/2"))
    shipped.payments.void("ord_1/2")
    entries = shipped.ledger("ord_1")
    first = msgspec.to_builtins(entries[0])
    assert first.pop("paymentId").startswith("pay_")
    assert first == {
        "orderId": "ord_1",
        "kind": "charge",
        "key": "ord_1/1",
        "amount": 1998,
        "currency": "USD",
        "outcome": "declined",
        "at": 1_763_640_000_002,
    }
    assert told(entries) == [("charge", 1998, "declined"), ("charge", 1998, "approved"), ("void", 1998, "approved")]
    assert [entry.key for entry in entries] == ["ord_1/1", "ord_1/2", "ord_1/2"]
    assert len({entry.payment_id for entry in entries}) == 3
    assert shipped.ledger("ord_") == []


def test_the_void_of_a_key_never_charged_is_its_orders(shipped: Shipped) -> None:
    shipped.payments.void("ord_1/1")
    shipped.payments.charge(charge_of())
    entries = shipped.ledger("ord_1")
    assert told(entries) == [("void", 0, "approved"), ("charge", 1998, "declined")]
    assert [(entry.order_id, entry.currency) for entry in entries] == [("ord_1", None), ("ord_1", "USD")]


@pytest.mark.parametrize("amount", [-1, 2**63])
def test_an_amount_that_is_none_leaves_no_trace(shipped: Shipped, amount: int) -> None:
    with pytest.raises(ValueError, match="cannot charge"):
        shipped.payments.charge(charge_of(amount=amount))
    assert shipped.ledger("ord_1") == []
    assert shipped.payments.charge(charge_of()) == APPROVED


@pytest.mark.parametrize("amount", [-1, 2**63])
def test_an_amount_that_is_none_spoils_no_batch(gateway: Gateway, amount: int) -> None:
    with gateway.batch():
        gateway.charge(charge_of())
        with pytest.raises(ValueError, match="cannot charge"):
            gateway.charge(charge_of(key="ord_2/1", amount=amount))
    assert moved(gateway.payments_of("ord_1")) == 1998
    assert gateway.payments_of("ord_2") == []


def test_one_charge_comes_of_many_threads(gateway: Gateway) -> None:
    start = threading.Barrier(8)
    results: list[ChargeResult] = []

    def work() -> None:
        start.wait()
        results.append(gateway.charge(charge_of()))

    run_in_threads([work] * 8)
    assert results == [APPROVED] * 8
    assert told(gateway.payments_of("ord_1")) == [("charge", 1998, "approved")]
