"""Runs lives over directories, kills them at every named point, and audits what each death leaves."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import threading
from collections import Counter, deque
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Final

import msgspec

from tests.audit.auditor import audit
from tests.audit.snapshot import Snapshot
from tests.integration.crash import journal
from tests.integration.crash.child import Job
from tests.integration.crash.points import DIED, INTAKE_POINTS, POINTS

DEATHS: Final = 3
"""Of one directory: a message has five receives, and what fails once or twice by itself is to survive most deaths."""
EARLIER: Final = {"change-suspected": "charged", "message-suspected": "mail-synced"}
"""Points that are passed only after another death, one that leaves something in flight."""
FIRST: Final = frozenset({"message-postponed"})
"""Points that only the first life of a directory passes: later on, no mail fails."""
TRIES: Final = 6
"""So many lives for each death asked for: a point that is not passed then does not exist."""


class Zygote:
    """The forking process; use as a context manager. `prefix` runs before its command."""

    def __init__(self, log: Path, *, prefix: Sequence[str] = ()) -> None:
        self._log, self._prefix = log, list(prefix)

    def __enter__(self) -> Zygote:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self._prefix, sys.executable, "-m", "tests.integration.crash.zygote"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=Path(__file__).parents[3],
            )
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._process.communicate(timeout=60)

    def run(self, job: Job) -> int:
        """Its exit status."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(msgspec.json.encode(job) + b"\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"the zygote is gone:\n{self._log.read_text(encoding='utf-8')}"
        return int(line)


class Plan:
    """Which points are still to be died at, and how often each was."""

    def __init__(self, rng: random.Random, points: Sequence[str], rounds: int, usual: Counter[str]) -> None:
        self._rng, self._usual = rng, usual
        self._left = deque(rng.sample(list(points) * rounds, rounds * len(points)))
        self._tries: Counter[str] = Counter()
        self._most = TRIES * rounds
        self.died: Counter[str] = Counter()
        self._lock = threading.Lock()

    def next(self) -> tuple[str, int] | None:
        """A point and which passing of it, or None."""
        with self._lock:
            while self._left:
                point = self._left.popleft()
                self._tries[point] += 1
                if self._tries[point] <= self._most:
                    # What is passed rarely is passed early or not at all.
                    highest = self._usual[point] if self._tries[point] <= self._most // 2 else 1
                    return point, self._rng.randint(1, max(1, highest // self._rng.choice((1, 4, 16))))
            return None

    def note(self, point: str, *, died: bool) -> None:
        """Whether it did."""
        with self._lock:
            self.died[point] += died
            if not died:
                self._left.append(point)


class Directory:
    """One data directory through its deaths; every death and the end are audited. `lives` is how many it had."""

    def __init__(self, folder: Path, zygote: Zygote, seed: str, pipeline: str) -> None:
        self._folder, self._zygote, self._seed = folder, zygote, seed
        self.data, self.log = folder / "data", folder / "journal"
        self.data.mkdir(parents=True)
        self._pipeline = pipeline
        self._before: Snapshot | None = None
        self._deaths: list[str] = []
        self.lives = 0

    def die(self, point: str, nth: int, orders: int) -> bool:
        """Live until the point; whether it was passed."""
        status = self._live(armed=point, nth=nth, orders=orders)
        assert status in (0, DIED), self._told(f"a life that was to end at {point} ended with {status}")
        if status == DIED:
            self._deaths.append(f"{point}/{nth}")
        self._audit(settled=status == 0)
        return status == DIED

    def settle(self) -> None:
        """One more life, without a death, and nothing is left to do."""
        status = self._live(orders=3)
        assert status == 0, self._told(f"the last life ended with {status}")
        self._audit(settled=True)
        shutil.rmtree(self._folder)

    def _live(self, *, orders: int, armed: str | None = None, nth: int = 1) -> int:
        seed = f"{self._seed}/{self.lives}"
        job = Job(
            *(str(self.data), str(self.log), seed, orders, True, armed, nth),
            mail_fails=self.lives == 0,
            pipeline=self._pipeline,
            intake_fails=self._pipeline == "workflow",
        )
        self.lives += 1
        return self._zygote.run(job)

    def _audit(self, *, settled: bool) -> None:
        if not (self.data / "ordermill.db").exists():
            return
        told = journal.read(self.log)
        assert told.unexpected + told.unavailable == [], self._told("unexpected answers")
        self._before = audit(
            self.data,
            told.attempts,
            after=self._told(""),
            settled=settled,
            deaths=len(self._deaths),
            failing={"send_email": 1},
            before=self._before,
        )
        orders = self._before.orders
        back = [order_id for order_id in told.cancelled if orders[order_id]["status"] != "CANCELLED"]
        assert back == [], self._told(f"cancellations were answered and are gone: {back}")

    def _told(self, what: str) -> str:
        return f"{what} seed {self._seed}, deaths at {', '.join(self._deaths) or 'none'}, in {self._folder}".strip()


def crash_everywhere(folder: Path, zygote: Zygote, seed: str, plan: Plan, pipeline: str = "stream") -> None:
    """Directory after directory, until the plan is through; in `workflow` taking orders in fails now and then."""
    rng, number = random.Random(seed), 0
    planned = plan.next()
    while planned is not None:
        directory, died, number = Directory(folder / str(number), zygote, f"{seed}/{number}", pipeline), 0, number + 1
        while planned is not None and died < DEATHS and not (directory.lives and planned[0] in FIRST):
            if (earlier := EARLIER.get(planned[0])) is not None:
                died += directory.die(earlier, 1, orders=20)
            fired = directory.die(*planned, orders=rng.randint(5, 40))
            plan.note(planned[0], died=fired)
            died += fired
            planned = plan.next()
        directory.settle()


def usual_passes(folder: Path, zygote: Zygote, seed: str, pipeline: str = "stream") -> Counter[str]:
    """How often each point is passed in a life of twenty orders."""
    data, log = folder / "data", folder / "journal"
    data.mkdir(parents=True)
    fails = pipeline == "workflow"
    job = Job(str(data), str(log), seed, 20, mail_fails=True, pipeline=pipeline, intake_fails=fails)
    status = zygote.run(job)
    assert status == 0, f"a life without a death ended with {status}"
    told = journal.read(log)
    audit(data, told.attempts, failing={"send_email": 1})
    assert set(told.passed) <= {*POINTS, *INTAKE_POINTS}
    return told.passed
