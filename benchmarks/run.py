"""The order in which everything is measured: short rounds, in turn, so that each meets the same machine."""

from __future__ import annotations

import shutil
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from benchmarks import backlog, compare, lists
from benchmarks.accept import accept_and_process, accept_keyed, serve_and_load
from benchmarks.latency import latency_at
from benchmarks.processes import free_port, ordermill
from benchmarks.raw import group_commit
from benchmarks.wrk import Load


class Plan(msgspec.Struct, frozen=True):
    """What is measured and how long: loads of `seconds`, `rounds` of each, `rates` offered in an open loop.

    `backlog` orders wait for a drain, `listed` are there for the list queries.
    """

    pipelines: tuple[str, ...]
    connections: int
    rounds: int = 3
    seconds: int = 4
    backlog: int = 100_000
    listed: int = 1_000_000
    rates: tuple[int, ...] = (2_000, 5_000)


class Run:
    """One run in the empty folder `where`; `say` tells what is going on. `refused` counts answers but 202."""

    def __init__(self, where: Path, plan: Plan, say: Callable[[str], None]) -> None:
        self.where, self.plan, self.refused = where, plan, 0
        self.comparisons: list[compare.Comparison] = []
        self._say = say
        self._values: dict[str, list[float]] = defaultdict(list)

    def measure(self) -> dict[str, list[float]]:
        """Each figure's values, a value a round, by `figures`' keys."""
        plan = self.plan
        for number in range(plan.rounds):
            self._say(f"accepting and processing, round {number + 1} of {plan.rounds}")
            self._raw()
            for pipeline in plan.pipelines if number % 2 == 0 else plan.pipelines[::-1]:
                self._accept(pipeline)
        for pipeline in plan.pipelines:
            self._say(f"latency at a fixed rate, {pipeline}")
            self._latency(pipeline)
            self._say(f"a backlog of {plan.backlog:,} orders, {pipeline}")
            self._drain(pipeline)
        self._compare()
        return dict(self._values)

    def lists(self) -> dict[str, Any]:
        """The list queries' figures."""
        self._say(f"list queries at {self.plan.listed:,} orders")
        return lists.run(self.plan.listed)

    def _raw(self) -> None:
        port = free_port()
        command = [sys.executable, "-m", "benchmarks.raw", str(port)]
        url = f"http://127.0.0.1:{port}/orders"
        load = serve_and_load(command, url, seconds=self.plan.seconds, connections=self.plan.connections)
        self._values["raw_http"].append(load.rate)
        with self._folder("raw") as data:
            data.mkdir()
            rate = group_commit(data / "raw.db", seconds=self.plan.seconds / 2, batch=64)
        self._values["raw_commits"].append(rate)

    def _accept(self, pipeline: str) -> None:
        size = {"seconds": self.plan.seconds, "connections": self.plan.connections}
        with self._folder("plain") as data:
            load, more = accept_and_process(data, pipeline, **size)
        with self._folder("keyed") as data:
            keyed = accept_keyed(data, pipeline, **size)
        self._count(load, keyed)
        self._add(pipeline, {"accepted": load.rate, "accepted_p99": load.p99_ms, "keyed": keyed.rate, **more})

    def _latency(self, pipeline: str) -> None:
        for _ in range(self.plan.rounds):
            for rate in self.plan.rates:
                with self._folder("latency") as data, ordermill(data, pipeline) as server:
                    found = latency_at(server.url, rate, self.plan.seconds)
                self._add(pipeline, {f"{name}_at_{rate}": value for name, value in found.items()})

    def _drain(self, pipeline: str) -> None:
        with self._folder("backlog") as data:
            backlog.build(data, pipeline, self.plan.backlog)
            for _ in range(self.plan.rounds):
                self._add(pipeline, backlog.drain(data, pipeline, self.plan.backlog))

    def _compare(self) -> None:
        plan = self.plan
        for pipeline in plan.pipelines:
            plain, keyed = self._values[f"{pipeline}.accepted"], self._values[f"{pipeline}.keyed"]
            self.comparisons.append(compare.comparison(f"{pipeline}, no keys", f"{pipeline}, keys", plain, keyed))
        # What the state machine costs: as many rounds, in turn, as all else.
        others = [each for each in plan.pipelines if each != "stream"] if "stream" in plan.pipelines else []
        for pipeline in others:
            stream, accepted = self._values["stream.accepted"], self._values[f"{pipeline}.accepted"]
            self.comparisons.append(compare.comparison("stream", pipeline, stream, accepted))
        measure = partial(
            compare.accept_rate,
            where=self.where,
            pipeline=plan.pipelines[0],
            seconds=plan.seconds,
            connections=plan.connections,
        )
        for first, second in compare.COMPARED:
            self._say(f"{second} against {first}")
            self.comparisons.append(compare.compare(first, second, measure, plan.rounds))

    def _count(self, *loads: Load) -> None:
        self.refused += sum(load.errors for load in loads)

    def _add(self, pipeline: str, found: dict[str, float]) -> None:
        for key, value in found.items():
            self._values[f"{pipeline}.{key}"].append(value)

    @contextmanager
    def _folder(self, name: str) -> Iterator[Path]:
        """A path that is gone afterwards."""
        path = self.where / name
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)
