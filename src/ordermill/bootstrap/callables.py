"""A function's callables, what their signatures ask for, and how they get it: narrowed to what the topology grants."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from importlib import import_module
from types import ModuleType
from typing import Any, Final, get_type_hints

from ordermill.ports.narrowing import narrow
from ordermill.topology.model import FunctionSpec, Topology

AMBIENT: Final = frozenset({"clock", "ids", "settings"})
"""Parameters that touch nothing, and so need no grant."""

STAGES: Final = ("prepare", "call", "settle")
"""Of a staged function, in their order."""


def module_of(function: str) -> ModuleType:
    """The file of a function."""
    return import_module(f"ordermill.functions.{function}")


def message_type(callable_: Callable[..., Any]) -> Any:
    """The type of the message that a callable takes first."""
    return get_type_hints(callable_)["message"]


def message_type_of(function: str) -> Any:
    """The type of the message that the function takes."""
    module = module_of(function)
    return message_type(getattr(module, "prepare", None) or getattr(module, function))


def ports_of(callable_: Callable[..., Any]) -> frozenset[str]:
    """The keyword-only parameters that are not ambient, as parameter names."""
    parameters = inspect.signature(callable_).parameters.values()
    return frozenset(p.name for p in parameters if p.kind is p.KEYWORD_ONLY) - AMBIENT


def resource_of(topology: Topology, parameter: str) -> str:
    """The resource that a parameter stands for: its name, with dashes where the topology has them."""
    dashed = parameter.replace("_", "-")
    known = (topology.tables, topology.queues, topology.topics, topology.buckets, topology.workflows, topology.services)
    return dashed if any(dashed in named for named in known) else parameter


def bound(
    callable_: Callable[..., Any],
    name: str,
    spec: FunctionSpec,
    topology: Topology,
    port_of: Callable[[str], object],
    ambient: Callable[[str], object],
) -> Callable[..., Any]:
    """The callable with what it asks for by keyword: ports from `port_of`, by resource, the rest from `ambient`.

    Raises KeyError for a resource without a grant.
    """
    given: dict[str, object] = {}
    for parameter in inspect.signature(callable_).parameters.values():
        if parameter.kind is not parameter.KEYWORD_ONLY:
            continue
        if parameter.name in AMBIENT:
            given[parameter.name] = ambient(parameter.name)
            continue
        resource = resource_of(topology, parameter.name)
        given[parameter.name] = narrow(name, resource, port_of(resource), spec.grants[resource])
    return partial(callable_, **given)
