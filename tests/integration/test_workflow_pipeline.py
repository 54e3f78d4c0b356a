"""Pipeline `workflow`: what the state machine does with orders that go well, badly, and now and then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from ordermill.adapters.clock import SystemClock
from ordermill.adapters.local.messaging import LocalQueue
from ordermill.adapters.local.stores import LocalOrders, LocalProducts
from ordermill.bootstrap.local import Deadlines
from ordermill.domain.alerts import Alert
from ordermill.domain.errors import Conflict, IdempotencyKeyReused, IntakeFailed, InvalidOrder, StorageUnavailable
from ordermill.domain.order import Status
from ordermill.runtime.kept_executions import KeptExecution
from tests.integration.system_kit import Mill, Noted, StartMill, widgets

AT_ONCE = Deadlines(chance=lambda: 0.0)
"""No jitter is waited: what is tried again is tried at once."""
LATER = Deadlines(chance=lambda: 1.0)
"""All of it is: a second."""
FLAKY = ["products", "orders", "order-queue"]
"""What validate_order, create_order and the sending need."""


class Flaky:
    """A port of which one verb fails as often as told, for orders with this note or all."""

    def __init__(self, failures: int) -> None:
        self.inner: Any = None
        self.left = failures
        self.calls: Counter[str] = Counter()

    def __getattr__(self, verb: str) -> Callable[..., Any]:
        def call(*args: Any, **named: Any) -> Any:
            self.calls[verb] += 1
            result = getattr(self.inner, verb)(*args, **named)
            if verb in ("find", "create", "send") and self.left:
                # After the call: what it wrote must not stay.
                self.left -= 1
                raise OSError(f"{verb} is away")
            return result

        return call


class Alerts:
    """Topic `alerts`: keeps what is published."""

    def __init__(self) -> None:
        self.published: list[tuple[dict[str, Any], str | None]] = []

    def publish_json(self, message: Any, order_id: str | None) -> None:
        self.published.append((message, order_id))

    def publish(self, alerts: Sequence[Alert]) -> None:
        """What functions publish is not looked at here."""


def flaky_mill(start_mill: StartMill, port: str, failures: int, **options: Any) -> tuple[Mill, Flaky, Alerts]:
    """A system whose `port` fails so often; its alerts."""
    flaky, alerts = Flaky(failures), Alerts()
    options = {"deadlines": AT_ONCE, **options}
    mill = start_mill(start=False, ports={port: flaky, "alerts": alerts}, **options)
    store, clock = mill.system.store, SystemClock()
    flaky.inner = {
        "products": LocalProducts(store),
        "orders": LocalOrders(store, clock),
        "order-queue": LocalQueue(store.messages, "order-queue", clock),
    }[port]
    mill.system.start()
    return mill, flaky, alerts


def kept(mill: Mill, execution_id: str | None) -> KeptExecution:
    """The execution as a reader sees it."""
    assert execution_id is not None
    found = mill.system.executions.read(execution_id)
    assert found is not None
    return found


def steps(execution: KeptExecution) -> list[tuple[str, str, int]]:
    return [(state.name, state.status, state.attempt) for state in execution.states]


def executions(mill: Mill) -> list[Any]:
    return mill.rows("SELECT order_id, status FROM executions ORDER BY execution_id")


def check_processed_once(mill: Mill, order_id: str) -> None:
    order = mill.finished(order_id)
    mill.settle(mill.quiet)
    assert [(entry.status, entry.by) for entry in order.history] == [
        ("PENDING", "create_order"),
        ("CONFIRMED", "process_order"),
        ("PAID", "process_order"),
        ("PROCESSED", "process_order"),
    ]
    assert mill.charges(order_id) == [("charge", "approved")]
    assert mill.rows("SELECT count(*) FROM orders") == [(1,)]
    assert mill.dead() == []


def test_what_goes_well_at_once_leaves_no_execution(mill: Mill) -> None:
    placed = mill.place(widgets(), "k")
    assert (placed.order.status, placed.order.total, placed.replayed) == (Status.PENDING, 1998, False)
    check_processed_once(mill, placed.order.order_id)
    again = mill.place(widgets(), "k")
    assert (again.order.order_id, again.order.status, again.replayed, again.token) == (
        placed.order.order_id,
        Status.PROCESSED,
        True,
        placed.token,
    )
    assert executions(mill) == []


def test_a_refusal_names_every_wrong_member_and_its_execution(mill: Mill) -> None:
    with pytest.raises(InvalidOrder) as raised:
        mill.place({"items": [{"quantity": 0}], "total": 1})
    assert {error.pointer for error in raised.value.errors} == {"/total", "/items/0/product", "/items/0/quantity"}
    execution = kept(mill, raised.value.execution_id)
    assert (execution.order_id, execution.status) == (None, "FAILED")
    assert steps(execution) == [("validate_order", "CAUGHT", 1), ("refused", "FAILED", 1)]
    assert {state.error for state in execution.states} == {"InvalidOrder"}
    assert mill.state()["orders"] == 0


def test_a_refused_key_is_told_apart(mill: Mill) -> None:
    mill.place(widgets(), "k")
    with pytest.raises(IdempotencyKeyReused) as raised:
        mill.place(widgets(3), "k")
    assert steps(kept(mill, raised.value.execution_id))[0] == ("validate_order", "CAUGHT", 1)


@pytest.mark.parametrize("port", FLAKY)
def test_what_fails_once_is_tried_again_and_taken_in_once(start_mill: StartMill, port: str) -> None:
    noted = Noted()
    mill, flaky, alerts = flaky_mill(start_mill, port, 1, sinks=[noted])
    placed = mill.place(widgets())
    check_processed_once(mill, placed.order.order_id)
    assert not flaky.left
    assert executions(mill) == [(placed.order.order_id, "SUCCEEDED")]
    execution = kept(mill, "exec_" + placed.order.order_id[4:])
    retried = {"products": "validate_order", "orders": "create_order", "order-queue": "send_to_order_queue"}[port]
    assert (retried, "RETRIED", 1) in steps(execution)
    assert (retried, "SUCCEEDED", 2) in steps(execution)
    assert alerts.published == []
    mill.close()
    edge = f"order-intake>{port if port == 'order-queue' else retried}"
    assert noted.of(edge)[0].outcome == "retry"
    assert [hop.outcome for hop in noted.of("POST /orders>start_workflow")] == ["ok"]


@pytest.mark.parametrize(("port", "tries"), [("products", 2), ("orders", 3), ("order-queue", 2)])
def test_what_keeps_failing_is_a_failure_with_an_alert_and_a_safe_repeat(
    start_mill: StartMill, port: str, tries: int
) -> None:
    mill, flaky, alerts = flaky_mill(start_mill, port, tries)
    with pytest.raises(IntakeFailed) as raised:
        mill.place(widgets(), "k")
    execution = kept(mill, raised.value.execution_id)
    assert (execution.status, execution.states[-1].name, execution.states[-1].error) == (
        "FAILED",
        "failed",
        "IntakeFailed",
    )
    ((alert, order_id),) = alerts.published
    assert alert["executionId"] == execution.execution_id
    assert (alert["orderId"], alert["workflow"], alert["error"]) == (order_id, "order-intake", "OSError")
    assert "Widget" not in str(alert)
    stored = port == "order-queue"
    assert mill.state()["orders"] == stored
    # What was stored and never sent lies there until the same key comes again.
    assert mill.rows("SELECT count(*) FROM messages WHERE queue = 'order-queue'") == [(0,)]
    placed = mill.place(widgets(), "k")
    assert (placed.replayed, placed.order.order_id == order_id) == (stored, stored)
    assert not flaky.left
    check_processed_once(mill, placed.order.order_id)


def test_an_alert_that_cannot_go_out_changes_nothing_for_the_caller(start_mill: StartMill) -> None:
    mill, _, alerts = flaky_mill(start_mill, "orders", 99)
    alerts.published = None  # type: ignore[assignment]
    with pytest.raises(IntakeFailed) as raised:
        mill.place(widgets())
    assert ("publish_alert", "CAUGHT", 2) in steps(kept(mill, raised.value.execution_id))


def test_a_neighbour_that_waits_holds_nobody_up(start_mill: StartMill) -> None:
    mill, _, _ = flaky_mill(start_mill, "orders", 1, deadlines=LATER)
    slow = mill.submit(widgets())
    mill.settle(lambda: executions(mill) != [])
    quick = [mill.place(widgets()).order.order_id for _ in range(5)]
    assert {mill.finished(order_id).status for order_id in quick} == {Status.PROCESSED}
    assert not slow.done()
    assert slow.result(10).order.status is Status.PENDING


@pytest.mark.parametrize("port", ["orders", "order-queue"])
def test_what_waited_when_the_process_died_is_completed_by_the_next_one(
    start_mill: StartMill, tmp_path: Path, port: str
) -> None:
    mill, _, _ = flaky_mill(start_mill, port, 1, deadlines=LATER)
    lost = mill.submit(widgets(), "k")
    mill.settle(lambda: executions(mill) != [])
    ((order_id, status),) = executions(mill)
    assert (status, lost.done()) == ("RUNNING", False)
    again = start_mill(mill.copy_files(tmp_path / "copy"), deadlines=LATER)
    check_processed_once(again, order_id)
    assert executions(again) == [(order_id, "SUCCEEDED")]
    assert again.place(widgets(), "k").order.order_id == order_id


def test_what_another_pipeline_parked_is_completed_too(start_mill: StartMill, tmp_path: Path) -> None:
    mill, _, _ = flaky_mill(start_mill, "order-queue", 1, deadlines=LATER)
    mill.submit(widgets())
    mill.settle(lambda: executions(mill) != [])
    ((order_id, _),) = executions(mill)
    again = start_mill(mill.copy_files(tmp_path / "copy"), pipeline="queue")
    check_processed_once(again, order_id)


def test_a_clean_stop_tells_who_waits_and_keeps_what_is_parked(start_mill: StartMill) -> None:
    mill, _, _ = flaky_mill(start_mill, "orders", 1, deadlines=LATER)
    waiting = mill.submit(widgets(), "k")
    mill.settle(lambda: executions(mill) != [])
    mill.close()
    assert isinstance(waiting.exception(5), StorageUnavailable)
    ((order_id, status),) = executions(mill)
    assert status == "RUNNING"
    check_processed_once(start_mill(mill.data), order_id)


def break_flush(mill: Mill, *failures: BaseException) -> list[BaseException]:
    """Let the next flushes fail; what is left of the failures."""
    store, left = mill.system.store, list(failures)
    flush = store.flush

    def failing() -> None:
        if left:
            raise left.pop(0)
        flush()

    store.flush = failing  # type: ignore[method-assign]
    return left


def test_a_batch_that_cannot_be_stored_is_run_one_by_one(start_mill: StartMill) -> None:
    mill = start_mill()
    left = break_flush(mill, ValueError("a row that the file refuses"))
    futures = [mill.submit(widgets(), f"k{number}") for number in range(5)]
    refused = mill.submit({"items": []})
    ids = {future.result(10).order.order_id for future in futures}
    assert isinstance(refused.exception(10), InvalidOrder)
    assert (len(ids), left) == (5, [])
    assert {mill.finished(order_id).status for order_id in ids} == {Status.PROCESSED}


def test_one_that_cannot_be_stored_alone_fails_with_its_execution(start_mill: StartMill) -> None:
    mill = start_mill()
    fault = ValueError("a row that the file refuses")
    break_flush(mill, fault, fault)
    error = mill.submit(widgets()).exception(10)
    stored = mill.submit(widgets())
    assert isinstance(error, IntakeFailed)
    assert steps(kept(mill, error.execution_id)) == [("start_workflow", "FAILED", 1)]
    assert mill.finished(stored.result(10).order.order_id).status is Status.PROCESSED


def test_a_parked_one_that_cannot_be_stored_as_it_goes_on_is_given_up_and_told(start_mill: StartMill) -> None:
    mill, _, _ = flaky_mill(start_mill, "orders", 1, deadlines=LATER)
    waiting = mill.submit(widgets(), "k")
    mill.settle(lambda: executions(mill) != [])
    fault = ValueError("a row that the file refuses")
    break_flush(mill, fault, fault)
    assert isinstance(waiting.exception(10), IntakeFailed)
    mill.settle(lambda: [status for _, status in executions(mill)] == ["FAILED"])
    assert mill.place(widgets(), "k").replayed is False


@pytest.mark.parametrize("way", ["stream", "queue"])
def test_elsewhere_the_function_is_the_one_state(start_mill: StartMill, way: str) -> None:
    mill = start_mill(pipeline=way)
    function = {"stream": "create_order", "queue": "submit_order"}[way]
    with pytest.raises(InvalidOrder) as raised:
        mill.place({"items": []}, "k")
    execution = kept(mill, raised.value.execution_id)
    (state,) = execution.states
    assert (state.name, state.status, state.attempt, state.error, state.output) == (
        function,
        "FAILED",
        1,
        "InvalidOrder",
        None,
    )
    assert state.input == {"body": '{"items": []}', "headerKey": "k", "subject": "anonymous"}
    assert execution.order_id is None
    mill.place(widgets(), "k")


@pytest.mark.parametrize(("way", "port"), [("stream", "orders"), ("queue", "order-queue")])
def test_elsewhere_a_failure_is_told_as_one_too(start_mill: StartMill, way: str, port: str) -> None:
    mill, _, _ = flaky_mill(start_mill, port, 1, pipeline=way)
    with pytest.raises(IntakeFailed) as raised:
        mill.place(widgets(), "k")
    assert kept(mill, raised.value.execution_id).states[0].error == "OSError"
    assert mill.finished(mill.place(widgets(), "k").order.order_id).status is Status.PROCESSED


def test_refusals_leave_no_more_than_is_kept(start_mill: StartMill, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ordermill.adapters.local.execution_log.KEPT", 20)
    monkeypatch.setattr("ordermill.adapters.local.execution_log.TRIM_EVERY", 5)
    mill = start_mill()
    ids: Sequence[str | None] = [
        getattr(mill.submit({"items": []}).exception(10), "execution_id", "") for _ in range(40)
    ]
    rows = {row[0] for row in mill.rows("SELECT execution_id FROM executions")}
    assert 20 <= len(rows) <= 26
    assert rows < set(ids[10:])


def test_a_conflict_is_not_a_refusal(start_mill: StartMill) -> None:
    class Taken(Flaky):
        def create(self, *args: Any, **named: Any) -> None:
            raise Conflict("taken")

    taken = Taken(0)
    mill = start_mill(start=False, ports={"orders": taken}, deadlines=AT_ONCE)
    taken.inner = LocalOrders(mill.system.store, SystemClock())
    mill.system.start()
    with pytest.raises(IntakeFailed):
        mill.place(widgets())
