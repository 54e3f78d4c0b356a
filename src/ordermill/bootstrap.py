"""Composition roots: which adapters meet which ports, for the local runtime and for tests."""

from __future__ import annotations

import inspect
import random
import secrets
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from types import ModuleType
from typing import Any, Final, get_type_hints

import msgspec

from ordermill.adapters.local.clock import SystemClock
from ordermill.adapters.local.cursors import HmacCursors
from ordermill.adapters.local.ids import UuidIds
from ordermill.adapters.local.mail import FileMailer
from ordermill.adapters.local.messaging import LocalQueue, LocalTopic
from ordermill.adapters.local.payments import Gateway
from ordermill.adapters.local.readers import Readers, ReadOrders, ReadProducts
from ordermill.adapters.local.sql import queries
from ordermill.adapters.local.store import LocalStore
from ordermill.adapters.local.stores import LocalClaims, LocalEvents, LocalMails, LocalOrders, LocalProducts
from ordermill.adapters.local.tokens import HmacTokens
from ordermill.domain.catalogue import read_catalogue
from ordermill.domain.commands import PlaceOrder
from ordermill.domain.errors import OrdermillError
from ordermill.domain.events import OrderChange
from ordermill.functions.create_order import claim_of
from ordermill.ports.ambient import Clock, Ids, Settings
from ordermill.ports.narrowing import narrow
from ordermill.runtime.backoff import Backoff
from ordermill.runtime.cycle import Host, Source
from ordermill.runtime.engine import Engine
from ordermill.runtime.guard import Guard
from ordermill.runtime.handlers import ChangeFilter, Handler, Plain, Receiving, Staged
from ordermill.runtime.loop_thread import LoopThread
from ordermill.runtime.queue_source import QueueSource
from ordermill.runtime.stream_source import StreamSource
from ordermill.runtime.time import AnchoredClock
from ordermill.topology.checks import Signature, check
from ordermill.topology.findings import Finding
from ordermill.topology.loader import load
from ordermill.topology.model import FunctionSpec, StreamPattern, Topology
from ordermill.topology.views import enabled, subscriptions

AMBIENT: Final = frozenset({"clock", "ids", "settings"})
_STAGES: Final = ("prepare", "call", "settle")
_STREAM_RECEIVES: Final = 5
_STREAM_VISIBILITY_S: Final = 180
_READING_THREADS: Final = 4
_IN_FLIGHT: Final = 1024
_CALLING: Final = {"mail": (2, 64)}
"""Threads, and calls in one batch, by service. Mail waits for the disk file by file."""
_URGENT: Final = "process_order"
"""Whose messages go first: an order's completion before its announcements."""


def module_of(function: str) -> ModuleType:
    """The file of a function."""
    return import_module(f"ordermill.functions.{function}")


def ports_of(callable_: Callable[..., Any]) -> frozenset[str]:
    """The keyword-only parameters that are not ambient, as parameter names."""
    parameters = inspect.signature(callable_).parameters.values()
    return frozenset(p.name for p in parameters if p.kind is p.KEYWORD_ONLY) - AMBIENT


def signatures(topology: Topology | None = None) -> dict[str, Signature]:
    """What each function's signature asks for, in the names of `topology.json`."""
    topology = topology or load()
    found = {}
    names = {*topology.functions, *(name for p in topology.pipelines.values() for name in p.functions)}
    for name in sorted(names):
        try:
            module = module_of(name)
        except ModuleNotFoundError:
            continue
        staged = hasattr(module, "prepare")
        parts = [getattr(module, stage) for stage in _STAGES] if staged else [getattr(module, name)]
        ports = {_resource(topology, port) for part in parts for port in ports_of(part)}
        found[name] = Signature(frozenset(ports), staged)
    return found


def findings(topology: Topology) -> list[Finding]:
    """Everything that is wrong with the topology, functions' signatures included."""
    return check(topology, signatures(topology))


def _resource(topology: Topology, parameter: str) -> str:
    dashed = parameter.replace("_", "-")
    known = topology.queues.keys() | topology.topics.keys() | topology.buckets.keys() | topology.workflows.keys()
    return dashed if dashed in known else parameter


@dataclass(slots=True)
class Deadlines:
    """How long the runtime gives what it waits for; the topology's values, which tests shorten."""

    visibility_s: int | None = None
    in_flight: int = _IN_FLIGHT


@dataclass(slots=True)
class LocalSystem:
    """The whole of Ordermill on one machine, wired; `start`, or `engine.start` in a loop of yours, begins."""

    topology: Topology
    pipeline: str
    settings: Settings
    engine: Engine
    writers: Mapping[str, Plain]
    readers: Mapping[str, Callable[[Any], Any]]
    reading: ThreadPoolExecutor
    connections: Readers
    tokens: HmacTokens
    cursors: HmacCursors
    gateway: Gateway
    store: LocalStore
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


@dataclass(slots=True)
class _Wiring:
    """What binding a function needs."""

    topology: Topology
    ports: Mapping[str, object]
    ambient: Mapping[str, object]
    batches: Mapping[str, Callable[[Sequence[Any]], AbstractContextManager[object]]] = field(default_factory=dict)
    prefetches: Mapping[str, Callable[[Sequence[Any]], None]] = field(default_factory=dict)

    def bind(self, name: str, spec: FunctionSpec, callable_: Callable[..., Any]) -> Callable[..., Any]:
        """The callable with its ports, each narrowed to its grant."""
        bound: dict[str, object] = {}
        for parameter in inspect.signature(callable_).parameters.values():
            if parameter.kind is not parameter.KEYWORD_ONLY:
                continue
            if parameter.name in AMBIENT:
                bound[parameter.name] = self.ambient[parameter.name]
                continue
            resource = _resource(self.topology, parameter.name)
            bound[parameter.name] = narrow(name, resource, self.ports[resource], spec.grants[resource])
        return partial(callable_, **bound)

    def handler(self, name: str, spec: FunctionSpec) -> Handler:
        """The function as the engine runs it."""
        module = module_of(name)
        reads = "read" in spec.grants.get("orders", ())
        if not hasattr(module, "prepare"):
            prefetch = self.prefetches.get(name)
            return Plain(name, spec.timeout_s, reads, self.bind(name, spec, getattr(module, name)), prefetch)
        prepare, call, settle = (self.bind(name, spec, getattr(module, stage)) for stage in _STAGES)
        service = next(resource for resource in spec.grants if resource in self.topology.services)
        threads, chunk = _CALLING.get(service, (1, 256))
        batch = self.batches.get(service, lambda _: nullcontext())
        return Staged(name, spec.timeout_s, reads, prepare, call, settle, batch, threads, chunk)


def for_local(
    data: Path,
    settings: Settings,
    host: Host,
    *,
    payments: Path | None = None,
    mail: Path | None = None,
    pipeline: str = "stream",
    topology: Topology | None = None,
    clock: Clock | None = None,
    ids: Ids | None = None,
    deadlines: Deadlines | None = None,
    guard: Guard | None = None,
    ports: Mapping[str, object] | None = None,
) -> LocalSystem:
    """The local runtime over the SQLite file `data`; every adapter can be replaced by keyword."""
    topology, clock = topology or load(), clock or SystemClock()
    deadlines = deadlines or Deadlines()
    store = LocalStore(data)
    _load_shipped_catalogue(store)
    tokens = HmacTokens(_secret(store.connection, "order-token-key"))
    gateway = Gateway(payments or data.with_name(data.name + ".payments"), clock, settings.payment_timeout_ms)
    mailer = FileMailer(mail or data.parent / "mail", settings.mail_from, clock)
    ambient = {"clock": clock, "ids": ids or UuidIds(clock), "settings": settings}
    services = {"tokens": tokens, "payments": gateway, "mail": mailer}
    writing = _Wiring(
        topology,
        {**_engine_ports(store, topology, pipeline, clock), **services, **(ports or {})},
        ambient,
        {
            "payments": lambda calls: gateway.batch([charge.key for charge in calls]),
            "mail": lambda calls: mailer.batch([mail.mail_id for mail in calls]),
        },
        {"create_order": partial(_prefetch_claims, store)},
    )
    readers = Readers(data)
    reading = _Wiring(topology, {"orders": ReadOrders(readers), "products": ReadProducts(readers), **services}, ambient)
    functions = enabled(topology, pipeline)
    http = {name: spec for name, spec in functions.items() if spec.trigger.kind == "http"}
    anchored = AnchoredClock(clock)
    sources = _sources(topology, functions, writing, store, settings, anchored, deadlines)
    engine = Engine(store, sources, host, now_ms=anchored.now_ms, guard=guard or Guard(host.end))
    return LocalSystem(
        topology=topology,
        pipeline=pipeline,
        settings=settings,
        engine=engine,
        writers={name: _whole(writing.handler(name, spec)) for name, spec in http.items() if spec.effects},
        readers={
            name: reading.bind(name, spec, getattr(module_of(name), name))
            for name, spec in http.items()
            if not spec.effects
        },
        reading=ThreadPoolExecutor(_READING_THREADS, "reader"),
        connections=readers,
        tokens=tokens,
        cursors=HmacCursors(_secret(store.connection, "cursor-key")),
        gateway=gateway,
        store=store,
    )


def _whole(handler: Handler) -> Plain:
    if isinstance(handler, Plain):
        return handler
    raise TypeError(f"{handler.name} is staged: it cannot answer a request from within one transaction")


def _engine_ports(store: LocalStore, topology: Topology, pipeline: str, clock: Clock) -> dict[str, object]:
    consumed = {spec.trigger.source for spec in enabled(topology, pipeline).values() if spec.trigger.kind == "queue"}
    ports: dict[str, object] = {
        "orders": LocalOrders(store, clock),
        "idempotency": LocalClaims(store),
        "products": LocalProducts(store),
        "events": LocalEvents(store),
        "mails": LocalMails(store),
    }
    for queue in topology.queues:
        ports[queue] = LocalQueue(store.messages, queue, clock)
    for topic in topology.topics:
        # A queue that nothing consumes in this pipeline would only fill up.
        wanted = {
            queue: None if filter_ is None else filter_["type"]
            for queue, filter_ in subscriptions(topology, topic).items()
            if queue in consumed
        }
        ports[topic] = LocalTopic(store.messages, wanted, clock)
    return ports


def _sources(
    topology: Topology,
    functions: Mapping[str, FunctionSpec],
    wiring: _Wiring,
    store: LocalStore,
    settings: Settings,
    clock: AnchoredClock,
    deadlines: Deadlines,
) -> list[Source]:
    backoff = Backoff(settings.retry_base_ms, random.random)

    def receiving(max_receives: int, visibility_s: int) -> Receiving:
        visibility_ms = 1000 * (deadlines.visibility_s or visibility_s)
        return Receiving(max_receives, visibility_ms, deadlines.in_flight, backoff, clock.now_ms)

    sources: list[Source] = []
    for name in sorted(functions, key=lambda name: name != _URGENT):
        spec, trigger = functions[name], functions[name].trigger
        if trigger.kind == "queue":
            queue = topology.queues[trigger.source]
            sources.append(
                QueueSource(
                    wiring.handler(name, spec),
                    trigger.source,
                    messages=store.messages,
                    decode=msgspec.json.Decoder(_message_type(name)).decode,
                    receiving=receiving(queue.max_receives, queue.visibility_s),
                )
            )
        elif trigger.kind == "stream":
            sources.append(
                StreamSource(
                    wiring.handler(name, spec),
                    trigger.source,
                    changes=store.stream,
                    messages=store.messages,
                    decode=getattr(module_of(name), "from_change", _as_it_is),
                    filters=[_filter(pattern) for pattern in trigger.filter or (StreamPattern(),)],
                    receiving=receiving(_STREAM_RECEIVES, _STREAM_VISIBILITY_S),
                )
            )
    return sources


def _prefetch_claims(store: LocalStore, messages: Sequence[PlaceOrder]) -> None:
    keys = []
    for message in messages:
        # What is wrong with a key, the function itself says.
        with suppress(OrdermillError):
            if claimed := claim_of(message):
                keys.append(claimed[0])
    if keys:
        store.tables.claims.prefetch(store.connection, keys)


def _as_it_is(change: OrderChange) -> OrderChange:
    return change


def _message_type(function: str) -> Any:
    """The type of the message that the function takes first."""
    module = module_of(function)
    callable_ = getattr(module, "prepare", None) or getattr(module, function)
    return get_type_hints(callable_)["message"]


def _filter(pattern: StreamPattern) -> ChangeFilter:
    """The pattern as the local stream can apply it: by event, old and new status."""
    events = frozenset(pattern.event or ("INSERT", "MODIFY", "REMOVE"))
    old, new = pattern.old or {}, pattern.new or {}
    if (old.keys() | new.keys()) - {"status"}:
        raise ValueError("a stream filter can look at the status alone")
    return ChangeFilter(
        events,
        frozenset(old["status"]) if "status" in old else None,
        frozenset(new["status"]) if "status" in new else None,
    )


def _load_shipped_catalogue(store: LocalStore) -> None:
    """At the first start only: an operator who empties or replaces the catalogue keeps what they have."""
    if store.connection.execute(queries()["meta"], ("catalogue-shipped",)).fetchone():
        return
    store.begin()
    for product in read_catalogue(files("ordermill").joinpath("catalogue.csv").read_text(encoding="utf-8")):
        store.tables.put_product(product)
    store.connection.execute(queries()["set_meta"], ("catalogue-shipped", b"1"))
    store.commit()


def _secret(connection: sqlite3.Connection, key: str) -> bytes:
    connection.execute(queries()["set_meta"], (key, secrets.token_bytes(32)))
    value: bytes = connection.execute(queries()["meta"], (key,)).fetchone()[0]
    return value
