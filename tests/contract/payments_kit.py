"""What the tests of payments share: a clock, charges, and readers of the ledger."""

from __future__ import annotations

import threading
from collections.abc import Callable

from ordermill.adapters.local.payments import Gateway, LedgerEntry
from ordermill.ports.services import Charge, ChargeResult, PaymentError

APPROVED = ChargeResult("approved", 1998)
DECLINED = ChargeResult("declined", 0)


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
