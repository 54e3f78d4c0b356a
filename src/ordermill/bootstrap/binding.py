"""Functions meet their ports: by the names in their signatures, narrowed to their grants."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from ordermill.bootstrap import machines
from ordermill.bootstrap.callables import STAGES, bound, message_type, module_of, ports_of, resource_of
from ordermill.runtime.handlers import Handler, Plain, Requested, Staged, Starter, Workflow
from ordermill.topology.checks import Signature, check
from ordermill.topology.findings import Finding
from ordermill.topology.loader import load
from ordermill.topology.model import FunctionSpec, Topology
from ordermill.topology.verbs import VERBS
from ordermill.topology.views import enabled

Batch = Callable[[Sequence[Any]], AbstractContextManager[object]]
"""What an adapter opens around a chunk of calls."""


REQUESTED_THREADS: Final = 2
"""For each staged function that answers requests, where its service says nothing else."""


@dataclass(frozen=True, slots=True)
class Calling:
    """How a service is called: threads, calls in one batch, and how many messages are under way, None for as ever."""

    threads: int = 1
    chunk: int = 256
    in_flight: int | None = None


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
        parts = [getattr(module, stage) for stage in STAGES] if staged else [getattr(module, name)]
        ports = {resource_of(topology, port) for part in parts for port in ports_of(part)}
        task = getattr(module, "task", None)
        asked = None if task is None else frozenset(resource_of(topology, port) for port in ports_of(task))
        found[name] = Signature(frozenset(ports), staged, asked)
    return found


def findings(topology: Topology) -> list[Finding]:
    """Everything that is wrong with the topology, functions' signatures and workflows' state machines included."""
    asked, wrong = machines.asked(topology)
    return sorted([*check(topology, signatures(topology), asked), *wrong])


@dataclass(slots=True)
class Wiring:
    """What binding a function needs."""

    topology: Topology
    ports: Mapping[str, object]
    ambient: Mapping[str, object]
    batches: Mapping[str, Batch] = field(default_factory=dict)
    prefetches: Mapping[str, Callable[[Sequence[Any]], None]] = field(default_factory=dict)
    calling: Mapping[str, Calling] = field(default_factory=dict)
    workflows: Mapping[str, Workflow] = field(default_factory=dict)

    def bind(self, name: str, spec: FunctionSpec, callable_: Callable[..., Any]) -> Callable[..., Any]:
        """The callable with its ports, each narrowed to its grant."""
        return bound(callable_, name, spec, self.topology, self.ports.__getitem__, self.ambient.__getitem__)

    def reader(self, name: str, spec: FunctionSpec) -> Callable[[Any], Any]:
        """A function without effects, as a reading thread runs it."""
        return self.bind(name, spec, getattr(module_of(name), name))

    def task(self, workflow: str, name: str, spec: FunctionSpec) -> Plain:
        """The function as a Task of a workflow: it takes plain JSON and gives plain JSON."""
        module = module_of(name)
        callable_ = getattr(module, "task", None) or getattr(module, name)
        run, type_ = self.bind(name, spec, callable_), message_type(callable_)

        def asked(payload: Any) -> Any:
            result = run(msgspec.convert(payload, type_))
            return None if result is None else msgspec.to_builtins(result)

        return Plain(name, spec.timeout_s, reads=False, run=asked, edge=f"{workflow}>{name}")

    def starter(self, name: str, spec: FunctionSpec) -> Starter | None:
        """The function as the engine runs it, if it starts a workflow."""
        workflow = next((resource for resource in spec.grants if resource in self.topology.workflows), None)
        if workflow is None:
            return None
        module, reads = module_of(name), "read" in spec.grants.get("orders", ())
        prepare, settle = (self.bind(name, spec, getattr(module, stage)) for stage in ("prepare", "settle"))
        prefetch, edge = self.prefetches.get(name), f"{spec.trigger.source}>{name}"
        return Starter(name, spec.timeout_s, reads, prepare, settle, self.workflows[workflow], prefetch, edge)

    def writer(self, name: str, spec: FunctionSpec) -> Plain | Starter:
        """The function as the engine runs it for a request. Raises TypeError for one that needs the outside."""
        handler = self.starter(name, spec) or self.handler(name, spec)
        if isinstance(handler, Staged):
            raise TypeError(f"{name} is staged: it cannot answer a request from within one transaction")
        return handler

    def requested(self, name: str, spec: FunctionSpec, reading: Wiring) -> Requested:
        """The staged function as it answers requests: what only reads, or turns to the outside, is bound by `reading`.

        Raises TypeError where its call would write to a table, or send: that is the engine's.
        """
        module, edge = module_of(name), f"{spec.trigger.source}>{name}"

        def stage(which: str) -> Plain | Callable[..., Any]:
            callable_ = getattr(module, which)
            if not self._changes(spec, callable_):
                return reading.bind(name, spec, callable_)
            bound_ = self.bind(name, spec, callable_)
            # A step of the way has no hop of its own.
            return Plain(name, spec.timeout_s, reads=False, run=lambda arguments: bound_(*arguments))

        prepare, call, settle = map(stage, STAGES)
        if isinstance(call, Plain):
            raise TypeError(f"{name} changes in its call what only prepare and settle may change")
        service = self._outside(spec)
        threads = self.calling.get(service, Calling(REQUESTED_THREADS)).threads
        return Requested(name, spec.timeout_s, prepare, call, settle, edge, f"{name}>{service}", threads)

    def writers(self, pipeline: str) -> dict[str, Plain | Starter]:
        """The functions with effects that requests are for, by name."""
        return {
            name: self.writer(name, spec)
            for name, spec in self._asked(pipeline)
            if spec.effects and not self._answers_in_stages(name, spec)
        }

    def readers(self, pipeline: str) -> dict[str, Callable[[Any], Any]]:
        """The functions without any that requests are for, by name."""
        return {
            name: self.reader(name, spec)
            for name, spec in self._asked(pipeline)
            if not spec.effects and not self._answers_in_stages(name, spec)
        }

    def staged(self, pipeline: str, reading: Wiring) -> dict[str, Requested]:
        """The staged functions that requests are for, by name."""
        return {
            name: self.requested(name, spec, reading)
            for name, spec in self._asked(pipeline)
            if self._answers_in_stages(name, spec)
        }

    def _asked(self, pipeline: str) -> list[tuple[str, FunctionSpec]]:
        functions = enabled(self.topology, pipeline).items()
        return [(name, spec) for name, spec in functions if spec.trigger.kind == "http"]

    def _answers_in_stages(self, name: str, spec: FunctionSpec) -> bool:
        return hasattr(module_of(name), "prepare") and not self.topology.workflows.keys() & spec.grants.keys()

    def _changes(self, spec: FunctionSpec, callable_: Callable[..., Any]) -> bool:
        """Whether a stage may change what only the engine writes: a table, a queue or a topic."""
        resources = {resource_of(self.topology, port) for port in ports_of(callable_)}
        if not resources.isdisjoint(self.topology.queues.keys() | self.topology.topics.keys() | {"messages"}):
            return True
        tables = resources & self.topology.tables.keys()
        return any(VERBS["tables"][verb] != "read" for table in tables for verb in spec.grants[table])

    def _outside(self, spec: FunctionSpec) -> str:
        """What the function's call turns to first."""
        outside = self.topology.services.keys() | self.topology.buckets.keys()
        return next(resource for resource in spec.grants if resource in outside)

    def handler(self, name: str, spec: FunctionSpec) -> Handler:
        """The function as the engine runs it."""
        module = module_of(name)
        reads = "read" in spec.grants.get("orders", ())
        if not hasattr(module, "prepare"):
            prefetch = self.prefetches.get(name)
            run = self.bind(name, spec, getattr(module, name))
            return Plain(name, spec.timeout_s, reads, run, prefetch, f"{spec.trigger.source}>{name}")
        prepare, call, settle = (self.bind(name, spec, getattr(module, stage)) for stage in STAGES)
        service = self._outside(spec)
        calling = self.calling.get(service, Calling())
        batch = self.batches.get(service, lambda _: nullcontext())
        return Staged(
            name,
            spec.timeout_s,
            reads,
            prepare,
            call,
            settle,
            batch,
            calling.threads,
            calling.chunk,
            f"{name}>{service}",
            gave_up=self.bind(name, spec, module.gave_up) if hasattr(module, "gave_up") else None,
            in_flight=calling.in_flight,
        )
