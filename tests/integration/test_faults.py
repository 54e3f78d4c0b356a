"""Injected faults, each mode at each place: what is struck fails visibly, nothing else does, and then all ends well."""

from __future__ import annotations

import time
from typing import Any, Final

import msgspec
import pytest

from ordermill.adapters.local.stores import LocalOrders
from ordermill.bootstrap.local import Deadlines
from ordermill.domain.commands import UpdateCatalogue
from ordermill.domain.errors import IntakeFailed, StorageUnavailable
from ordermill.domain.order import Order, Status
from ordermill.ports.journal import StorageFull
from ordermill.ports.stores import Claim
from ordermill.runtime.faults import KILLED, InjectedFault, Mode, Place, RuleState
from tests.integration.system_kit import Mill, Noted, PassedOn, SettableClock, StartMill, widgets

DELAY_MS: Final = 120
MODES: Final[list[Mode]] = ["fail", "timeout", "delay", "crash"]
PLACES: Final[list[Place]] = ["start", "after-charge", "end"]
EDGES: Final = {
    "process_order": {"stream": "orders>process_order", "queue": "order-queue>process_order"},
    "payments": {"stream": "orders>process_order", "queue": "order-queue>process_order"},
    "send_email": dict.fromkeys(("stream", "queue"), "mail-queue>send_email"),
    "mail": dict.fromkeys(("stream", "queue"), "mail-queue>send_email"),
    "publish_order_event": dict.fromkeys(("stream", "queue"), "orders>publish_order_event"),
    "notify_customer": dict.fromkeys(("stream", "queue"), "notify-customer>notify_customer"),
}
"""Where a message shows that it was struck."""

STRUCK: Final = [
    (pipeline, name, mode, place)
    for name in EDGES
    for pipeline in ("stream", "queue")
    for mode in MODES
    for place in PLACES
    if (place != "after-charge" or name not in ("publish_order_event", "notify_customer"))
    and (pipeline == "stream" or name in ("process_order", "payments"))
]
"""Pipeline, name, mode, place; what comes after processing is the same in all pipelines."""


def inject(mill: Mill, **rules: RuleState) -> None:
    mill.system.faults.set(rules)


def all_done(mill: Mill, order_id: str) -> None:
    """The order is processed, charged once, logged in its order, and mailed once."""
    assert mill.finished(order_id).status is Status.PROCESSED
    mill.settle(lambda: mill.rows("SELECT status FROM mails") == [("SENT",)])
    mill.settle(mill.quiet)
    assert mill.charges(order_id) == [("charge", "approved")]
    assert len(list((mill.data.parent / "mail").glob("*.eml"))) == 1
    assert mill.dead() == []


@pytest.mark.parametrize(("pipeline", "name", "mode", "place"), STRUCK)
def test_what_is_struck_once_is_done_all_the_same(
    start_mill: StartMill, pipeline: str, name: str, mode: Mode, place: Place
) -> None:
    noted, wanted = Noted(), 1 if mode == "delay" else 2
    mill = start_mill(pipeline=pipeline, sinks=[noted])
    inject(mill, **{name: RuleState(mode, 1, place, delay_ms=DELAY_MS if mode == "delay" else 0)})
    order_id = mill.place(widgets()).order.order_id
    all_done(mill, order_id)
    assert mill.system.faults.states()[name].fired == 1
    # A hop is told after the commit that the file shows.
    mill.settle(lambda: any(hop.outcome == "ok" and hop.attempt == wanted for hop in noted.of(EDGES[name][pipeline])))
    hops = noted.of(EDGES[name][pipeline])
    again = [hop for hop in hops if hop.outcome == "retry"]
    if mode == "delay":
        assert again == []
        assert max(hop.duration_ms for hop in hops) >= DELAY_MS
        assert {hop.attempt for hop in hops} == {1}
    else:
        (hop,) = again
        assert (hop.error or "").startswith("Injected")
        assert (hop.attempt, max(hop.attempt for hop in hops)) == (1, 2)
        assert mode != "timeout" or hop.duration_ms >= 45
    # What would end a process only notes it here, and then fails.
    assert mill.host.ended == ([KILLED] if mode == "crash" else [])
    seqs = [row[0] for row in mill.rows("SELECT seq FROM events ORDER BY num")]
    assert seqs == [1, 2, 3, 4], "an order's later events wait for the one that was struck"


@pytest.mark.parametrize(
    ("name", "place", "status", "charges"),
    [
        ("process_order", "start", "PENDING", []),
        ("process_order", "after-charge", "CONFIRMED", ["approved"]),
        ("process_order", "end", "CONFIRMED", ["approved"]),
        ("payments", "start", "CONFIRMED", []),
        ("payments", "after-charge", "CONFIRMED", ["approved"]),
        ("payments", "end", "CONFIRMED", ["approved"]),
    ],
)
@pytest.mark.parametrize("mode", ["fail", "timeout"])
def test_what_is_struck_always_has_done_what_lies_before_the_place(
    start_mill: StartMill, name: str, mode: Mode, place: Place, status: str, charges: list[str]
) -> None:
    mill = start_mill()
    inject(mill, **{name: RuleState(mode, None, place)})
    order_id = mill.place(widgets()).order.order_id
    mill.settle(lambda: bool(mill.dead()))
    inject(mill)
    letter = next(letter for letter in mill.dead() if letter["function"] == "process_order")
    assert (letter["orderId"], letter["receives"]) == (order_id, 5)
    assert letter["error"].startswith("Injected")
    assert mill.finished(order_id).status is Status.FAILED
    path = [entry.status for entry in mill.order(order_id).history if not entry.changed]
    assert path[-2:] == [status, "FAILED"]
    assert [outcome for kind, outcome in mill.charges(order_id) if kind == "charge"] == charges
    second = mill.place(widgets()).order.order_id
    assert mill.finished(second).status is Status.PROCESSED
    assert mill.host.ended == []


@pytest.mark.parametrize(("place", "files", "status"), [("start", 0, "FAILED"), ("end", 1, "FAILED")])
def test_a_mail_that_is_struck_always_was_or_was_not_handed_over(
    mill: Mill, place: Place, files: int, status: str
) -> None:
    inject(mill, mail=RuleState("fail", None, place))
    order_id = mill.place(widgets()).order.order_id
    mill.settle(lambda: bool(mill.dead()))
    assert mill.finished(order_id).status is Status.PROCESSED
    assert len(list((mill.data.parent / "mail").glob("*.eml"))) == files
    assert mill.rows("SELECT status FROM mails") == [(status,)]


@pytest.mark.parametrize("place", ["start", "end"])
@pytest.mark.parametrize("mode", ["fail", "timeout", "crash"])
def test_a_request_that_is_struck_fails_and_leaves_nothing(
    start_mill: StartMill, pipeline: str, mode: Mode, place: Place
) -> None:
    mill = start_mill(pipeline=pipeline)
    name = "validate_order" if pipeline == "workflow" else mill.intake
    # A Task is tried twice.
    inject(mill, **{name: RuleState(mode, 2 if pipeline == "workflow" else 1, place)})
    error = mill.submit(widgets(), "key").exception(10)
    assert isinstance(error, IntakeFailed)
    assert mill.state()["orders"] == 0
    assert mill.rows("SELECT count(*) FROM messages WHERE queue = 'order-queue'") == [(0,)]
    assert mill.rows("SELECT count(*) FROM idempotency") == [(0,)]
    placed = mill.place(widgets(), "key")
    assert not placed.replayed, "the key was not burnt"
    all_done(mill, placed.order.order_id)


@pytest.mark.parametrize("place", ["start", "end"])
def test_a_request_that_is_delayed_is_answered_later_and_holds_up_no_other(mill: Mill, place: Place) -> None:
    inject(mill, validate_order=RuleState("delay", 1, place, "slow", 400))
    began = time.monotonic()
    slow = mill.submit(widgets(note="slow"))
    fast = [mill.place(widgets()).order.order_id for _ in range(3)]
    mill.stock("MUG,Mug,1.00,USD,5\n")
    assert not slow.done()
    assert {mill.finished(order_id).status for order_id in fast} == {Status.PROCESSED}
    order_id = slow.result(10).order.order_id
    assert time.monotonic() - began >= 0.4
    assert mill.finished(order_id).status is Status.PROCESSED


@pytest.mark.parametrize("name", ["process_order", "payments"])
def test_what_is_delayed_beyond_the_visibility_timeout_is_received_once(start_mill: StartMill, name: str) -> None:
    noted = Noted()
    mill = start_mill(deadlines=Deadlines(visibility_s=1), sinks=[noted])
    inject(mill, **{name: RuleState("delay", 1, delay_ms=1300)})
    order_id = mill.place(widgets()).order.order_id
    mill.settle(lambda: mill.system.overview.under_way().in_flight["order-queue>process_order"] == 1)
    assert mill.finished(order_id).status is Status.PROCESSED
    mill.settle(lambda: bool(noted.of("order-queue>process_order")))
    (hop,) = noted.of("order-queue>process_order")
    assert (hop.outcome, hop.attempt) == ("ok", 1)
    assert hop.duration_ms >= 1300


def test_more_delayed_ones_than_may_be_in_flight_wait_for_their_turn(start_mill: StartMill) -> None:
    mill = start_mill(deadlines=Deadlines(in_flight=4))
    inject(mill, process_order=RuleState("delay", delay_ms=50), mail=RuleState("delay", delay_ms=50))
    ids = [mill.place(widgets()).order.order_id for _ in range(20)]
    assert mill.system.overview.under_way().in_flight["order-queue>process_order"] <= 4
    assert {mill.finished(order_id).status for order_id in ids} == {Status.PROCESSED}
    mill.settle(mill.quiet)
    assert mill.rows("SELECT count(*) FROM mails WHERE status = 'SENT'") == [(20,)]
    assert mill.system.faults.states()["process_order"].fired == 20


def test_only_what_matches_is_struck(mill: Mill) -> None:
    ids = [mill.place(widgets(token="tok_error")).order.order_id for _ in range(3)]
    struck = ids[1]
    inject(mill, payments=RuleState("fail", None, match=struck))
    mill.settle(lambda: len(mill.dead()) == 3)
    errors = {letter["orderId"]: letter["error"].partition(":")[0] for letter in mill.dead()}
    assert errors[struck] == "InjectedPaymentError"
    assert {errors[order_id] for order_id in ids if order_id != struck} == {"PaymentError"}


def test_faults_and_how_often_they_struck_outlive_the_process(start_mill: StartMill) -> None:
    first = start_mill()
    inject(first, process_order=RuleState("fail", 7), payments=RuleState("fail", 1))
    order_id = first.place(widgets()).order.order_id
    first.settle(lambda: bool(first.dead()))
    first.close()
    second = start_mill()
    assert second.system.faults.states() == {
        "process_order": RuleState("fail", 7, fired=5),
        "payments": RuleState("fail", 1),
    }
    other = second.place(widgets()).order.order_id
    assert second.finished(other).status is Status.PROCESSED
    assert second.charges(order_id) == []
    assert not second.system.faults.armed


def test_where_faults_are_not_allowed_none_are_in_force_and_their_file_stays(start_mill: StartMill) -> None:
    first = start_mill()
    inject(first, process_order=RuleState("fail"))
    first.close()
    file = first.data.with_name("ordermill.db.faults")
    kept = file.read_bytes()
    second = start_mill(faults_allowed=False)
    assert second.finished(second.place(widgets()).order.order_id).status is Status.PROCESSED
    second.close()
    assert file.read_bytes() == kept


def test_a_file_that_cannot_be_read_sets_none(start_mill: StartMill, caplog: pytest.LogCaptureFixture) -> None:
    mill = start_mill(start=False)
    mill.close()
    mill.data.with_name("ordermill.db.faults").write_text('{"mail": {"mode": "explode"}}')
    again = start_mill()
    assert again.system.faults.states() == {}
    assert "cannot be read" in caplog.text


def test_that_a_crash_struck_is_on_the_disk_before_the_process_ends(start_mill: StartMill) -> None:
    mill = start_mill()
    inject(mill, payments=RuleState("crash", 1, "end"))
    file = mill.data.with_name("ordermill.db.faults")
    seen: list[int] = []
    end = mill.host.end

    def look(status: int) -> None:
        seen.append(msgspec.json.decode(file.read_bytes())["payments"]["fired"])
        end(status)

    mill.system.faults._end = look
    all_done(mill, mill.place(widgets()).order.order_id)
    assert (seen, mill.host.ended) == ([1], [KILLED])


def test_a_stop_does_not_wait_for_a_request_that_comes_too_late_and_answers_it(mill: Mill) -> None:
    inject(mill, validate_order=RuleState("delay", delay_ms=60_000))
    future = mill.submit(widgets())
    mill.settle(lambda: mill.system.faults.states()["validate_order"].fired == 1)
    mill.close(0.3)
    assert isinstance(future.exception(1), StorageUnavailable)
    assert mill.state()["orders"] == 0


class FullOnce(PassedOn):
    """The orders, for which there is no room the first time that one is to be made."""

    tries = 0

    def create(self, order: Order, claim: Claim | None = None, **parts: Any) -> None:
        self.tries += 1
        if self.tries == 1:
            raise StorageFull("database or disk is full")
        self.inner.create(order, claim, **parts)


def test_a_delayed_request_does_not_fail_with_the_batch_it_was_delayed_in(start_mill: StartMill) -> None:
    orders = FullOnce()
    mill = start_mill(ports={"orders": orders}, start=False, pipeline="stream")
    orders.inner = LocalOrders(mill.system.store, SettableClock())
    inject(mill, create_order=RuleState("delay", 1, match="slow", delay_ms=200))
    slow, fast = [mill.submit(widgets(note=note)) for note in ("slow", "fast")]
    mill.system.start()
    assert isinstance(fast.exception(10), StorageUnavailable)
    assert mill.finished(slow.result(10).order.order_id).status is Status.PROCESSED
    assert mill.host.ended == []


def test_an_import_can_be_struck_too(mill: Mill) -> None:
    inject(mill, update_catalogue=RuleState("fail", 1, "end"))
    csv = "sku,name,price,currency,stock\nMUG,Striking mug,1.00,USD,5\n"
    future = mill.submit(UpdateCatalogue(csv), function="update_catalogue")
    assert isinstance(future.exception(10), InjectedFault)
    assert mill.rows("SELECT count(*) FROM products WHERE name = 'Striking mug'") == [(0,)]
