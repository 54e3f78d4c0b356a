"""Functions meet their ports: by the names in their signatures, narrowed to their grants."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from types import ModuleType
from typing import Any, Final

from ordermill.ports.narrowing import narrow
from ordermill.runtime.handlers import Handler, Plain, Staged
from ordermill.topology.checks import Signature, check
from ordermill.topology.findings import Finding
from ordermill.topology.loader import load
from ordermill.topology.model import FunctionSpec, Topology
from ordermill.topology.rules.parts import resources

Batch = Callable[[Sequence[Any]], AbstractContextManager[object]]
"""What an adapter opens around a chunk of calls."""

AMBIENT: Final = frozenset({"clock", "ids", "settings"})
_STAGES: Final = ("prepare", "call", "settle")


@dataclass(frozen=True, slots=True)
class Calling:
    """How a service is called: threads, calls in one batch, and how many messages are under way, None for as ever."""

    threads: int = 1
    chunk: int = 256
    in_flight: int | None = None


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
    known = {name for named in resources(topology).values() for name in named}
    return dashed if dashed in known else parameter


@dataclass(slots=True)
class Wiring:
    """What binding a function needs."""

    topology: Topology
    ports: Mapping[str, object]
    ambient: Mapping[str, object]
    batches: Mapping[str, Batch] = field(default_factory=dict)
    prefetches: Mapping[str, Callable[[Sequence[Any]], None]] = field(default_factory=dict)
    calling: Mapping[str, Calling] = field(default_factory=dict)

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

    def reader(self, name: str, spec: FunctionSpec) -> Callable[[Any], Any]:
        """A function without effects, as a reading thread runs it."""
        return self.bind(name, spec, getattr(module_of(name), name))

    def handler(self, name: str, spec: FunctionSpec) -> Handler:
        """The function as the engine runs it."""
        module = module_of(name)
        reads = "read" in spec.grants.get("orders", ())
        if not hasattr(module, "prepare"):
            prefetch = self.prefetches.get(name)
            run = self.bind(name, spec, getattr(module, name))
            return Plain(name, spec.timeout_s, reads, run, prefetch, f"{spec.trigger.source}>{name}")
        prepare, call, settle = (self.bind(name, spec, getattr(module, stage)) for stage in _STAGES)
        service = next(resource for resource in spec.grants if resource in self.topology.services)
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


def whole(handler: Handler) -> Plain:
    """The handler, if it runs whole. Raises TypeError for a staged one."""
    if isinstance(handler, Plain):
        return handler
    raise TypeError(f"{handler.name} is staged: it cannot answer a request from within one transaction")
