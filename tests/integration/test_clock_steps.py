"""The clock is set while orders are under way: nothing is stuck, lost, or done again, and ids stay unique."""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import Future
from typing import Any

import pytest

from ordermill.domain.commands import SendMail
from ordermill.domain.errors import OrdermillError
from ordermill.ports.services import Charge, ChargeResult, PaymentError
from tests.audit.attempts import Attempt
from tests.audit.auditor import audit
from tests.audit.bodies import any_body
from tests.integration.system_kit import Mill, SettableClock, StartMill

HOUR_MS, YEAR_MS = 3_600_000, 365 * 24 * 3_600_000
JANUARY_2106_MS = 4_291_747_200_000
STEPS = {
    "an hour on": HOUR_MS,
    "an hour back": -HOUR_MS,
    "a year on": YEAR_MS,
    "a year back": -YEAR_MS,
    "to 1970": -SettableClock().now_ms() + 1000,
    "to 2106": JANUARY_2106_MS - SettableClock().now_ms(),
}


class Counting:
    """Payments and mail that only count; what backs off meanwhile is the third of the charges that fails once."""

    def __init__(self) -> None:
        self.tries: Counter[str] = Counter()

    def charge(self, charge: Charge) -> ChargeResult:
        self.tries[charge.key] += 1
        if self.tries[charge.key] == 1 and self.fails(charge.key):
            raise PaymentError("once")
        return ChargeResult("approved", charge.amount)

    def void(self, key: str) -> int:
        return 0

    def send(self, mail: SendMail) -> None:
        self.tries[mail.mail_id] += 1

    @staticmethod
    def fails(key: str) -> bool:
        return key.endswith("/1") and int(key[-3], 16) % 3 == 0


def placed(mill: Mill, rng: random.Random, name: str, orders: int) -> list[tuple[Attempt, Future[Any]]]:
    attempts = [Attempt(any_body(rng, f"{name}-{number}"), f"{name}-{number}") for number in range(orders)]
    return [(attempt, mill.submit(attempt.body, attempt.key)) for attempt in attempts]


def answered(pending: list[tuple[Attempt, Future[Any]]]) -> list[Attempt]:
    for attempt, future in pending:
        try:
            result = future.result(10)
            attempt.outcome, attempt.order_id, attempt.token = "ok", result.order.order_id, result.token
        except OrdermillError:
            attempt.outcome = "refused"
    return [attempt for attempt, _ in pending]


@pytest.mark.parametrize("step", STEPS)
def test_a_clock_that_is_set_under_load_changes_no_order(start_mill: StartMill, step: str) -> None:
    clock, rng = SettableClock(), random.Random(step)
    mill = start_mill(clock=clock)
    pending = placed(mill, rng, "before", 60)
    attempts = answered(pending[:20])
    clock.ahead_ms += STEPS[step]
    pending = pending[20:] + placed(mill, rng, "after", 60)
    attempts += answered(pending)
    if abs(STEPS[step]) <= HOUR_MS:
        again = [(Attempt(attempt.body, attempt.key), mill.submit(attempt.body, attempt.key)) for attempt in attempts]
        attempts += answered(again)
    clock.ahead_ms -= STEPS[step]
    attempts += answered(placed(mill, rng, "back", 20))
    mill.settle(mill.quiet)
    mill.close()
    assert {attempt.outcome for attempt in attempts} == {"ok"}
    audit(mill.data.parent, attempts)
    assert len({attempt.order_id for attempt in attempts}) == 140


@pytest.mark.parametrize("step", STEPS)
def test_a_clock_that_is_set_delivers_nothing_early_or_again(start_mill: StartMill, step: str) -> None:
    clock, rng, outside = SettableClock(), random.Random(step), Counting()
    mill = start_mill(clock=clock, ports={"payments": outside, "mail": outside})
    pending = placed(mill, rng, "before", 40)
    attempts = answered(pending[:10])
    clock.ahead_ms += STEPS[step]
    attempts += answered(pending[10:])
    mill.settle(mill.quiet)
    expected = {key: 1 + Counting.fails(key) for key in outside.tries}
    assert dict(outside.tries) == expected
    assert mill.dead() == []
    assert len(attempts) == 40
