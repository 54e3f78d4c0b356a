"""The shipped payment gateway on table `payments`; what it answers is in `adapters/payment_tokens.py`.

A key's whole ledger is one item, replaced only as long as it is what was read: of two calls at once one looks again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

import msgspec

from ordermill.adapters.aws.deployment import Deployment
from ordermill.adapters.aws.payment_table import PaymentTable, Values, text
from ordermill.adapters.payment_tokens import KeyLedger, LedgerEntry, Row, order_of
from ordermill.ports.ambient import Clock
from ordermill.ports.services import Charge, ChargeResult, PaymentError

GATEWAY: Final = "sandbox"
ROUNDS: Final = 10
"""How often a call looks again, where others keep answering under its key."""

_encode = msgspec.json.Encoder().encode
_rows = msgspec.json.Decoder(list[Row]).decode

Answer = TypeVar("Answer", ChargeResult, int)


class SandboxPayments:
    """The port `Payments`, with test tokens instead of cards. Any number of processes may call."""

    def __init__(self, deployment: Deployment, clock: Clock, timeout_ms: int) -> None:
        """PaymentTimeout, which comes at once, carries `timeout_ms`."""
        self._table = PaymentTable(deployment, GATEWAY)
        self._clock, self._timeout_ms = clock, timeout_ms

    def charge(self, charge: Charge) -> ChargeResult:
        """See `Payments.charge`. Raises StorageUnavailable, and ValueError on an amount that is none."""
        return self._answered(charge.key, lambda ledger: ledger.charge(charge, self._clock, self._timeout_ms))

    def void(self, key: str) -> int:
        """See `Payments.void`. Raises StorageUnavailable."""
        return self._answered(key, lambda ledger: ledger.void(self._clock))

    def ledger_of(self, key: str) -> list[LedgerEntry]:
        """What was answered under a key, oldest first. Raises StorageUnavailable."""
        return [row.entry for row in self._read(key)]

    def _answered(self, key: str, ask: Callable[[KeyLedger], Answer]) -> Answer:
        """What the gateway answers, once that is in the ledger; errors are answers too."""
        for _ in range(ROUNDS):
            rows = self._read(key)
            ledger = KeyLedger(key, rows)
            failure: PaymentError | None = None
            answer: Answer | None = None
            try:
                answer = ask(ledger)
            except PaymentError as error:
                failure = error
            if ledger.new and not self._written(key, rows, ledger.new):
                continue
            if failure is not None:
                raise failure
            if answer is not None:
                return answer
        raise PaymentError("the payment gateway is busy with this very payment")

    def _read(self, key: str) -> list[Row]:
        item = self._table.read(key)
        return [] if item is None else _rows(text(item, "body") or "[]")

    def _written(self, key: str, rows: list[Row], new: list[Row]) -> bool:
        body = _encode([*rows, *new]).decode()
        attributes: Values = {"orderId": order_of(key), "version": len(rows) + len(new), "body": body}
        return self._table.put(key, attributes, version=len(rows) or None)
