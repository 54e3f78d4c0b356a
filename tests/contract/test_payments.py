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
    SteppingClock,
    answer_of,
    answers,
    charge_of,
    moved,
    run_in_threads,
    told,
)


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


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a folder with % and ?.payments"


@pytest.fixture
def gateway(path: Path) -> Iterator[Gateway]:
    with closing(Gateway(path, SteppingClock(), timeout_ms=700)) as gateway:
        yield gateway


class TestGateway(PaymentsContract):
    @pytest.fixture
    def payments(self, gateway: Gateway) -> Payments:
        return gateway


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
@pytest.mark.parametrize("batched", [False, True])
def test_each_token_does_what_its_name_says(
    gateway: Gateway, token: str, charges: list[object], voids: list[object], ledger: list[str], batched: bool
) -> None:
    def run() -> None:
        assert answers(lambda: gateway.charge(charge_of(token)), 4) == charges
        assert answers(lambda: gateway.void("ord_1/1"), 4) == voids

    if batched:
        with gateway.batch(["ord_1/1"]):
            run()
    else:
        run()
    assert [f"{entry.kind} {entry.outcome}" for entry in gateway.payments_of("ord_1")] == ledger


def test_a_timeout_says_after_how_long(gateway: Gateway) -> None:
    with pytest.raises(PaymentTimeout) as caught:
        gateway.charge(charge_of("tok_timeout"))
    assert caught.value.after_ms == 700


def test_the_money_behind_a_timeout_has_moved(gateway: Gateway) -> None:
    answer_of(lambda: gateway.charge(charge_of("tok_timeout")))
    assert moved(gateway.payments_of("ord_1")) == 1998


def test_errors_are_counted_across_restarts(path: Path) -> None:
    seen = []
    for _ in range(3):
        with closing(Gateway(path, SteppingClock(), 700)) as gateway:
            seen.append(answer_of(partial(gateway.charge, charge_of("tok_flaky"))))
    assert seen == [PaymentError, PaymentError, APPROVED]


def test_the_ledger_tells_everything_of_one_order(gateway: Gateway) -> None:
    gateway.charge(charge_of("tok_approve", "ord_2/1", 7))
    gateway.charge(charge_of("tok_decline", "ord_1/1"))
    gateway.charge(charge_of("tok_approve", "ord_1/2"))
    gateway.void("ord_1/2")
    entries = gateway.payments_of("ord_1")
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
    assert gateway.payments_of("ord_") == []


def test_the_void_of_a_key_never_charged_is_its_orders(gateway: Gateway) -> None:
    gateway.void("ord_1/1")
    gateway.charge(charge_of())
    entries = gateway.payments_of("ord_1")
    assert told(entries) == [("void", 0, "approved"), ("charge", 1998, "declined")]
    assert [entry.currency for entry in entries] == [None, "USD"]


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
