"""That the machine of test_interleavings.py meets what it is for."""

from __future__ import annotations

from msgspec.structs import replace

from ordermill.domain.order import Compensation, PaymentStatus, Status
from tests.unit.functions.test_interleavings import OneOrder


def test_a_charge_after_its_void_is_declined() -> None:
    """A charge that comes after its void is declined, and the order stays as it left."""
    machine = OneOrder()
    machine.accept(True, False)
    machine.receive(0)
    machine.cancel("holder")
    machine.hear_of_the_exit(0)
    machine.void(0, False)
    machine.settle_refund(0)
    machine.charge(0, "approved")
    machine.settle(0)
    machine.check()
    assert machine.order is not None
    assert (machine.order.status, machine.order.compensation, machine.gateway.charged) == (
        Status.CANCELLED,
        Compensation.DONE,
        {"ord_1/1": "declined"},
    )
    assert replace(machine.order, history=()).payment.status is PaymentStatus.NONE
    machine.teardown()
