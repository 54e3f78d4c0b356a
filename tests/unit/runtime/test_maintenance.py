"""Maintenance runs in small steps, gives way, and tells when a job does not go through."""

from __future__ import annotations

import logging
from collections.abc import Iterable

import pytest

from ordermill.ports.journal import StorageFull, Swept
from ordermill.runtime.guard import HUNG, Guard
from ordermill.runtime.maintenance import PAUSE_MS, PRESSED_PAUSE_MS, RETRY_MS, SETTLE_MS, STEP_S, Job, Maintenance
from ordermill.runtime.periodic import Periodics
from tests.unit.runtime.runtime_kit import Now

HOUR = 3_600_000


class Undone:
    """Transactions of which only the marks matter; `rolled_back` are those gone back to."""

    def __init__(self) -> None:
        self.marks, self.rolled_back = 0, list[int]()

    def mark(self) -> int:
        self.marks += 1
        return self.marks

    def rollback_to(self, mark: int) -> None:
        self.rolled_back.append(mark)

    def begin(self) -> None: ...
    def flush(self) -> None: ...
    def commit(self) -> None: ...
    def abort(self) -> None: ...
    def prefetch(self, payloads: Iterable[object]) -> None: ...


class Scripted:
    """A step that gives or raises what it is told, one by one, then has nothing more to do."""

    def __init__(self, *outcomes: Swept | Exception) -> None:
        self.outcomes, self.calls = list(outcomes), 0

    def __call__(self) -> Swept:
        self.calls += 1
        outcome = self.outcomes.pop(0) if self.outcomes else Swept(0, more=False)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


class Kit:
    """Maintenance of these steps, each a job with an interval of an hour; `run` is a cycle of the engine."""

    def __init__(self, *steps: Scripted) -> None:
        self.now, self.transactions, self.ended = Now(), Undone(), list[int]()
        self.clock_s = 0.0
        self.guard = Guard(self.ended.append, monotonic=lambda: self.clock_s)
        self.jobs = [Job(f"job{number}", HOUR, step) for number, step in enumerate(steps)]
        self.maintenance = Maintenance(self.jobs, self.transactions, now_ms=self.now, guard=self.guard)

    def run_when_due(self, *, pressed: bool = False) -> int:
        """How long that took."""
        due, before = self.maintenance.next_due_ms(), self.now.ms
        assert due is not None
        self.now.ms = due
        self.maintenance.run(pressed=pressed)
        return due - before


def test_a_pass_is_taken_step_by_step_with_pauses_and_then_an_interval_later(caplog: pytest.LogCaptureFixture) -> None:
    step = Scripted(Swept(1000, more=True), Swept(1000, more=True), Swept(7, more=False))
    kit = Kit(step)
    (job,) = kit.jobs
    assert job.last_ok == kit.now.ms
    kit.maintenance.run(pressed=False)
    assert step.calls == 0
    assert kit.run_when_due() == SETTLE_MS
    kit.maintenance.run(pressed=False)
    assert step.calls == 1, "one step in a cycle"
    assert [kit.run_when_due(), kit.run_when_due()] == [PAUSE_MS, PAUSE_MS]
    assert (step.calls, job.rows, job.passes, job.last_ok) == (3, 2007, 1, kit.now.ms)
    assert kit.run_when_due() == HOUR
    assert (kit.transactions.rolled_back, caplog.records) == ([], [])


def test_under_pressure_a_job_waits_but_no_longer_than_its_interval() -> None:
    step = Scripted(Swept(1000, more=True))
    kit = Kit(step)
    began = kit.now.ms
    while step.calls < 2 and kit.now.ms < began + 2 * HOUR:
        waited = kit.run_when_due(pressed=True)
    assert waited == PRESSED_PAUSE_MS
    assert kit.now.ms - began == SETTLE_MS + HOUR + PRESSED_PAUSE_MS
    assert kit.jobs[0].passes == 1


def test_a_job_that_fails_is_logged_counted_undone_and_tried_again_ever_later(
    caplog: pytest.LogCaptureFixture,
) -> None:
    kit = Kit(Scripted(*[ZeroDivisionError() for _ in range(30)]))
    (job,), began = kit.jobs, kit.now.ms
    waits = [kit.run_when_due() for _ in range(30)]
    assert waits[:4] == [SETTLE_MS, RETRY_MS, 2 * RETRY_MS, 4 * RETRY_MS]
    assert waits[-1] == HOUR
    assert (job.failures, job.passes, job.last_ok) == (30, 0, began)
    assert kit.transactions.rolled_back == list(range(1, 31))
    assert [record.levelno for record in caplog.records] == [logging.ERROR] * 30
    assert caplog.records[0].message == "maintenance job0 failed"
    kit.run_when_due()
    assert (job.passes, job.failing, job.last_ok) == (1, 0, kit.now.ms)


def test_a_full_disk_fails_the_cycle_once_and_not_the_next_one() -> None:
    step = Scripted(StorageFull("no room"))
    kit = Kit(step)
    with pytest.raises(StorageFull):
        kit.run_when_due()
    kit.maintenance.run(pressed=False)
    assert (step.calls, kit.jobs[0].failures) == (1, 1)
    assert kit.run_when_due() == RETRY_MS


def test_a_job_that_fails_keeps_no_other_from_its_turn() -> None:
    kit = Kit(Scripted(*[ZeroDivisionError() for _ in range(50)]), Scripted(Swept(1, more=True), Swept(1, more=True)))
    for _ in range(6):
        kit.run_when_due()
    assert kit.jobs[1].passes == 1


def test_a_step_that_hangs_ends_the_process() -> None:
    kit = Kit(Scripted())

    def hang() -> Swept:
        kit.clock_s = STEP_S - 0.1
        kit.guard.check()
        for _ in range(3):
            kit.clock_s += 0.2
            kit.guard.check()
        return Swept(0, more=False)

    kit.jobs[0].step = hang
    kit.run_when_due()
    assert set(kit.ended) == {HUNG}


def test_without_jobs_there_is_nothing_to_wake_for() -> None:
    kit = Kit()
    kit.maintenance.run(pressed=False)
    assert kit.maintenance.next_due_ms() is None


def test_what_has_not_gone_through_for_three_intervals_is_stale() -> None:
    now = Now()
    daily, hourly = Job("daily", 24 * HOUR, Scripted()), Job("hourly", HOUR, Scripted())
    daily.last_ok = hourly.last_ok = now.ms
    periodics = Periodics([hourly, daily], now)
    now.ms += 3 * HOUR
    assert periodics.stale() == ()
    now.ms += 1
    assert periodics.stale() == ("hourly",)
    assert periodics.ages_ms() == {"daily": 3 * HOUR + 1, "hourly": 3 * HOUR + 1}
    now.ms += 100 * HOUR
    assert periodics.stale() == ("daily", "hourly")
