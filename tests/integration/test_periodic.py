"""Schedules and maintenance in the engine: they tick, sweep, fail and go stale beside orders that nothing holds up."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from msgspec.structs import replace

from ordermill import __version__
from ordermill.bootstrap.local import Deadlines
from ordermill.domain.commands import Tick
from ordermill.domain.idempotency import KEY_LIFETIME_MS
from ordermill.ports.journal import Swept
from ordermill.runtime.periodic import STALE_AFTER
from ordermill.topology.loader import load
from ordermill.topology.model import DEFAULT_PIPELINE, FunctionSpec, Topology, Trigger
from tests.integration.http_kit import answer_of
from tests.integration.system_kit import Mill, Noted, SettableClock, StartMill, widgets

EDGE = "rate(1 minute)>note_tick"
YEAR_MS = 365 * 24 * 3_600_000
FAST = Deadlines(interval_ms=40)
TRIGGER = Trigger(kind="schedule", source="rate(1 minute)", access=None, where="both", filter=None, batch=None)
SPEC = FunctionSpec(caption="Notes ticks", grants={}, effects=(), memory_mb=128, timeout_s=10, trigger=TRIGGER)


class Noting:
    """A scheduled function that notes its ticks, and first does what it is told."""

    def __init__(self) -> None:
        self.ticks: list[Tick] = []
        self.first: Callable[[], None] = lambda: None

    def __call__(self, message: Tick) -> None:
        self.first()
        self.ticks.append(message)


@pytest.fixture
def noting(monkeypatch: pytest.MonkeyPatch) -> Noting:
    """The function `note_tick`, which `SCHEDULED` has, as a module of its own."""
    made, module = Noting(), ModuleType("ordermill.functions.note_tick")

    def note_tick(message: Tick) -> None:
        made(message)

    module.note_tick = note_tick  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return made


@pytest.fixture
def scheduled() -> Topology:
    """The shipped one with that function."""
    shipped = load()
    return replace(shipped, functions={**shipped.functions, "note_tick": SPEC})


def health(mill: Mill) -> Any:
    return json.loads(asyncio.run(answer_of(mill, "/health")))


def test_ticks_follow_on_each_other_and_are_hops(start_mill: StartMill, noting: Noting, scheduled: Topology) -> None:
    noted = Noted()
    mill = start_mill(topology=scheduled, deadlines=FAST, sinks=[noted])
    mill.place(widgets())
    mill.settle(lambda: len(noting.ticks) >= 4)
    ticks = list(noting.ticks)
    assert all(tick.since == before.at for before, tick in pairwise(ticks))
    assert ticks[0].at - ticks[0].since >= 40
    mill.settle(lambda: len(noted.of(EDGE)) >= 4)
    assert {(hop.function, hop.outcome, hop.order_id) for hop in noted.of(EDGE)} == {("note_tick", "ok", None)}
    # Between two ticks a slow machine may well take more than three intervals.
    mill.settle(lambda: health(mill) == {"status": "ok", "version": __version__, "pipeline": DEFAULT_PIPELINE})


@pytest.mark.usefixtures("noting")
def test_the_interval_is_the_topologys(start_mill: StartMill, scheduled: Topology) -> None:
    periodics = start_mill(topology=scheduled).system.periodics
    intervals = {each.name: each.interval_ms for each in periodics.each}
    ticking = {"note_tick": 60_000, "sweep_images": 300_000, "sweep_orders": 60_000}
    kept = ("expired_claimed_orders", "expired_claims", "expired_stubs", "expired_subscriptions", "old_attempts")
    hourly = dict.fromkeys(kept, 3_600_000)
    assert intervals == {**hourly, **ticking}


def test_what_was_ticked_before_a_restart_is_where_the_next_one_begins(
    start_mill: StartMill, noting: Noting, scheduled: Topology
) -> None:
    mill = start_mill(topology=scheduled, deadlines=FAST)
    mill.settle(lambda: len(noting.ticks) >= 2)
    mill.close()
    last = noting.ticks[-1]
    noting.ticks.clear()
    again = start_mill(topology=scheduled, deadlines=FAST)
    again.settle(lambda: bool(noting.ticks))
    assert noting.ticks[0].since == last.at


@pytest.mark.parametrize("step_ms", [YEAR_MS, -YEAR_MS])
def test_a_clock_that_is_set_neither_stops_ticks_nor_makes_a_storm_of_them(
    start_mill: StartMill, noting: Noting, scheduled: Topology, step_ms: int
) -> None:
    clock = SettableClock()
    mill = start_mill(topology=scheduled, deadlines=FAST, clock=clock)
    mill.settle(lambda: bool(noting.ticks))
    clock.ahead_ms += step_ms
    count = len(noting.ticks)
    mill.settle(lambda: len(noting.ticks) >= count + 3)
    ticks = list(noting.ticks)
    assert all(0 < tick.at - tick.since < 60_000 for tick in ticks)
    # One comes in each interval at most, so as many as came took as long as so many intervals.
    assert ticks[-1].at - ticks[0].at >= 40 * (len(ticks) - 2)


def test_a_function_that_fails_is_tried_again_goes_stale_and_recovers(
    start_mill: StartMill, noting: Noting, scheduled: Topology
) -> None:
    noted, failing = Noted(), threading.Event()

    def fail() -> None:
        if failing.is_set():
            raise ConnectionError("away")

    noting.first = fail
    failing.set()
    mill = start_mill(topology=scheduled, deadlines=FAST, sinks=[noted])
    # On a slow machine another may be late for a moment.
    mill.settle(lambda: health(mill).get("stale") == ["note_tick"])
    assert health(mill)["status"] == "degraded"
    mill.settle(lambda: {hop.outcome for hop in noted.of(EDGE)} >= {"retry", "dead"})
    assert mill.finished(mill.place(widgets()).order.order_id).status == "PROCESSED"
    assert (noting.ticks, mill.dead()) == ([], [])
    failing.clear()
    mill.settle(lambda: health(mill)["status"] == "ok")
    first = noting.ticks[0]
    assert first.at - first.since >= 40 * STALE_AFTER, "since the schedule began"


def test_expired_keys_are_swept_while_orders_come_in(start_mill: StartMill, tmp_path: Path) -> None:
    clock = SettableClock()
    mill = start_mill(clock=clock, pipeline="queue")
    old = [mill.place(widgets(), f"k{number}").order.order_id for number in range(5)]
    for order_id in old:
        mill.finished(order_id)
    mill.close()
    clock.ahead_ms += KEY_LIFETIME_MS + 2 * 3_600_000
    again = start_mill(clock=clock, pipeline="queue")
    kept = again.place(widgets(), "k0").order.order_id
    assert kept not in old
    expire(again)
    again.settle(lambda: again.rows("SELECT order_id FROM idempotency") == [(kept,)])
    again.settle(lambda: again.rows("SELECT order_id FROM claimed_orders") == [(kept,)])
    assert again.place(widgets(), "k0").order.order_id == kept
    assert again.place(widgets(), "k1").order.order_id not in [*old, kept]


def test_a_clock_that_is_set_ahead_by_mistake_costs_no_key(start_mill: StartMill) -> None:
    clock = SettableClock()
    mill = start_mill(clock=clock)
    order_id = mill.place(widgets(), "k").order.order_id
    clock.ahead_ms += YEAR_MS
    expire(mill)
    mill.settle(lambda: all(job.passes for job in mill.system.maintenance.jobs))
    clock.ahead_ms -= YEAR_MS
    assert mill.rows("SELECT order_id FROM idempotency") == [(order_id,)]
    assert mill.place(widgets(), "k").order.order_id == order_id


def test_a_job_that_fails_shows_in_health_and_orders_go_on(start_mill: StartMill) -> None:
    mill = start_mill(start=False)
    job = mill.system.maintenance.jobs[0]
    works, step = threading.Event(), job.step

    def fail() -> Swept:
        if works.is_set():
            return step()
        raise OSError("cannot be swept")

    job.step, job.interval_ms = fail, 40
    mill.system.start()
    expire(mill)
    mill.settle(lambda: health(mill).get("stale") == [job.name])
    mill.settle(lambda: job.failures > 1)
    assert mill.finished(mill.place(widgets()).order.order_id).status == "PROCESSED"
    page = asyncio.run(answer_of(mill, "/metrics")).decode()
    assert f'ordermill_maintenance_passes_total{{job="{job.name}"}} 0.0' in page
    assert f'ordermill_maintenance_failures_total{{job="{job.name}"}}' in page
    works.set()
    mill.settle(lambda: health(mill)["status"] == "ok")


def expire(mill: Mill) -> None:
    """Make every job due, and wake the engine."""
    for job in mill.system.maintenance.jobs:
        job.due_ms = 0
    mill.place(widgets())
