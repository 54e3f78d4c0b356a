"""`process_order`: reserves stock, charges, and completes an order, doing each step not yet done.

Staged. The gateway's key is `orderId/attempt`, recorded before the charge, so a repeat at any point asks the gateway
for the same charge again and never for a second one. What comes back after the order left changes nothing here: the
void of its key, which the exit called for, refunds it.

A message that carries its order makes the record, if there is none, in one write with its first step. Such a message
may come again for as long as a queue, a dead letter or an idempotency key keeps it: whoever removes a record must leave
a tombstone for as long, which `read` still gives.
"""

from __future__ import annotations

from msgspec.structs import replace

from ordermill.domain.commands import ProcessOrder
from ordermill.domain.errors import OutOfStock
from ordermill.domain.events import OrderChange, OrderEvent
from ordermill.domain.exits import leave, stock_back, stock_of
from ordermill.domain.order import Order, Payment, PaymentStatus, Reason, Status, Step, advance, charge_key
from ordermill.ports.ambient import Clock
from ordermill.ports.services import Charge, ChargeResult, Payments
from ordermill.ports.staged import DONE, Done
from ordermill.ports.stores import OrderStore, ProductStore, StockMovement

NAME = "process_order"


def from_change(change: OrderChange) -> ProcessOrder:
    """The message that a record of the change stream stands for."""
    return ProcessOrder(change.order.order_id, change.order.attempt)


def from_event(event: OrderEvent) -> ProcessOrder:
    """The message that an order's retry stands for, where it comes as an event."""
    return ProcessOrder(event.subject, event.data.attempt)


def prepare(message: ProcessOrder, *, orders: OrderStore, products: ProductStore, clock: Clock) -> Charge | Done:
    """Reserve the stock and record the charge's intent; without enough stock the order is REJECTED."""
    known = orders.read(message.order_id)
    order = known or message.order
    if order is None or order.attempt != message.attempt:
        return DONE
    if order.status is Status.PENDING:
        order = _confirm(order, orders, products, clock.now_ms(), new=known is None)
    elif order.status is Status.PAID:
        processed = advance(order, [Step(Status.PROCESSED)], at=clock.now_ms(), by=NAME)
        orders.update(processed, expect=order.version)
        return DONE
    if order.status is not Status.CONFIRMED:
        return DONE
    return Charge(charge_key(order), order.order_id, order.total, order.currency, order.payment_token)


def call(charge: Charge, *, payments: Payments) -> ChargeResult:
    """Charge, under the key that `prepare` recorded."""
    return payments.charge(charge)


def settle(
    message: ProcessOrder, outcome: ChargeResult, *, orders: OrderStore, products: ProductStore, clock: Clock
) -> None:
    """Take PAID and PROCESSED, or REJECTED where the payment was declined."""
    order = orders.read(message.order_id)
    if order is None or order.attempt != message.attempt or order.status is not Status.CONFIRMED:
        return
    now = clock.now_ms()
    if outcome.outcome == "approved":
        payment = Payment(PaymentStatus.CAPTURED, outcome.captured)
        paid = advance(order, [Step(Status.PAID), Step(Status.PROCESSED)], at=now, by=NAME, payment=payment)
        orders.update(paid, expect=order.version)
        return
    # What is declined stays declined: nothing can have moved under this key, so nothing is owed for it.
    declined = replace(order, charges=tuple(key for key in order.charges if key != charge_key(order)))
    step = Step(Status.REJECTED, Reason.PAYMENT_DECLINED, "the payment was declined")
    rejected = replace(leave(declined, step, at=now, by=NAME), payment=Payment(PaymentStatus.DECLINED))
    back = stock_back(order)
    orders.update(rejected, expect=order.version, stock=products.reserve(back) if back else None)


def _confirm(order: Order, orders: OrderStore, products: ProductStore, now: int, *, new: bool) -> Order:
    """Take CONFIRMED, or REJECTED without enough stock; a `new` order's record begins with it."""

    def write(changed: Order, stock: StockMovement | None = None) -> None:
        if new:
            orders.create(changed, stock=stock)
        else:
            orders.update(changed, expect=order.version, stock=stock)

    quantities = stock_of(order)
    confirmed = advance(order, [Step(Status.CONFIRMED)], at=now, by=NAME, payment=Payment(PaymentStatus.PENDING))
    confirmed = replace(
        confirmed, charges=(*order.charges, charge_key(order)), stock_reserved=order.stock_reserved or bool(quantities)
    )
    try:
        write(confirmed, products.reserve(quantities) if quantities else None)
    except OutOfStock as short:
        step = Step(Status.REJECTED, Reason.OUT_OF_STOCK, short.detail)
        rejected = leave(order, step, at=now, by=NAME)
        write(rejected)
        return rejected
    return confirmed
