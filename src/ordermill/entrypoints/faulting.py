"""`/faults`: staff rehearse failures. What is set is said in the log: to whoever forgot it, it looks like a defect."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

import msgspec

from ordermill.bootstrap.faults import places
from ordermill.bootstrap.local import LocalSystem
from ordermill.domain.errors import Forbidden, StorageUnavailable
from ordermill.entrypoints.bindings import InvalidQuery
from ordermill.entrypoints.fault_rules import faults_view, read_faults
from ordermill.entrypoints.web import Request, Response
from ordermill.ports.journal import StorageFull
from ordermill.runtime.faults import Postponed, RuleState

log = logging.getLogger(__name__)

_encode = msgspec.json.Encoder().encode


class FaultRoutes:
    """`GET` and `PUT /faults`. Both raise Forbidden where faults are not allowed."""

    def __init__(self, system: LocalSystem) -> None:
        self._faults, self._reading = system.faults, system.reading
        self._places = places(system.topology, system.pipeline)

    def show(self, request: Request) -> Response:
        """What is set, and how often each has struck."""
        self._check(request)
        return Response(200, _encode(faults_view(self._faults.states())), headers=[("cache-control", "no-store")])

    async def replace(self, request: Request) -> Response:
        """Set these and no others. Raises InvalidFaults, StorageUnavailable where they could not be kept."""
        self._check(request)
        states = read_faults(request.body, self._places)
        try:
            # It waits for the disk.
            await asyncio.get_running_loop().run_in_executor(self._reading, self._faults.set, states)
        except StorageFull as error:
            raise StorageUnavailable("the faults could not be kept, so none was changed") from error
        warn_of(states)
        return self.show(request)

    def _check(self, request: Request) -> None:
        if request.query:
            raise InvalidQuery(f"this route takes no {next(iter(request.query))}"[:80])
        if not self._faults.allowed:
            raise Forbidden("faults are for servers on loopback; elsewhere the operator sets ORDERMILL_FAULTS=on")


async def meet_reading(system: LocalSystem, name: str, message: object, *, after: bool = False) -> None:
    """Let faults strike a function that only reads, before or after it ran: fails, or comes later."""
    try:
        system.faults.meet(name, "end" if after else "start", message)
    except Postponed as late:
        await asyncio.sleep(late.after_ms / 1000)
        if late.error is not None:
            raise late.error from None


def warn_of(states: Mapping[str, RuleState]) -> None:
    """Say what is set; not what it matches, which may be about a customer."""
    in_force = {name: state for name, state in states.items() if not state.spent}
    if not in_force:
        log.warning("no faults are set any more")
    for name, state in in_force.items():
        times = None if state.times is None else state.times - state.fired
        fields = {"fault": name, "mode": state.mode, "at": state.at, "times": times, "delayMs": state.delay_ms}
        log.warning("a fault is set", extra=fields)
