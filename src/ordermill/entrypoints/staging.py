"""Requests to staged functions: what turns to the outside runs in threads, what writes in the engine."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from functools import partial
from time import perf_counter
from typing import Any, Final, Literal

from ordermill.bootstrap.local import LocalSystem
from ordermill.domain.errors import Overloaded
from ordermill.ports.staged import Done
from ordermill.runtime.faults import Place, Postponed
from ordermill.runtime.handlers import Plain, Requested, Starter
from ordermill.runtime.inbox import Intake
from ordermill.runtime.trail import order_of

WAITING_MAX: Final = 32
"""How many requests to one such function are under way: each has its input in memory, and few threads."""


async def ask(system: LocalSystem, handler: Plain | Starter, message: Any, *, spared: bool = False) -> Any:
    """What the engine answers, after its commit, or raise what it came to."""
    future: asyncio.Future[Any] | None = asyncio.get_running_loop().create_future()
    try:
        assert future is not None
        system.engine.inbox.put(Intake(handler, message, partial(_resolve, future), spared=spared))
        return await future
    finally:
        # An error's traceback leads here, and from here to the error: all of a bad request would linger.
        future = None


class Staging:
    """Answers requests stage by stage. Nothing of them is kept: one that a crash cuts off is asked again."""

    def __init__(self, system: LocalSystem) -> None:
        self._system = system
        self._under_way: Counter[str] = Counter()

    async def answer(self, function: Requested, message: Any) -> Any:
        """What the function answers. Raises what its stages do, and Overloaded where too many wait."""
        name, since, trail = function.name, perf_counter(), self._system.engine.trail
        if self._under_way[name] >= WAITING_MAX:
            raise Overloaded
        self._under_way[name] += 1
        order_id = order_of(message, None)
        try:
            result = await self._run(function, message, since)
        except Exception as error:
            trail.read(function.edge, name, order_id, since, error)
            raise
        finally:
            self._under_way[name] -= 1
        trail.read(function.edge, name, order_of(message, result), since, None)
        return result

    async def _run(self, function: Requested, message: Any, since: float) -> Any:
        await self._meet(function.name, "start", message)
        call = await self._stage(function, function.prepare, message)
        if isinstance(call, Done):
            await self._meet(function.name, "end", message)
            return call.value
        outcome = await self._call(function, call, message, since)
        await self._meet(function.name, "after-charge", message)
        result = await self._stage(function, function.settle, message, outcome)
        await self._meet(function.name, "end", message)
        return result

    async def _call(self, function: Requested, call: Any, message: Any, since: float) -> Any:
        trail, service = self._system.engine.trail, function.call_edge.rpartition(">")[2]
        error: Exception | None = None
        try:
            await self._meet_call(service, "before", call)
            outcome = await self._in_thread(function, function.call, call)
            await self._meet_call(service, "after", call)
        except Exception as failure:
            error = failure
            raise
        finally:
            trail.read(function.call_edge, function.name, order_of(message, None), since, error)
        return outcome

    async def _stage(self, function: Requested, stage: Plain | Callable[..., Any], *arguments: Any) -> Any:
        if isinstance(stage, Plain):
            return await ask(self._system, stage, arguments, spared=True)
        return await self._in_thread(function, stage, *arguments)

    async def _in_thread(self, function: Requested, run: Callable[..., Any], *arguments: Any) -> Any:
        threads = self._system.calling[function.name]
        return await asyncio.get_running_loop().run_in_executor(threads, partial(run, *arguments))

    async def _meet(self, name: str, place: Place, message: object) -> None:
        if self._system.faults.armed:
            await _met(partial(self._system.faults.meet, name, place, message))

    async def _meet_call(self, service: str, moment: Literal["before", "after"], call: object) -> None:
        if self._system.faults.armed:
            await _met(partial(self._system.faults.meet_call, service, moment, call))


async def _met(meet: Callable[[], None]) -> None:
    """Let faults strike: fails, or comes later, and holds up no thread meanwhile."""
    try:
        meet()
    except Postponed as late:
        await asyncio.sleep(late.after_ms / 1000)
        if late.error is not None:
            raise late.error from None


def _resolve(future: asyncio.Future[Any], result: object, error: BaseException | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)
