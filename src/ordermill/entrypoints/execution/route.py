"""`GET /orders/{orderId}/execution`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

import msgspec

from ordermill.adapters.local.traces import ReadTraces
from ordermill.bootstrap.local import LocalSystem
from ordermill.domain.errors import NotFound
from ordermill.domain.events import EventType
from ordermill.entrypoints.bindings import InvalidQuery, order_id_of
from ordermill.entrypoints.execution.announcing import NOTIFYING
from ordermill.entrypoints.execution.assembly import Assembler
from ordermill.entrypoints.execution.intake import kept_or
from ordermill.entrypoints.execution.processing import IntakeStates, intake_of
from ordermill.entrypoints.execution.wire import execution_view
from ordermill.entrypoints.web import Request, Response
from ordermill.ports.hops import Hop
from ordermill.runtime.hop_ring import HopRing
from ordermill.topology.model import Topology
from ordermill.topology.views import enabled

_encode = msgspec.json.Encoder().encode


class ExecutionRoute:
    """Reads in a reading thread, but takes the hops from the ring here, in the engine's."""

    def __init__(self, system: LocalSystem, ring: HopRing) -> None:
        intake = kept_or(intake_of(system.pipeline), system.executions.of_order)
        self._assembler = assembler_of(system.topology, system.pipeline, intake)
        self._traces, self._reading, self._now = ReadTraces(system.connections), system.reading, system.engine.wall_ms
        self._ring = ring

    async def answer(self, request: Request) -> Response:
        """Raises NotFound for an order of which nothing is known."""
        if request.query:
            raise InvalidQuery(f"this route takes no {next(iter(request.query))}"[:80])
        hops = self._ring.between(self._ring.first - 1, self._ring.last)
        read = partial(self._read, order_id_of(request), hops)
        return await asyncio.get_running_loop().run_in_executor(self._reading, read)

    def _read(self, order_id: str, hops: Sequence[Hop]) -> Response:
        trace = self._traces.read(order_id)
        if trace is None:
            raise NotFound("no order has this id")
        own = [hop for hop in hops if hop.order_id == order_id]
        execution = self._assembler.execution(trace, own, now=self._now())
        return Response(200, _encode(execution_view(execution)))


def assembler_of(topology: Topology, pipeline: str, intake: IntakeStates | None = None) -> Assembler:
    """The assembler of a pipeline; `intake` knows more of intakes than the pipeline tells."""
    functions = frozenset(enabled(topology, pipeline))
    queue = topology.queues[topology.functions[NOTIFYING].trigger.source]
    filter_ = queue.subscribes.filter if queue.subscribes is not None else None
    told = frozenset(EventType) if filter_ is None else frozenset(filter_["type"])
    return Assembler(functions, told, intake or intake_of(pipeline))
