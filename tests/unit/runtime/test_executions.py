"""Executions that wait: time-outs, restarts, aborted transactions; what is kept of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ordermill.adapters.clock import SystemClock
from ordermill.adapters.local.store import LocalStore
from ordermill.adapters.local.stores import LocalOrders
from ordermill.domain.commands import Accepted, ExecutionOutcome, Placed, PlaceOrder, StartExecution
from ordermill.domain.errors import Conflict, IntakeFailed, InvalidOrder, StorageUnavailable
from ordermill.domain.order import Status
from ordermill.runtime.cycle import Answer
from ordermill.runtime.executions import Executions
from ordermill.runtime.faults import InjectedTimeout, Postponed
from ordermill.runtime.handlers import Plain, Starter, Workflow
from ordermill.runtime.inbox import Intake
from ordermill.runtime.kept_executions import TEXT_CHARS, VALUE_BYTES, kept, short
from ordermill.runtime.trail import Trail
from ordermill.runtime.workflow.interpreter import Interpreter
from ordermill.runtime.workflow.loader import load
from ordermill.runtime.workflow.model import Resource
from tests.unit.runtime.runtime_kit import Now, order_of

MACHINE: dict[str, Any] = {
    "StartAt": "work",
    "TimeoutSeconds": 10,
    "States": {
        "work": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "${work}", "Payload.$": "$"},
            "OutputPath": "$.Payload",
            "TimeoutSeconds": 2,
            "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 2, "BackoffRate": 1}],
            "End": True,
        }
    },
}
ANSWER = {"orderId": "ord_1"}
MESSAGE = PlaceOrder({"a": 1}, text='{"a": 1}')


class System:
    """One workflow over a store; each of its Task's tries does what `tries` says next, then it succeeds."""

    def __init__(self, store: LocalStore, now: Now, *tries: Callable[[], Any], machine: Any = MACHINE) -> None:
        self.store, self.now, self.tries = store, now, list(tries)
        self.settled: list[ExecutionOutcome] = []
        self.answers: list[Answer] = []
        self.spared: list[bool] = []
        data = json.dumps(machine).encode()
        interpreter = Interpreter(load("work", data, {"work": Resource("function", "work")}), lambda: 1.0)
        task = Plain("work", 10, reads=False, run=self._work, edge="work>work")
        self.workflow = Workflow("work", interpreter, {("function", "work"): task})
        self.starter = Starter("start", 25, False, self._prepare, self._settle, self.workflow)
        self.executions = Executions(
            store,
            {"work": self.workflow},
            attempt=self._attempt,
            trail=Trail([], now, store.attempts),
            now_ms=now,
            new_id=lambda: "exec_new",
        )

    def _prepare(self, message: PlaceOrder) -> StartExecution:
        return StartExecution("exec_1", {"orderId": "ord_1", "body": message.text})

    def _settle(self, message: PlaceOrder, outcome: ExecutionOutcome) -> Any:
        self.settled.append(outcome)
        if outcome.status != "SUCCEEDED":
            raise IntakeFailed
        return Placed(Accepted("ord_1", 1, Status.PENDING, 1, "USD", 0, replayed=False), "t", replayed=False)

    def _work(self, payload: Any) -> Any:
        return self.tries.pop(0)() if self.tries else ANSWER

    def _attempt(
        self, handler: Any, stage: Callable[..., Any], *args: Any, spared: bool = False
    ) -> tuple[Any, Exception | None]:
        self.spared.append(spared)
        try:
            return stage(*args), None
        except Exception as error:
            return None, error

    def reply(self, result: Any, error: BaseException | None) -> None:
        """Nobody calls it: answers are looked at."""

    def in_cycle(self, run: Callable[[], list[Answer]], *, stored: bool = True) -> list[Answer]:
        """One transaction of the engine's."""
        self.store.begin()
        answers = run()
        if stored:
            self.store.commit()
            self.executions.commit()
        else:
            self.store.abort()
            self.executions.abort()
            self.executions.recover()
        return answers

    def take(self, *, stored: bool = True) -> list[Answer]:
        """A request comes in."""
        intake = Intake(self.starter, MESSAGE, self.reply)

        def run() -> list[Answer]:
            answer = self.executions.take(intake, self.starter)
            return [] if answer is None else [answer]

        return self.in_cycle(run, stored=stored)

    def resume(self, after_ms: int = 0) -> list[Answer]:
        """The next cycle, so much later."""
        self.now.ms += after_ms
        return self.in_cycle(self.executions.resume)

    @property
    def rows(self) -> dict[str, str]:
        return dict(self.store.connection.execute("SELECT execution_id, status FROM executions"))

    @property
    def steps(self) -> list[tuple[str, str | None]]:
        row = self.store.executions.read("exec_1")
        assert row is not None
        return [(state.status, state.error) for state in kept(row).states]


def fail() -> Any:
    raise OSError("away")


@pytest.fixture
def now() -> Now:
    return Now()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalStore]:
    opened = LocalStore(tmp_path / "ordermill.db")
    yield opened
    opened.close()


def test_what_goes_well_is_answered_at_once_and_leaves_nothing(store: LocalStore, now: Now) -> None:
    system = System(store, now)
    ((_, result, error),) = system.take()
    assert (result.order.order_id, error) == ("ord_1", None)
    assert (system.rows, system.executions.next_due_ms()) == ({}, None)


def test_what_is_to_be_tried_again_waits_and_is_answered_then(store: LocalStore, now: Now) -> None:
    system = System(store, now, fail)
    assert system.take() == []
    assert (system.rows, system.executions.next_due_ms()) == ({"exec_1": "RUNNING"}, now.ms + 1000)
    assert (system.resume(999), system.executions.ready()) == ([], False)
    ((_, result, error),) = system.resume(1)
    assert (result.order.order_id, error) == ("ord_1", None)
    assert system.rows == {"exec_1": "SUCCEEDED"}
    assert system.steps == [("RETRIED", "OSError"), ("SUCCEEDED", None)]
    assert system.executions.next_due_ms() is None


def test_a_try_that_takes_too_long_is_given_up(store: LocalStore, now: Now) -> None:
    def slow() -> Any:
        now.ms += 2_000
        return ANSWER

    system = System(store, now, slow, slow, slow)
    assert system.take() == []
    assert system.resume(1_000) == []
    ((_, _, error),) = system.resume(1_000)
    assert isinstance(error, IntakeFailed)
    assert system.steps == [("RETRIED", "States.Timeout")] * 2 + [("FAILED", "States.Timeout")]


def test_the_machines_time_ends_it_with_an_answer(store: LocalStore, now: Now) -> None:
    system = System(store, now, fail)
    system.take()
    ((_, _, error),) = system.resume(10_000)
    assert isinstance(error, IntakeFailed)
    assert [outcome.status for outcome in system.settled] == ["TIMED_OUT"]
    assert system.rows == {"exec_1": "TIMED_OUT"}


def test_another_process_goes_on_and_the_time_between_does_not_count(store: LocalStore, now: Now) -> None:
    System(store, now, fail).take()
    now.ms += 3_600_000
    again = System(store, now)
    again.executions.recover()
    assert again.executions.next_due_ms() == now.ms + 1000
    assert again.resume(1000) == []
    assert (again.rows, again.settled) == ({"exec_1": "SUCCEEDED"}, [])


def test_a_clock_that_went_back_makes_nothing_wait_longer(store: LocalStore, now: Now) -> None:
    System(store, now, fail).take()
    now.ms -= 3_600_000
    again = System(store, now)
    again.executions.recover()
    again.resume(1000)
    assert again.rows == {"exec_1": "SUCCEEDED"}


def test_what_another_text_of_the_machine_began_fails(store: LocalStore, now: Now) -> None:
    System(store, now, fail).take()
    again = System(store, now, machine={**MACHINE, "Comment": "another"})
    again.executions.recover()
    again.resume(1000)
    assert (again.rows, again.steps[-1]) == ({"exec_1": "FAILED"}, ("RETRIED", "OSError"))


def test_what_no_workflow_is_there_for_is_given_up(store: LocalStore, now: Now) -> None:
    System(store, now, fail).take()
    again = System(store, now)
    again.workflow = Workflow("other", again.workflow.interpreter, {})
    again.executions = Executions(
        *(store, {}),
        attempt=again._attempt,
        trail=Trail([], now, store.attempts),
        now_ms=now,
        new_id=lambda: "exec_new",
    )
    again.executions.recover()
    again.resume(1000)
    assert again.rows == {"exec_1": "FAILED"}


def test_a_transaction_that_is_not_stored_parked_nothing(store: LocalStore, now: Now) -> None:
    system = System(store, now, fail)
    assert system.take(stored=False) == []
    assert (system.rows, system.executions.next_due_ms(), system.executions.refuse_callers()) == ({}, None, [])


def test_one_that_was_taken_up_in_vain_is_taken_up_again_for_its_caller(store: LocalStore, now: Now) -> None:
    system = System(store, now, fail)
    system.take()
    now.ms += 1000
    assert len(system.in_cycle(system.executions.resume, stored=False)) == 1
    assert system.rows == {"exec_1": "RUNNING"}
    ((_, result, _),) = system.resume(1000)
    assert result.order.order_id == "ord_1"


def test_callers_are_refused_once_and_what_they_wait_for_goes_on(store: LocalStore, now: Now) -> None:
    system = System(store, now, fail)
    system.take()
    ((_, _, error),) = system.executions.refuse_callers()
    assert isinstance(error, StorageUnavailable)
    assert system.executions.refuse_callers() == []
    assert system.resume(1000) == []
    assert system.rows == {"exec_1": "SUCCEEDED"}


def test_many_at_once_go_on_over_several_cycles(store: LocalStore, now: Now) -> None:
    system = System(store, now, *[fail] * 100)
    ids = iter(range(100))
    system.starter = Starter(
        *("start", 25, False, lambda _: StartExecution(f"exec_{next(ids)}", {}), system._settle, system.workflow)
    )
    for _ in range(100):
        system.take()
    assert len(system.resume(1000)) == 64
    assert system.executions.ready()
    assert len(system.resume()) == 36
    assert not system.executions.ready()


def test_what_a_function_refused_is_kept_as_one_state(store: LocalStore, now: Now) -> None:
    system = System(store, now)
    handler = Plain("create_order", 10, reads=False, run=lambda message: None)
    refused = InvalidOrder([])
    ((_, _, error),) = system.in_cycle(
        lambda: [system.executions.answered(Intake(handler, MESSAGE, system.reply), None, refused)]
    )
    assert error is refused
    assert refused.execution_id == "exec_new"
    assert system.rows == {"exec_new": "FAILED"}


def test_another_functions_failure_is_none_of_an_intake(store: LocalStore, now: Now) -> None:
    system = System(store, now)
    handler = Plain("update_catalogue", 10, reads=False, run=lambda message: None)
    fault = OSError("away")
    ((_, _, error),) = system.in_cycle(
        lambda: [system.executions.answered(Intake(handler, object(), system.reply), None, fault)]
    )
    assert error is fault
    assert system.rows == {}


@pytest.mark.parametrize(
    ("value", "cut"),
    [
        ("x" * TEXT_CHARS, "x" * TEXT_CHARS),
        ("x" * (TEXT_CHARS + 1), "x" * TEXT_CHARS + "…"),
        ({"a": ["y" * 2000, 1, None, True]}, {"a": ["y" * TEXT_CHARS + "…", 1, None, True]}),
        ("\ud800", "\\ud800"),
        ([0] * VALUE_BYTES, f"(more than {VALUE_BYTES:,} bytes of JSON)"),
    ],
)
def test_what_is_kept_is_short(value: Any, cut: Any) -> None:
    assert short(value) == cut


def test_an_order_that_was_stored_too_late_is_met_again_in_another_process(tmp_path: Path, now: Now) -> None:
    path, order = tmp_path / "ordermill.db", order_of("ord_1")
    met = []

    def create(store: LocalStore, late_ms: int) -> Callable[[], Any]:
        def run() -> Any:
            now.ms += late_ms
            try:
                LocalOrders(store, SystemClock()).create(order)
            except Conflict:
                met.append(order.order_id)
            return ANSWER

        return run

    first = LocalStore(path)
    assert System(first, now, create(first, 2_000)).take() == []
    first.close()
    second = LocalStore(path)
    again = System(second, now, create(second, 0))
    again.executions.recover()
    again.resume(1000)
    assert (again.rows, met) == ({"exec_1": "SUCCEEDED"}, ["ord_1"])
    second.close()


def late(after_ms: int, error: Exception | None = None) -> Callable[[], Any]:
    def put_off() -> Any:
        raise Postponed("work", "start", after_ms, error)

    return put_off


@pytest.mark.parametrize(
    ("fault", "after_ms", "steps"),
    [
        (late(500), 500, [("SUCCEEDED", None)]),
        (late(300, InjectedTimeout("work", "start", 300)), 300, [("RETRIED", "InjectedTimeout"), ("SUCCEEDED", None)]),
        (late(5000), 2000, [("RETRIED", "States.Timeout"), ("SUCCEEDED", None)]),
    ],
    ids=["late", "late to fail", "later than it may be"],
)
def test_a_try_that_a_fault_puts_off_comes_then(
    store: LocalStore, now: Now, fault: Callable[[], Any], after_ms: int, steps: list[tuple[str, str | None]]
) -> None:
    system = System(store, now, fault)
    assert system.take() == []
    assert system.resume(after_ms - 1) == []
    answers = system.resume(1) or system.resume(1000)
    assert [error for _, _, error in answers] == [None]
    assert system.steps == steps
    # Only what was put off is not struck again.
    assert system.spared.count(True) == (len(steps) == 1)
