"""`process_order`: reserves stock, charges, and completes an order, doing each step not yet done.

Staged. The gateway's key is `orderId/attempt`, recorded before the charge, so a repeat at any point asks the gateway
for the same charge again and never for a second one.

A message that carries its order makes the record, if there is none, in one write with its first step. Such a message
may come again for as long as a queue, a dead letter or an idempotency key keeps it: whoever removes a record must leave
a tombstone for as long, which `read` still gives.
"""

from __future__ import annotations

from collections import Counter

from msgspec.structs import replace

from ordermill.domain.commands import ProcessOrder
from ordermill.domain.errors import OutOfStock
from ordermill.domain.events import OrderChange
from ordermill.domain.order import Order, Payment, PaymentStatus, Reason, Status, Step, advance, charge_key
from ordermill.ports.ambient import Clock
from ordermill.ports.services import Charge, ChargeResult, Payments
from ordermill.ports.staged import DONE, Done
from ordermill.ports.stores import OrderStore, ProductStore, StockMovement

NAME = "process_order"


def from_change(change: OrderChange) -> ProcessOrder:
    """The message that a record of the change stream stands for."""
    return ProcessOrder(change.order.order_id, change.order.attempt)


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
    step = Step(Status.REJECTED, Reason.PAYMENT_DECLINED, "the payment was declined")
    rejected = advance(order, [step], at=now, by=NAME, payment=Payment(PaymentStatus.DECLINED))
    back = {sku: -units for sku, units in _quantities(order).items()} if order.stock_reserved else {}
    orders.update(
        replace(rejected, stock_reserved=False), expect=order.version, stock=products.reserve(back) if back else None
    )


def _confirm(order: Order, orders: OrderStore, products: ProductStore, now: int, *, new: bool) -> Order:
    """Take CONFIRMED, or REJECTED without enough stock; a `new` order's record begins with it."""

    def write(changed: Order, stock: StockMovement | None = None) -> None:
        if new:
            orders.create(changed, stock=stock)
        else:
            orders.update(changed, expect=order.version, stock=stock)

    quantities = _quantities(order)
    confirmed = advance(order, [Step(Status.CONFIRMED)], at=now, by=NAME, payment=Payment(PaymentStatus.PENDING))
    confirmed = replace(
        confirmed, charges=(*order.charges, charge_key(order)), stock_reserved=order.stock_reserved or bool(quantities)
    )
    try:
        write(confirmed, products.reserve(quantities) if quantities else None)
    except OutOfStock as short:
        step = Step(Status.REJECTED, Reason.OUT_OF_STOCK, short.detail)
        rejected = advance(order, [step], at=now, by=NAME)
        write(rejected)
        return rejected
    return confirmed


def _quantities(order: Order) -> dict[str, int]:
    """Units per counted product, the lines of one product added up."""
    units: Counter[str] = Counter()
    for line in order.items:
        if line.stock_sku is not None:
            units[line.stock_sku] += line.quantity
    return dict(units)
