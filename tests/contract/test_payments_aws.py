"""Table `payments`: two processes at one key of the shipped gateway, and keys of another gateway than the one set."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from botocore.exceptions import EndpointConnectionError

from ordermill.adapters.aws.deployment import Deployment
from ordermill.adapters.aws.payments_sandbox import ROUNDS, SandboxPayments
from ordermill.domain.errors import StorageUnavailable
from ordermill.ports.services import PaymentError, Payments, PaymentTimeout
from tests.contract import aws_services_kit as aws
from tests.contract.payments_kit import (
    APPROVED,
    DECLINED,
    TIMEOUT_MS,
    SteppingClock,
    answer_of,
    charge_of,
    moved,
    payment_table,
    stripe_payments,
    told,
)
from tests.stripe_stub import Stripe, serving


@pytest.fixture
def deployment() -> Iterator[Deployment]:
    with payment_table() as deployment:
        yield deployment


class BusyClock(SteppingClock):
    """Is looked at between reading a ledger and writing it: there another process does `work`, `times` times."""

    def __init__(self, work: Callable[[], object], times: int = 1) -> None:
        super().__init__()
        self._work, self._left = work, times

    def now_ms(self) -> int:
        if self._left:
            self._left -= 1
            self._work()
        return super().now_ms()


def sandbox(deployment: Deployment, clock: SteppingClock | None = None) -> SandboxPayments:
    return SandboxPayments(deployment, clock or SteppingClock(), TIMEOUT_MS)


class TestTwoAtOnce:
    def test_two_charges_under_one_key_are_one(self, deployment: Deployment) -> None:
        other = sandbox(deployment)
        one = sandbox(deployment, BusyClock(lambda: other.charge(charge_of())))
        assert one.charge(charge_of()) == APPROVED
        assert told(one.ledger_of("ord_1/1")) == [("charge", 1998, "approved")]

    def test_a_void_that_comes_first_wins(self, deployment: Deployment) -> None:
        other = sandbox(deployment)
        one = sandbox(deployment, BusyClock(lambda: other.void("ord_1/1")))
        assert one.charge(charge_of()) == DECLINED
        assert moved(one.ledger_of("ord_1/1")) == 0

    def test_a_void_gives_back_what_was_charged_while_it_looked(self, deployment: Deployment) -> None:
        other = sandbox(deployment)
        one = sandbox(deployment, BusyClock(lambda: other.charge(charge_of())))
        assert one.void("ord_1/1") == 1998
        assert moved(one.ledger_of("ord_1/1")) == 0

    def test_two_voids_give_back_once(self, deployment: Deployment) -> None:
        other = sandbox(deployment)
        other.charge(charge_of())
        one = sandbox(deployment, BusyClock(lambda: other.void("ord_1/1")))
        assert one.void("ord_1/1") == 1998
        assert told(one.ledger_of("ord_1/1")) == [("charge", 1998, "approved"), ("void", 1998, "approved")]

    def test_a_charge_that_was_lost_to_another_is_that_ones(self, deployment: Deployment) -> None:
        other = sandbox(deployment)
        timed_out = charge_of("tok_timeout_once")
        one = sandbox(deployment, BusyClock(lambda: answer_of(lambda: other.charge(timed_out))))
        assert one.charge(timed_out) == APPROVED

    def test_errors_that_come_at_once_are_all_in_the_ledger(self, deployment: Deployment) -> None:
        other, failing = sandbox(deployment), charge_of("tok_error")
        one = sandbox(deployment, BusyClock(lambda: answer_of(lambda: other.charge(failing)), times=3))
        assert answer_of(lambda: one.charge(failing)) == PaymentError
        assert [entry.outcome for entry in one.ledger_of("ord_1/1")] == ["error"] * 4

    def test_it_gives_up_where_others_never_end(self, deployment: Deployment) -> None:
        other, failing = sandbox(deployment), charge_of("tok_error")
        one = sandbox(deployment, BusyClock(lambda: answer_of(lambda: other.charge(failing)), times=ROUNDS))
        with pytest.raises(PaymentError, match="busy with this very payment"):
            one.charge(charge_of())
        assert len(one.ledger_of("ord_1/1")) == ROUNDS


@pytest.mark.parametrize("first", ["sandbox", "stripe"])
@pytest.mark.parametrize("began", ["charge", "void"])
def test_a_key_of_another_gateway_is_left_alone(deployment: Deployment, first: str, began: str) -> None:
    """What it moved is nothing that this one could find, or say that it gave back."""
    with serving(Stripe()) as stripe:
        gateways: dict[str, Payments] = {
            "sandbox": sandbox(deployment),
            "stripe": stripe_payments(deployment, stripe),
        }
        one = gateways.pop(first)
        (other,) = gateways.values()
        refunded = 1998 if began == "charge" else 0
        if began == "charge":
            assert one.charge(charge_of()) == APPROVED
        else:
            assert one.void("ord_1/1") == 0
        asked = len(stripe.requests)
        for call in (lambda: other.charge(charge_of()), lambda: other.void("ord_1/1")):
            with pytest.raises(PaymentError, match="begun with another payment gateway"):
                call()
        assert len(stripe.requests) == asked
        assert one.void("ord_1/1") == refunded
        assert one.charge(charge_of()) == DECLINED


@pytest.mark.parametrize("operation", ["GetItem", "PutItem"])
def test_a_table_that_is_away_is_no_answer_of_the_gateways(deployment: Deployment, operation: str) -> None:
    payments = sandbox(deployment)
    lost = EndpointConnectionError(endpoint_url="https://dynamodb")
    with aws.failing(deployment.client("dynamodb"), operation, lost), pytest.raises(StorageUnavailable):
        payments.charge(charge_of())
    assert payments.charge(charge_of()) == APPROVED
    assert told(payments.ledger_of("ord_1/1")) == [("charge", 1998, "approved")]


def test_what_is_read_is_the_last_that_was_written(deployment: Deployment) -> None:
    """moto's reads always are; DynamoDB's must be told."""
    asked: list[object] = []
    events = deployment.client("dynamodb").meta.events
    event = "provide-client-params.dynamodb.GetItem"
    events.register(event, lambda params, **_: asked.append(params["ConsistentRead"]), unique_id="asked")
    sandbox(deployment).charge(charge_of())
    sandbox(deployment).void("ord_1/1")
    events.unregister(event, unique_id="asked")
    assert asked == [True, True]


def test_a_timeout_is_in_the_ledger_before_it_is_told(deployment: Deployment) -> None:
    with pytest.raises(PaymentTimeout):
        sandbox(deployment).charge(charge_of("tok_timeout"))
    assert sandbox(deployment).void("ord_1/1") == 1998
