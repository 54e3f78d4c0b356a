"""What an order's execution shows, in each pipeline, while its process lives and after it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from ordermill.adapters.local.readers import Readers
from ordermill.adapters.local.traces import ReadTraces
from ordermill.domain.errors import IdempotencyKeyReused
from ordermill.domain.events import OrderEvent
from ordermill.entrypoints.execution.assembly import Execution
from ordermill.entrypoints.execution.route import assembler_of
from ordermill.entrypoints.execution.states import State
from ordermill.ports.hops import Hop
from ordermill.ports.journal import StorageFull
from tests.integration.system_kit import BlockingPayments, FailingMailer, Mill, Noted, StartMill, widgets

INTAKE = {
    "stream": ["create_order"],
    "queue": ["submit_order"],
    "workflow": ["validate_order", "create_order", "is_pending", "send_to_order_queue", "accepted"],
}
STORED = {"stream": 3, "queue": 2, "workflow": 3}
"""How many changes lead an order to PROCESSED."""

WHY = "the payment gateway answered with an error"


class FullOnce(FailingMailer):
    """Finds no room at the first try."""

    def send(self, mail: object) -> None:
        self.tries["mail"] += 1
        if self.tries["mail"] == 1:
            raise StorageFull("no room")


class RefusingEvents:
    """Takes no event, and says why in half a character."""

    def append(self, event: OrderEvent) -> None:
        raise ValueError("\ud800")

    redact = append


def execution_of(mill: Mill, order_id: str, hops: Sequence[Hop] = ()) -> Execution:
    """What the route would answer."""
    readers = Readers(mill.data)
    try:
        trace = ReadTraces(readers).read(order_id)
    finally:
        readers.close()
    assert trace is not None
    own = [hop for hop in hops if hop.order_id == order_id]
    now = mill.system.engine.wall_ms()
    return assembler_of(mill.system.topology, mill.system.pipeline).execution(trace, own, now=now)


def states_of(execution: Execution, name: str) -> list[State]:
    return [state for state in execution.states if state.name == name]


def lines(states: Sequence[State]) -> list[str]:
    return [f"{state.name} {state.attempt} {state.status}" for state in states]


def good(pipeline: str) -> list[str]:
    """The states of an order that everything went well with, by name."""
    names = [*INTAKE[pipeline], "process_order", *["publish_order_event"] * STORED[pipeline]]
    names += [*["record_order_event"] * 4, "notify_customer", "send_email"]
    return sorted(f"{name} 1 SUCCEEDED" for name in names)


def settled(mill: Mill) -> None:
    """Nothing is under way, and all hops are told."""
    mill.settle(mill.quiet)
    mill.close()


def charging(mill: Mill, payments: BlockingPayments) -> None:
    """The one order is being charged, and nothing else is under way."""
    payments.entered.wait(10)
    message = mill.system.pipeline != "stream"
    mill.settle(lambda: (state := mill.state())["events"] == 2 and state["messages"] == message)


def test_an_order_that_went_well_shows_every_step_once(start_mill: StartMill, pipeline: str) -> None:
    noted = Noted()
    mill = start_mill(sinks=[noted], pipeline=pipeline)
    order_id = mill.place(widgets()).order.order_id
    settled(mill)
    execution = execution_of(mill, order_id, noted.hops)
    assert (execution.status, sorted(lines(execution.states))) == ("SUCCEEDED", good(pipeline))
    # States of the machine that are no function's leave no hop.
    done = [state.duration_ms for state in execution.states if state.name not in INTAKE["workflow"][2:]]
    assert None not in done
    assert set(done) <= {hop.duration_ms for hop in noted.hops}
    assert execution.states[0].name == INTAKE[pipeline][0]
    assert execution.states[-1].name == "send_email"
    # Of another process, nothing but durations is lost.
    again = execution_of(mill, order_id)
    assert (again.status, sorted(lines(again.states))) == (execution.status, good(pipeline))
    assert {state.duration_ms for state in again.states} == {None}
    assert mill.rows("SELECT count(*) FROM failed_attempts") == [(0,)]


def test_each_attempt_that_failed_is_shown_for_good(start_mill: StartMill, pipeline: str) -> None:
    mill = start_mill(pipeline=pipeline)
    order_id = mill.place(widgets(token="tok_flaky")).order.order_id
    mill.finished(order_id)
    settled(mill)
    for _ in range(2):
        execution = execution_of(mill, order_id)
        first, second, third = states_of(execution, "process_order")
        assert lines([first, second, third]) == [
            "process_order 1 FAILED",
            "process_order 2 FAILED",
            "process_order 3 SUCCEEDED",
        ]
        assert (first.error, first.cause, first.output) == ("PaymentError", WHY, {"status": "CONFIRMED"})
        assert (second.error, second.cause, second.output) == ("PaymentError", WHY, None)
        assert {state.duration_ms is None for state in (first, second)} == {False}
        assert (third.input, third.output) == ({"orderId": order_id, "attempt": 1}, {"status": "PROCESSED"})
        assert execution.status == "SUCCEEDED"
        mill = start_mill(mill.data, pipeline=pipeline)
        settled(mill)


def test_an_order_whose_processing_is_given_up_has_failed(start_mill: StartMill, pipeline: str) -> None:
    mill = start_mill(pipeline=pipeline)
    order_id = mill.place(widgets(token="tok_error")).order.order_id
    mill.settle(lambda: bool(mill.dead()) and mill.quiet())
    execution = execution_of(mill, order_id)
    assert execution.status == "FAILED"
    assert lines(states_of(execution, "process_order")) == [f"process_order {n} FAILED" for n in range(1, 6)]
    assert [state for state in execution.states if state.status == "RUNNING"] == []


def test_what_is_under_way_is_running(start_mill: StartMill, pipeline: str) -> None:
    payments = BlockingPayments()
    mill = start_mill(ports={"payments": payments}, pipeline=pipeline)
    order_id = mill.place(widgets()).order.order_id
    charging(mill, payments)
    execution = execution_of(mill, order_id)
    assert execution.status == "RUNNING"
    assert lines(execution.states)[0] == f"{INTAKE[pipeline][0]} 1 SUCCEEDED"
    assert [state.name for state in execution.states if state.status == "RUNNING"] == ["process_order"]


def test_an_attempt_that_ended_with_its_process_is_shown(start_mill: StartMill, tmp_path: Path, pipeline: str) -> None:
    payments = BlockingPayments()
    mill = start_mill(ports={"payments": payments}, pipeline=pipeline)
    order_id = mill.place(widgets()).order.order_id
    charging(mill, payments)
    again = start_mill(mill.copy_files(tmp_path / "copy"), pipeline=pipeline)
    again.finished(order_id)
    settled(again)
    interrupted, done = states_of(execution_of(again, order_id), "process_order")
    assert lines([interrupted, done]) == ["process_order 1 FAILED", "process_order 2 SUCCEEDED"]
    assert (interrupted.error, interrupted.duration_ms) == ("interrupted", None)


def test_a_failure_within_the_transaction_is_kept_though_its_writes_are_undone(
    start_mill: StartMill, pipeline: str
) -> None:
    mill = start_mill(ports={"events": RefusingEvents()}, pipeline=pipeline)
    order_id = mill.place(widgets()).order.order_id
    mill.settle(lambda: len(mill.dead()) == 4 and mill.quiet())
    execution = execution_of(mill, order_id)
    attempts = states_of(execution, "record_order_event")
    assert sorted((state.input["seq"], state.attempt) for state in attempts) == [
        (seq, attempt) for seq in (1, 2, 3, 4) for attempt in (1, 2, 3, 4, 5)
    ]
    assert {(state.status, state.error, state.cause) for state in attempts} == {("FAILED", "ValueError", "?")}
    # The order is processed, and the customer told.
    assert (execution.status, lines(states_of(execution, "send_email"))) == ("SUCCEEDED", ["send_email 1 SUCCEEDED"])


@pytest.mark.parametrize("failures", [2, 99])
def test_a_mail_that_fails_shows_each_try(start_mill: StartMill, failures: int) -> None:
    mill = start_mill(ports={"mail": FailingMailer(failures)})
    order_id = mill.place(widgets()).order.order_id
    settled(mill)
    execution = execution_of(mill, order_id)
    mails = states_of(execution, "send_email")
    tries = min(failures, 5)
    expected = [f"send_email {n} FAILED" for n in range(1, tries + 1)]
    assert lines(mails) == [*expected, *(["send_email 3 SUCCEEDED"] if failures == 2 else [])]
    assert {state.cause for state in mails[:tries]} == {"the mail server is away"}
    assert execution.status == "SUCCEEDED"


def test_a_full_disk_is_not_filled_with_what_failed_on_it(start_mill: StartMill) -> None:
    mailer = FullOnce(0)
    mill = start_mill(ports={"mail": mailer})
    mill.place(widgets())
    settled(mill)
    assert mailer.tries["mail"] == 2
    assert mill.rows("SELECT count(*) FROM failed_attempts") == [(0,)]


def test_a_refused_request_is_no_attempt_at_an_order(mill: Mill) -> None:
    mill.place(widgets(), key="k")
    with pytest.raises(IdempotencyKeyReused):
        mill.place(widgets(3), key="k")
    settled(mill)
    assert mill.rows("SELECT count(*) FROM failed_attempts") == [(0,)]


def test_an_order_taken_in_by_another_pipeline_shows_how_it_came_in(start_mill: StartMill) -> None:
    mill = start_mill(pipeline="queue")
    order_id = mill.place(widgets()).order.order_id
    settled(mill)
    again = start_mill(mill.data, pipeline="stream", start=False)
    assert sorted(lines(execution_of(again, order_id).states)) == good("queue")
