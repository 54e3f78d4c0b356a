"""Composition roots: which adapters meet which ports, for the local runtime and for tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ordermill.adapters.local.clock import SystemClock
from ordermill.adapters.local.cursors import HmacCursors
from ordermill.adapters.local.ids import UuidIds
from ordermill.adapters.local.mail import FileMailer
from ordermill.adapters.local.payments import Gateway
from ordermill.adapters.local.readers import Readers, ReadingThreads, ReadOrders, ReadProducts
from ordermill.adapters.local.store import LocalStore
from ordermill.adapters.local.tokens import HmacTokens
from ordermill.bootstrap import machines
from ordermill.bootstrap.binding import AMBIENT, Wiring, findings, module_of, ports_of, signatures
from ordermill.bootstrap.executions import ReadExecutions
from ordermill.bootstrap.local_ports import batches, engine_ports, load_shipped_catalogue, prefetches, secret
from ordermill.bootstrap.overview import Overview
from ordermill.bootstrap.sources import Deadlines, Sourcing, message_type_of
from ordermill.domain.commands import execution_id
from ordermill.ports.ambient import Clock, Ids, Settings
from ordermill.ports.hops import HopSink
from ordermill.runtime.cycle import Host
from ordermill.runtime.engine import Engine
from ordermill.runtime.guard import Guard
from ordermill.runtime.handlers import Plain, Starter
from ordermill.runtime.loop_thread import LoopThread
from ordermill.runtime.time import AnchoredClock
from ordermill.topology.loader import load
from ordermill.topology.model import DEFAULT_PIPELINE, Topology
from ordermill.topology.views import enabled

__all__ = [
    "AMBIENT",
    "Deadlines",
    "LocalSystem",
    "findings",
    "for_local",
    "module_of",
    "ports_of",
    "signatures",
]

_READING_THREADS: Final = 4


@dataclass(slots=True)
class LocalSystem:
    """The whole of Ordermill on one machine, wired; `start`, or `engine.start` in a loop of yours, begins."""

    topology: Topology
    pipeline: str
    settings: Settings
    engine: Engine
    writers: Mapping[str, Plain | Starter]
    readers: Mapping[str, Callable[[Any], Any]]
    reading: ReadingThreads
    connections: Readers
    tokens: HmacTokens
    cursors: HmacCursors
    gateway: Gateway
    store: LocalStore
    overview: Overview
    executions: ReadExecutions
    own_loop: LoopThread | None = None

    def start(self) -> None:
        """Run the engine in an event loop of its own, for whoever has none; returns when requests are taken."""
        self.own_loop = LoopThread()
        self.engine.start(self.own_loop.loop)
        self.engine.wait_started()

    def close(self, within_s: float = 10) -> None:
        """Finish what is under way, then close everything; not from the engine's loop."""
        self.engine.stop(within_s)
        if self.own_loop is not None:
            self.own_loop.close()
            self.own_loop = None
        self.reading.shutdown()
        self.connections.close()
        self.gateway.close()
        self.store.close()


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
) -> LocalSystem:
    """The local runtime over the SQLite file `data`; every adapter can be replaced by keyword. `sinks` see its hops."""
    topology, clock = topology or load(), clock or SystemClock()
    ids, deadlines = ids or UuidIds(clock), deadlines or Deadlines()
    store = LocalStore(data)
    load_shipped_catalogue(store)
    tokens = HmacTokens(secret(store.connection, "order-token-key"))
    gateway = Gateway(payments or data.with_name(data.name + ".payments"), clock, settings.payment_timeout_ms)
    mailer = FileMailer(mail or data.parent / "mail", settings.mail_from, clock)
    ambient = {"clock": clock, "ids": ids, "settings": settings}
    services = {"tokens": tokens, "payments": gateway, "mail": mailer}
    writing = Wiring(
        *(topology, {**engine_ports(store, topology, pipeline, clock), **services, **(ports or {})}, ambient),
        batches(gateway, mailer),
        prefetches(store),
    )
    writing.workflows = machines.workflows(topology, writing, message_type_of, deadlines.chance)
    readers = Readers(data)
    reading = Wiring(topology, {"orders": ReadOrders(readers), "products": ReadProducts(readers), **services}, ambient)
    functions = enabled(topology, pipeline)
    http = {name: spec for name, spec in functions.items() if spec.trigger.kind == "http"}
    anchored = AnchoredClock(clock)
    sources = Sourcing(topology, writing, store, settings, anchored, deadlines).of(pipeline)
    engine = Engine(
        store,
        sources,
        host,
        now_ms=anchored.now_ms,
        guard=guard or Guard(host.end),
        sinks=sinks,
        wall_ms=clock.now_ms,
        workflows=writing.workflows,
        new_id=lambda: execution_id(ids.order_id()),
    )
    return LocalSystem(
        topology=topology,
        pipeline=pipeline,
        settings=settings,
        engine=engine,
        writers={name: writing.writer(name, spec) for name, spec in http.items() if spec.effects},
        readers={
            name: reading.bind(name, spec, getattr(module_of(name), name))
            for name, spec in http.items()
            if not spec.effects
        },
        reading=ReadingThreads(_READING_THREADS, "reader"),
        connections=readers,
        tokens=tokens,
        cursors=HmacCursors(secret(store.connection, "cursor-key")),
        gateway=gateway,
        store=store,
        overview=Overview(topology, sources, readers, anchored.now_ms),
        executions=ReadExecutions(readers),
    )
