"""What the tests of the gateway Stripe share: faults, cards, and what happens beside a request."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from botocore.exceptions import EndpointConnectionError
from msgspec.structs import replace

from ordermill.adapters.aws.deployment import Deployment
from ordermill.ports.services import Charge
from tests.contract import aws_services_kit as aws
from tests.contract.payments_kit import answer_of, charge_of
from tests.stripe_stub import GOOD_CARD, Fault, Operation, Stripe

CREATE: Operation = "create"
CONFIRM: Operation = "confirm"
CANCEL: Operation = "cancel"
REFUND: Operation = "refund"
FAULTS = {
    "rate limit": Fault(429),
    "conflict": Fault(409),
    "error": Fault(500),
    "error with effect": Fault(500, takes_effect=True),
    "unavailable": Fault(503, {"stripe-should-retry": "true"}),
    "forbidden": Fault(403),
    "lost request": Fault(lost=True),
    "lost answer": Fault(takes_effect=True, lost=True),
}


def settled(call: Callable[[], Any], times: int = 10) -> Any:
    """The first answer that is no error, as redeliveries find it."""
    for _ in range(times):
        answer = answer_of(call)
        if not isinstance(answer, type):
            return answer
    return answer


def card(method: str = GOOD_CARD, amount: int = 1998, currency: str = "USD") -> Charge:
    return replace(charge_of(method, amount=amount), currency=currency)


def item_of(deployment: Deployment) -> dict[str, Any]:
    found = deployment.client("dynamodb").get_item(
        TableName=deployment.name("payments"), Key={"paymentKey": {"S": "ord_1/1"}}
    )
    item: dict[str, Any] = found["Item"]
    return item


class Beside:
    """Another process, that does `work` once, when the first does its request `operation`."""

    def __init__(self, stripe: Stripe, when: str, operation: Operation, work: Callable[[], object]) -> None:
        self.answer: object = None
        self.was_there = False
        self._operation, self._work = operation, work
        setattr(stripe, when, self._step)

    def _step(self, operation: Operation) -> None:
        if operation == self._operation and not self.was_there:
            self.was_there = True
            self.answer = answer_of(self._work)


@contextmanager
def unrecorded_from(deployment: Deployment, stripe: Stripe, operation: Operation) -> Iterator[None]:
    """From the first request of a kind on, and until the end, the table takes no change."""
    failed: list[Operation] = []
    with ExitStack() as failing:

        def after(done: Operation) -> None:
            if done == operation and not failed:
                failed.append(done)
                lost = EndpointConnectionError(endpoint_url="https://dynamodb")
                failing.enter_context(aws.failing(deployment.client("dynamodb"), "UpdateItem", lost))

        stripe.after = after
        yield
        stripe.after = lambda _: None
    assert failed
