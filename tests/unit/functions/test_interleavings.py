"""One order and every order of things: charges, voids, exits, retries, deletions, repeated, late, lost.

The gateway is a model of the real one's promises: one charge a key, and none after its void.
"""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import Any, Final, Literal

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ordermill.domain.archive import archive_key
from ordermill.domain.catalogue import Product
from ordermill.domain.commands import ActOnOrder, CancelOrder, DeleteOrder, GetOrder, ProcessOrder, UpdateOrder
from ordermill.domain.deletion import is_stub, is_tombstone
from ordermill.domain.errors import InvalidTransition, NotEditable, NotFound
from ordermill.domain.events import EventType, OrderChange, OrderEvent, events_of
from ordermill.domain.exits import UNFINISHED, leave, owes, stock_back, stuck
from ordermill.domain.order import (
    EXITS,
    TRANSITIONS,
    Compensation,
    Line,
    Order,
    OrderDraft,
    PaymentStatus,
    Reason,
    Status,
    Step,
    place,
)
from ordermill.functions import archive_deleted_orders, compensate_order, process_order
from ordermill.functions.act_on_order import act_on_order
from ordermill.functions.cancel_order import cancel_order
from ordermill.functions.delete_order import delete_order
from ordermill.functions.get_order_by_id import get_order_by_id
from ordermill.functions.update_order import update_order
from ordermill.ports.ambient import Settings
from ordermill.ports.services import Charge, ChargeResult, PaymentError, Refund, Refunded
from tests.unit.functions.archive_kit import Archive, Bucket
from tests.unit.functions.functions_kit import NOW, Clock, DeadLetters, Orders, Products, Tables
from tests.unit.functions.images_kit import Images
from tests.unit.functions.model_gateway import TOTAL, UNITS, Fate, ModelGateway

THERE = 2
COMPENSATED: Final = {EventType.ORDER_REJECTED, EventType.ORDER_FAILED, EventType.ORDER_CANCELLED}
SOLD: Final = {Status.CONFIRMED, Status.PAID, Status.PROCESSED, Status.SHIPPED, Status.DELIVERED}
WORKING: Final = {Status.PAID, Status.PROCESSED, Status.SHIPPED, Status.DELIVERED}
FATES: Final = st.sampled_from(["approved", "approved", "approved", "declined", "error", "unanswered"])
pick = st.integers(0, 1000)


class OneOrder(RuleBasedStateMachine):
    """Nothing is ever taken out of the lists of what is under way: whatever was sent may come again, at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.clock, self.gateway = Clock(), ModelGateway()
        self.tables = Tables(self.clock, [Product("W", "Widget", 999, "USD", THERE)])
        self.seen, self.stays = 0, False
        self.messages: list[ProcessOrder] = []
        self.charges: list[tuple[ProcessOrder, Charge]] = []
        self.answers: list[tuple[ProcessOrder, ChargeResult]] = []
        self.events: list[OrderEvent] = []
        self.refunds: list[tuple[OrderEvent, Refund]] = []
        self.refunded: list[tuple[OrderEvent, Refunded]] = []
        self.deletions: list[OrderEvent] = []
        self.archiving: list[tuple[OrderEvent, Order]] = []
        self.deleted, self.archive, self.bucket = False, Archive(), Bucket()
        self.last: Order | None = None
        orders = Orders(self.tables, self.clock)
        self.ports: dict[str, Any] = {"orders": orders, "products": Products(self.tables), "clock": self.clock}

    @initialize(with_record=st.booleans(), stays=st.booleans())
    def accept(self, with_record: bool, stays: bool) -> None:
        """With a record of it, or in its message. If it `stays`, nothing ends it for good, so that attempts add up."""
        self.stays = stays
        draft = OrderDraft(None, None, None, None, None, (Line("W", "W", UNITS, 999, "W"),), "USD", TOTAL, "tok")
        order = place(draft, order_id="ord_1", at=NOW, by="f")
        if with_record:
            self.ports["orders"].create(order)
        self.messages.append(ProcessOrder("ord_1", 1, None if with_record else order))

    @property
    def order(self) -> Order | None:
        return self.tables.orders.get("ord_1")

    @property
    def whole(self) -> Order | None:
        """The same, as it was before it was forgotten."""
        return self.last if self.order is not None and is_stub(self.order) else self.order

    @property
    def there(self) -> bool:
        """Whether anybody is shown it."""
        return self.order is not None and not self.deleted

    @rule(n=pick)
    def receive(self, n: int) -> None:
        message = self.messages[n % len(self.messages)]
        charge = process_order.prepare(message, **self.ports)
        if isinstance(charge, Charge):
            self.charges.append((message, charge))
        self.publish()

    @precondition(lambda self: self.charges)
    @rule(n=pick, fate=FATES)
    def charge(self, n: int, fate: Fate) -> None:
        message, charge = self.charges[n % len(self.charges)]
        self.gateway.fate = "approved" if self.stays and fate == "declined" else fate
        try:
            answer = process_order.call(charge, payments=self.gateway)
        except PaymentError:
            return
        self.answers.append((message, answer))

    @precondition(lambda self: self.answers)
    @rule(n=pick)
    def settle(self, n: int) -> None:
        message, answer = self.answers[n % len(self.answers)]
        process_order.settle(message, answer, **self.ports)
        self.publish()

    @precondition(lambda self: self.there and not self.stays)
    @rule()
    def delete(self) -> None:
        before = self.order
        try:
            delete_order(DeleteOrder("ord_1"), **self.ports, dead_letters=DeadLetters(self.tables))
            self.deleted = True
        except InvalidTransition:
            assert self.order is before
            assert before is not None
            assert before.status is Status.SHIPPED
        self.publish()

    @precondition(lambda self: self.deletions)
    @rule(n=pick)
    def hear_of_the_deletion(self, n: int) -> None:
        event = self.deletions[n % len(self.deletions)]
        tombstone = archive_deleted_orders.prepare(event, orders=self.ports["orders"])
        if isinstance(tombstone, Order):
            self.archiving.append((event, archive_deleted_orders.call(tombstone, archive=self.bucket)))

    @precondition(lambda self: self.archiving)
    @rule(n=pick)
    def settle_the_archive(self, n: int) -> None:
        images = Images(self.tables, self.clock)
        ports = {"archived_orders": self.archive, "images": images, "orders": self.ports["orders"]}
        archive_deleted_orders.settle(*self.archiving[n % len(self.archiving)], **ports)

    @precondition(lambda self: self.there and not self.stays)
    @rule(by=st.sampled_from(["holder", "staff"]))
    def cancel(self, by: str) -> None:
        before = self.order
        try:
            cancel_order(CancelOrder("ord_1", by), **self.ports)
        except InvalidTransition:
            assert self.order is before
        self.publish()

    @precondition(lambda self: self.there)
    @rule()
    def retry(self) -> None:
        before = self.order
        assert before is not None
        try:
            act_on_order(ActOnOrder("ord_1", "retry"), **self.ports, dead_letters=DeadLetters(self.tables))
        except InvalidTransition:
            assert self.order is before
            assert before.status is not Status.FAILED or owes(before)
        self.publish()

    @precondition(lambda self: self.order and self.order.status in UNFINISHED)
    @rule()
    def give_up(self) -> None:
        """What becomes of an order whose message used up its receives."""
        order = self.order
        assert order is not None
        back = stock_back(order)
        stock = self.ports["products"].reserve(back) if back else None
        failed = leave(order, Step(Status.FAILED, Reason.INTERNAL), at=NOW, by="fail_order")
        self.ports["orders"].update(failed, expect=order.version, stock=stock)
        self.publish()

    @precondition(lambda self: self.order and self.order.compensation is Compensation.RUNNING)
    @rule()
    def get_stuck(self) -> None:
        order = self.order
        assert order is not None
        self.ports["orders"].update(stuck(order, at=NOW, by="fail_order"), expect=order.version)
        self.publish()

    @precondition(lambda self: self.there and not self.stays)
    @rule(action=st.sampled_from(["ship", "deliver"]))
    def act(self, action: Literal["ship", "deliver"]) -> None:
        before = self.order
        try:
            act_on_order(ActOnOrder("ord_1", action), **self.ports, dead_letters=DeadLetters(self.tables))
        except InvalidTransition:
            assert self.order is before
        self.publish()

    @precondition(lambda self: self.there)
    @rule(note=st.sampled_from(["a", "b", None]))
    def edit(self, note: str | None) -> None:
        before = self.order
        try:
            update_order(UpdateOrder("ord_1", {"note": note}, None), **self.ports, settings=Settings())
        except NotEditable:
            assert self.order is before
        self.publish()

    @precondition(lambda self: self.events)
    @rule(n=pick)
    def hear_of_the_exit(self, n: int) -> None:
        event = self.events[n % len(self.events)]
        refund = compensate_order.prepare(event, orders=self.ports["orders"])
        if isinstance(refund, Refund):
            self.refunds.append((event, refund))

    @precondition(lambda self: self.refunds)
    @rule(n=pick, fails=st.booleans())
    def void(self, n: int, fails: bool) -> None:
        event, refund = self.refunds[n % len(self.refunds)]
        self.gateway.void_fails = fails
        try:
            self.refunded.append((event, compensate_order.call(refund, payments=self.gateway)))
        except PaymentError:
            assert fails

    @precondition(lambda self: self.refunded)
    @rule(n=pick)
    def settle_refund(self, n: int) -> None:
        event, outcome = self.refunded[n % len(self.refunded)]
        compensate_order.settle(event, outcome, orders=self.ports["orders"], clock=self.clock)
        self.publish()

    @rule(fate=FATES, settles=st.booleans())
    def work_on_it(self, fate: Fate, settles: bool) -> None:
        """The usual order of things, up to the answer or beyond it."""
        self.receive(len(self.messages) - 1)
        if self.charges:
            self.charge(len(self.charges) - 1, fate)
        if self.answers and settles:
            self.settle(len(self.answers) - 1)

    @precondition(lambda self: self.order and self.order.status in UNFINISHED)
    @rule()
    def fail_and_go_on(self) -> None:
        """The usual order of things."""
        self.give_up()
        self.refund()
        self.retry()

    @precondition(lambda self: self.events)
    @rule()
    def refund(self) -> None:
        """The usual order of things."""
        self.hear_of_the_exit(len(self.events) - 1)
        if self.refunds:
            self.void(len(self.refunds) - 1, False)
            self.settle_refund(len(self.refunded) - 1)

    def publish(self) -> None:
        """What follows from the change: the next attempt's message, and the exits' events."""
        order = self.order
        if order is None or order.version == self.seen:
            return
        self.last = order
        for event in events_of(OrderChange("MODIFY", self.seen, None, order)):
            if event.type in COMPENSATED:
                self.events.append(event)
            elif event.type is EventType.ORDER_RETRIED:
                self.messages.append(process_order.from_event(event))
            elif event.type is EventType.ORDER_DELETED:
                self.deletions.append(event)
        self.seen = order.version

    @invariant()
    def money_is_right(self) -> None:
        order, net = self.whole, self.gateway.net()
        if order is None or order.status is Status.PENDING:
            assert net == 0
        elif order.status in WORKING:
            assert net == order.payment.captured == TOTAL
        elif order.status in EXITS and not owes(order):
            assert net == 0
            assert order.payment.captured == order.payment.refunded
            assert order.charges == ()
        else:
            assert net in (0, TOTAL)

    @invariant()
    def stock_is_right(self) -> None:
        order = self.whole
        held = order is not None and order.status in SOLD
        assert self.tables.stock["W"] == THERE - UNITS * held
        assert order is None or order.stock_reserved == held

    @invariant()
    def history_is_a_word_of_the_lifecycle(self) -> None:
        entries = self.whole.history if self.whole else ()
        assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
        for before, entry in pairwise(entries):
            assert entry.status == before.status if entry.changed else entry.status in TRANSITIONS[before.status]

    @invariant()
    def a_charge_was_meant_and_a_void_follows_an_exit(self) -> None:
        order = self.order
        history = self.whole.history if self.whole else ()
        left = sum(entry.status in EXITS and not entry.changed for entry in history)
        attempt = order.attempt if order else 0
        assert {int(key.partition("/")[2]) for key in self.gateway.charged} <= set(range(1, attempt + 1))
        assert len(self.gateway.voided) <= left

    @invariant()
    def what_was_deleted_is_gone_for_good(self) -> None:
        order = self.order
        assert (order is not None and order.deletion is not None) == self.deleted
        if not self.deleted:
            return
        assert order is not None
        letters: dict[str, Any] = {"dead_letters": DeadLetters(self.tables)}
        for ask in (
            partial(get_order_by_id, GetOrder("ord_1"), orders=self.ports["orders"]),
            partial(cancel_order, CancelOrder("ord_1", "staff"), **self.ports),
            partial(act_on_order, ActOnOrder("ord_1", "retry"), **self.ports, **letters),
            partial(delete_order, DeleteOrder("ord_1"), **self.ports, **letters),
        ):
            with pytest.raises(NotFound):
                ask()
        assert order.deletion is not None
        assert order.deletion.done == (not owes(order))
        assert len(self.deletions) == order.deletion.done

    @invariant()
    def what_is_forgotten_is_archived_whole(self) -> None:
        order = self.order
        forgotten = order is not None and is_stub(order)
        assert (self.archive.read("ord_1") is not None) == forgotten
        if forgotten:
            assert self.last is not None
            stored = self.bucket.objects[archive_key("ord_1")]
            order_ = msgspec.json.decode(stored.body)
            assert [entry["seq"] for entry in order_["history"]] == [entry.seq for entry in self.last.history]
            assert order_["total"] == "19.98"

    def teardown(self) -> None:
        """Once all goes well again, what was sent suffices to finish, to settle, and to archive."""
        while True:
            before = self.order
            self.work_on_it("approved", True)
            if self.events:
                self.refund()
            if self.deletions:
                self.hear_of_the_deletion(0)
            if self.archiving:
                self.settle_the_archive(len(self.archiving) - 1)
            self.check()
            if self.order is before:
                break
        assert self.order is not None
        assert self.order.status not in UNFINISHED
        assert not owes(self.order)
        assert is_stub(self.order) == self.deleted
        assert not is_tombstone(self.order)
        if self.order.payment.status is PaymentStatus.REFUNDED:
            assert self.order.payment.refunded == TOTAL

    def check(self) -> None:
        """All of the invariants."""
        self.money_is_right()
        self.stock_is_right()
        self.history_is_a_word_of_the_lifecycle()
        self.a_charge_was_meant_and_a_void_follows_an_exit()
        self.what_was_deleted_is_gone_for_good()
        self.what_is_forgotten_is_archived_whole()


OneOrder.TestCase.settings = settings(
    max_examples=150,
    stateful_step_count=40,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestOneOrder = OneOrder.TestCase
