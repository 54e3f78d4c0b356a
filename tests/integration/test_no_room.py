"""Storage that is full or read-only is nobody's fault: it uses up no receive, and it is not asked at every request."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

import pytest

from ordermill.adapters.local.stores import LocalOrders
from ordermill.domain.commands import SendMail
from ordermill.domain.errors import StorageUnavailable
from ordermill.domain.order import Order, Status
from ordermill.ports.journal import StorageFull
from ordermill.ports.services import Charge, ChargeResult
from tests.integration.system_kit import Mill, PassedOn, SettableClock, StartMill, widgets

FAILURES = 8
"""More than a message has receives."""


class FullAt(PassedOn):
    """The orders, for which there is no room when one is to become `status`, so often."""

    def __init__(self, status: Status) -> None:
        self._status, self.left = status, FAILURES

    def update(self, order: Order, *, expect: int, **parts: Any) -> None:
        if order.status is self._status and self.left:
            self.left -= 1
            raise StorageFull("database or disk is full")
        self.inner.update(order, expect=expect, **parts)


class NoRoom:
    """Payments and mail with no room for what they have to note, so often each."""

    def __init__(self) -> None:
        self.tries: Counter[str] = Counter()

    def charge(self, charge: Charge) -> ChargeResult:
        self._try(charge.key)
        return ChargeResult("approved", charge.amount)

    def void(self, key: str) -> int:
        return 0

    def send(self, mail: SendMail) -> None:
        self._try(mail.mail_id)

    def _try(self, key: str) -> None:
        self.tries[key] += 1
        if self.tries[key] <= FAILURES:
            raise StorageFull("database or disk is full")


@pytest.mark.parametrize("status", [Status.CONFIRMED, Status.PROCESSED])
def test_a_transaction_that_finds_no_room_again_and_again_gives_no_message_up(
    start_mill: StartMill, status: Status
) -> None:
    orders = FullAt(status)
    mill = start_mill(ports={"orders": orders}, start=False)
    orders.inner = LocalOrders(mill.system.store, SettableClock())
    futures = [mill.submit(widgets(), f"k{number}") for number in range(3)]
    mill.system.start()
    ids = [future.result(10).order.order_id for future in futures]
    mill.settle(lambda: {mill.order(order_id).status for order_id in ids} == {Status.PROCESSED})
    mill.settle(mill.quiet)
    assert orders.left == 0
    assert mill.dead() == []
    assert mill.rows("SELECT count(*) FROM events") == [(12,)]


def test_a_service_that_finds_no_room_again_and_again_has_no_message_given_up(start_mill: StartMill) -> None:
    outside = NoRoom()
    mill = start_mill(ports={"payments": outside, "mail": outside})
    order_id = mill.place(widgets()).order.order_id
    assert mill.finished(order_id).status is Status.PROCESSED
    mill.settle(lambda: mill.rows("SELECT status FROM mails") == [("SENT",)])
    mill.settle(mill.quiet)
    assert set(outside.tries.values()) == {FAILURES + 1}
    assert mill.dead() == []


def test_storage_without_room_is_looked_at_now_and_then_and_every_request_is_answered(start_mill: StartMill) -> None:
    mill = start_mill()
    mill.finished(mill.place(widgets()).order.order_id)
    mill.settle(mill.quiet)
    begun: list[str] = []
    store = mill.system.store
    store.connection.execute("PRAGMA query_only = ON")
    store.connection.set_trace_callback(lambda sql: begun.append(sql) if sql.startswith("BEGIN") else None)
    began = time.monotonic()
    for number in range(200):
        with pytest.raises(StorageUnavailable):
            mill.place(widgets(), f"k{number}")
    mill.settle(lambda: len(begun) > 3)
    quarters = (time.monotonic() - began) / 0.25
    # The request that found out, the recovery right after it, and one a quarter of a second.
    assert len(begun) <= 3 + quarters
    store.connection.execute("PRAGMA query_only = OFF")
    mill.settle(lambda: mill.system.engine.healthy)
    assert not mill.place(widgets(), "k0").replayed
    assert mill.host.ended == []


def test_a_stop_of_what_cannot_be_written_is_a_clean_one(mill: Mill) -> None:
    order_id = mill.place(widgets()).order.order_id
    mill.finished(order_id)
    mill.settle(mill.quiet)
    mill.system.store.connection.execute("PRAGMA query_only = ON")
    mill.system.close(1)
    assert mill.rows("SELECT order_id FROM orders") == [(order_id,)]
