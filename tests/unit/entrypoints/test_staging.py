"""Requests to staged functions, with an engine that answers at once: which stage runs where, and what faults do."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest

from ordermill.domain.errors import NotFound, Overloaded
from ordermill.entrypoints.staging import WAITING_MAX, Staging
from ordermill.ports.staged import Done
from ordermill.runtime.faults import Faults, InjectedFault, RuleState
from ordermill.runtime.handlers import Plain, Requested
from ordermill.runtime.inbox import Intake

NAME = "make_report"


class Trail:
    """What was told of hops: edge, and the error's class or None."""

    def __init__(self) -> None:
        self.hops: list[tuple[str, str | None]] = []

    def read(self, edge: str, name: str, order_id: str | None, since: float, error: BaseException | None) -> None:
        assert name == NAME
        self.hops.append((edge, None if error is None else type(error).__name__))


class Engine:
    """Runs each request at once, in the loop's thread."""

    def __init__(self) -> None:
        self.trail, self.inbox, self.spared = Trail(), self, list[bool]()

    def put(self, intake: Intake) -> None:
        assert isinstance(intake.handler, Plain)
        self.spared.append(intake.spared)
        try:
            result, error = intake.handler.run(intake.message), None
        except Exception as failure:
            result, error = None, failure
        intake.reply(result, error)


class World:
    def __init__(self) -> None:
        self.steps: list[tuple[str, bool]] = []
        self.ended: list[int] = []
        self.faults = Faults(end=self.ended.append, timeout_ms=0, keep=lambda _: None)
        self.engine = Engine()
        self.pool = ThreadPoolExecutor(4)
        system: Any = SimpleNamespace(engine=self.engine, faults=self.faults, calling={NAME: self.pool})
        self.staging = Staging(system)

    def step(self, name: str, result: Callable[..., Any]) -> Callable[..., Any]:
        """A stage that notes whether it ran in the loop's thread, as the engine does."""

        def run(*arguments: Any) -> Any:
            self.steps.append((name, threading.current_thread() is threading.main_thread()))
            return result(*arguments)

        return run

    def function(self, **replaced: Any) -> Requested:
        """Prepares and calls in threads, settles in the engine."""
        settle = self.step("settle", lambda message, outcome: f"{message}:{outcome}")
        stages = {
            "prepare": self.step("prepare", lambda message: f"call {message}"),
            "call": self.step("call", lambda call: call.upper()),
            "settle": Plain(NAME, 10, False, lambda arguments: settle(*arguments)),
        }
        return Requested(NAME, 10, **{**stages, **replaced}, edge="POST /x>f", call_edge="f>archive", threads=4)

    def answer(self, function: Requested | None = None) -> Any:
        return asyncio.run(self.staging.answer(function or self.function(), "m"))


@pytest.fixture
def world() -> World:
    return World()


def test_three_stages_make_one_answer(world: World) -> None:
    assert world.answer() == "m:CALL M"
    assert world.steps == [("prepare", False), ("call", False), ("settle", True)]
    assert world.engine.trail.hops == [("f>archive", None), ("POST /x>f", None)]
    assert world.engine.spared == [True], "its faults strike around the stages, not in the engine once more"


def test_what_prepare_answers_needs_no_call(world: World) -> None:
    prepare = Plain(NAME, 10, False, lambda arguments: Done(arguments[0] * 2))
    assert world.answer(world.function(prepare=prepare)) == "mm"
    assert world.steps == []
    assert world.engine.trail.hops == [("POST /x>f", None)]


@pytest.mark.parametrize("stage", ["prepare", "call", "settle"])
def test_an_error_of_any_stage_is_the_answer(world: World, stage: str) -> None:
    def refuse(*_: Any) -> Any:
        raise NotFound("none")

    refusing = Plain(NAME, 10, False, refuse) if stage == "settle" else refuse
    with pytest.raises(NotFound):
        world.answer(world.function(**{stage: refusing}))
    assert world.engine.trail.hops[-1] == ("POST /x>f", "NotFound")
    assert (("f>archive", "NotFound") in world.engine.trail.hops) == (stage == "call")


@pytest.mark.parametrize(
    ("name", "at", "ran"),
    [
        (NAME, "start", []),
        (NAME, "after-charge", ["prepare", "call"]),
        (NAME, "end", ["prepare", "call", "settle"]),
        ("archive", "start", ["prepare"]),
        ("archive", "end", ["prepare", "call"]),
    ],
)
def test_faults_strike_where_they_are_set(world: World, name: str, at: Any, ran: list[str]) -> None:
    world.faults.set({name: RuleState("fail", times=1, at=at)})
    with pytest.raises(InjectedFault):
        world.answer()
    assert [step for step, _ in world.steps] == ran
    world.steps.clear()
    assert world.answer() == "m:CALL M"


def test_a_delay_comes_later_and_is_no_failure(world: World) -> None:
    world.faults.set({"archive": RuleState("delay", delay_ms=1, times=1)})
    assert world.answer() == "m:CALL M"
    assert world.faults.totals["archive"] == 1


def test_a_time_out_is_a_failure_in_the_end(world: World) -> None:
    world.faults.set({"archive": RuleState("timeout", delay_ms=1, times=1)})
    with pytest.raises(TimeoutError):
        world.answer()
    assert [step for step, _ in world.steps] == ["prepare"]


def test_too_many_at_once_are_refused_and_the_rest_is_answered(world: World) -> None:
    release = threading.Event()
    function = world.function(prepare=lambda _: Done(release.wait(10)))

    async def crowd() -> list[Any]:
        asked = [asyncio.ensure_future(world.staging.answer(function, "m")) for _ in range(WAITING_MAX)]
        # Each begins at its first turn.
        await asyncio.to_thread(int)
        with pytest.raises(Overloaded):
            await world.staging.answer(function, "m")
        release.set()
        return await asyncio.gather(*asked)

    assert asyncio.run(crowd()) == [True] * WAITING_MAX
    assert world.answer() == "m:CALL M"
