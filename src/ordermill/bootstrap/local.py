"""The local runtime's composition root: which adapters meet which ports, for `ordermill up` and for tests."""

from __future__ import annotations

from asyncio import AbstractEventLoop
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ordermill.adapters.clock import SystemClock
from ordermill.adapters.cursors import HmacCursors
from ordermill.adapters.ids import UuidIds
from ordermill.adapters.local.label_model import LabelModel
from ordermill.adapters.local.object_sweep import ObjectSweeper
from ordermill.adapters.local.payments import Gateway
from ordermill.adapters.local.readers import Readers, ReadingThreads
from ordermill.adapters.local.smtp_server import SmtpServer
from ordermill.adapters.local.store import LocalStore
from ordermill.adapters.tokens import HmacTokens
from ordermill.bootstrap import wirings
from ordermill.bootstrap.executions import ReadExecutions
from ordermill.bootstrap.faults import faults_of
from ordermill.bootstrap.local_ports import load_shipped_catalogue, secret
from ordermill.bootstrap.local_services import LocalServices, Places, services_of
from ordermill.bootstrap.overview import Overview
from ordermill.bootstrap.signing import self_signed
from ordermill.bootstrap.sources import Deadlines, Sourcing
from ordermill.bootstrap.upkeep import maintenance_of, periodics_of, sweeper_of
from ordermill.domain.commands import execution_id
from ordermill.ports.ambient import Clock, Ids, Settings
from ordermill.ports.hops import HopSink
from ordermill.ports.journal import StorageFull
from ordermill.runtime.cycle import Host
from ordermill.runtime.engine import Engine
from ordermill.runtime.faults import Faults
from ordermill.runtime.guard import Guard
from ordermill.runtime.handlers import Plain, Requested, Starter
from ordermill.runtime.loop_thread import LoopThread
from ordermill.runtime.maintenance import Maintenance
from ordermill.runtime.periodic import Periodics
from ordermill.runtime.time import AnchoredClock
from ordermill.topology.loader import load
from ordermill.topology.model import DEFAULT_PIPELINE, Topology

__all__ = ["Deadlines", "LocalSystem", "for_local"]

_READING_THREADS: Final = 4


@dataclass(slots=True)
class LocalSystem:
    """The whole of Ordermill on one machine, wired; `start`, or `start_in` a loop of yours, begins."""

    topology: Topology
    pipeline: str
    settings: Settings
    engine: Engine
    writers: Mapping[str, Plain | Starter]
    readers: Mapping[str, Callable[[Any], Any]]
    staged: Mapping[str, Requested]
    reading: ReadingThreads
    connections: Readers
    services: LocalServices
    cursors: HmacCursors
    store: LocalStore
    overview: Overview
    maintenance: Maintenance
    periodics: Periodics
    faults: Faults
    executions: ReadExecutions
    sweeper: ObjectSweeper
    own_loop: LoopThread | None = None
    calling: Mapping[str, ReadingThreads] = field(init=False)
    """The threads of each staged function that answers requests."""

    def __post_init__(self) -> None:
        self.calling = {name: ReadingThreads(function.threads, name) for name, function in self.staged.items()}

    @property
    def tokens(self) -> HmacTokens:
        """Of the holders of orders."""
        return self.services.tokens

    @property
    def gateway(self) -> Gateway:
        """Of payments."""
        return self.services.gateway

    def start(self) -> None:
        """Run the engine in an event loop of its own, for whoever has none; returns when requests are taken."""
        self.own_loop = LoopThread()
        self.start_in(self.own_loop.loop)
        self.engine.wait_started()

    def start_in(self, loop: AbstractEventLoop) -> None:
        """Run the engine in this event loop, and what is swept beside it; `engine.wait_started` waits for it."""
        self.engine.start(loop)
        self.sweeper.start()

    def close(self, within_s: float = 10) -> None:
        """Finish what is under way, then close everything; not from the engine's loop."""
        self.sweeper.close()
        self.engine.stop(within_s)
        if self.own_loop is not None:
            self.own_loop.close()
            self.own_loop = None
        for threads in (self.reading, *self.calling.values()):
            threads.shutdown()
        self.connections.close()
        self.gateway.close()
        self.store.close()
        if self.faults.states():
            # Of what struck since they were set, only crashes were noted at once.
            with suppress(OSError, StorageFull):
                self.faults.save()


def for_local(
    data: Path,
    settings: Settings,
    host: Host,
    *,
    payments: Path | None = None,
    mail: Path | None = None,
    pipeline: str = DEFAULT_PIPELINE,
    topology: Topology | None = None,
    clock: Clock | None = None,
    ids: Ids | None = None,
    deadlines: Deadlines | None = None,
    guard: Guard | None = None,
    ports: Mapping[str, object] | None = None,
    sinks: Sequence[HopSink] = (),
    smtp: SmtpServer | None = None,
    labels: LabelModel | None = None,
    faults_allowed: bool = True,
) -> LocalSystem:
    """The local runtime over the SQLite file `data`; every adapter can be replaced by keyword. `sinks` see its hops."""
    topology, clock = topology or load(), clock or SystemClock()
    ids, deadlines = ids or UuidIds(clock), deadlines or Deadlines()
    store, settings = LocalStore(data), self_signed(settings, data)
    load_shipped_catalogue(store)
    services = services_of(store, Places.of(data, payments, mail, smtp), settings, clock, topology, labels)
    ambient = {"clock": clock, "ids": ids, "settings": settings}
    anchored = AnchoredClock(clock)
    writing = wirings.writing(
        *(store, services, ambient, ports or {}, topology, pipeline),
        clock=clock,
        steady_ms=anchored.now_ms,
        chance=deadlines.chance,
    )
    readers = Readers(data)
    reading = wirings.reading(readers, services, ambient, ports or {}, topology=topology, clock=clock)
    faults = faults_of(data, end=host.end, timeout_ms=settings.payment_timeout_ms, allowed=faults_allowed)
    sources = Sourcing(topology, writing, store, settings, anchored, deadlines).of(pipeline)
    guard = guard or Guard(host.end)
    upkeep = maintenance_of(store, clock, anchored, guard)
    engine = Engine(
        *(store, sources, host),
        now_ms=anchored.now_ms,
        guard=guard,
        maintenance=upkeep,
        sinks=sinks,
        wall_ms=clock.now_ms,
        faults=faults,
        workflows=writing.workflows,
        new_id=lambda: execution_id(ids.order_id()),
    )
    return LocalSystem(
        topology=topology,
        pipeline=pipeline,
        settings=settings,
        engine=engine,
        writers=writing.writers(pipeline),
        readers=reading.readers(pipeline),
        staged=writing.staged(pipeline, reading),
        reading=ReadingThreads(_READING_THREADS, "reader"),
        connections=readers,
        services=services,
        cursors=HmacCursors(secret(store.connection, "cursor-key")),
        store=store,
        overview=Overview(topology, sources, readers, anchored.now_ms),
        maintenance=upkeep,
        periodics=periodics_of(upkeep, sources, anchored.now_ms),
        faults=faults,
        executions=ReadExecutions(readers),
        sweeper=sweeper_of(services, topology, clock, anchored),
    )
