"""What keeps storage small: jobs in small steps inside the engine's cycles, when it has little else to do."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from ordermill.ports.journal import StorageBroken, StorageFull, Swept, Transactions
from ordermill.runtime.guard import Guard

log = logging.getLogger(__name__)

SETTLE_MS: Final = 60_000
"""After a start, nothing is swept for so long."""
PAUSE_MS: Final = 20
"""Between two steps; a step takes a few milliseconds of the engine's time."""
PRESSED_PAUSE_MS: Final = 200
"""The same under pressure, of what cannot wait any longer."""
RETRY_MS: Final = 1000
"""After a failure; it doubles with each further one, up to the job's interval."""
STEP_S: Final = 10
"""How long a step may hold the engine before the watchdog ends the process."""


@dataclass(slots=True)
class Job:
    """One pass through it every `interval_ms`, step by step: each is told to remove little, in the open transaction."""

    name: str
    interval_ms: int
    step: Callable[[], Swept]
    due_ms: int = 0
    last_ok: int = 0
    """When a pass was last completed, or the job began."""
    passes: int = 0
    failures: int = 0
    rows: int = 0
    failing: int = 0
    """How often it failed in a row."""


class Maintenance:
    """Runs one step of the job that is due first. Under pressure a job waits, but no longer than its interval."""

    def __init__(
        self, jobs: Sequence[Job], transactions: Transactions, *, now_ms: Callable[[], int], guard: Guard
    ) -> None:
        self.jobs, self._transactions, self._now, self._guard = tuple(jobs), transactions, now_ms, guard
        self._not_before, now = 0, now_ms()
        for job in self.jobs:
            job.last_ok, job.due_ms = now, now + min(job.interval_ms, SETTLE_MS)

    def next_due_ms(self) -> int | None:
        """When `run` has something to do."""
        return max(self._not_before, min(job.due_ms for job in self.jobs)) if self.jobs else None

    def run(self, *, pressed: bool) -> None:
        """One step at most, in the open transaction. Raises StorageFull or StorageBroken, and nothing else."""
        now, due = self._now(), self.next_due_ms()
        if due is None or now < due:
            return
        self._not_before = now + (PRESSED_PAUSE_MS if pressed else PAUSE_MS)
        job = min(self.jobs, key=lambda job: job.due_ms)
        if not pressed or now >= job.due_ms + job.interval_ms:
            self._step(job, now)

    def _step(self, job: Job, now: int) -> None:
        mark = self._transactions.mark()
        self._guard.enter(job.name, STEP_S)
        try:
            swept = job.step()
        except (StorageFull, StorageBroken):
            # What came with it in this transaction fails too: it must not be tried again with the very next.
            self._postpone(job, now)
            raise
        except Exception as error:
            self._transactions.rollback_to(mark)
            self._postpone(job, now)
            log.error("maintenance %s failed", job.name, exc_info=error)
            return
        finally:
            self._guard.leave()
        job.failing = 0
        job.rows += swept.rows
        if not swept.more:
            job.passes, job.last_ok, job.due_ms = job.passes + 1, now, now + job.interval_ms

    def _postpone(self, job: Job, now: int) -> None:
        job.due_ms = now + min(job.interval_ms, RETRY_MS * 2 ** min(job.failing, 16))
        job.failures, job.failing = job.failures + 1, job.failing + 1
