"""What the runtime, the API and the picture read off a topology that `checks.check` has passed."""

from __future__ import annotations

from typing import Final

import msgspec

from ordermill.topology.model import Access, FunctionSpec, Topology, Where

_UNIT_MS: Final = {"minute": 60_000, "hour": 3_600_000, "day": 86_400_000}


class RouteEntry(msgspec.Struct, frozen=True):
    """One route: `function` answers, or the server itself where None; `path` has its parameters in braces."""

    method: str
    path: str
    function: str | None
    access: Access
    where: Where
    caption: str


def enabled(topology: Topology, pipeline: str) -> dict[str, FunctionSpec]:
    """Name to function of all that run in `pipeline`: the common ones and its own. KeyError if there is none such."""
    return {**topology.functions, **topology.pipelines[pipeline].functions}


def left_behind(topology: Topology, pipeline: str) -> list[tuple[str, FunctionSpec]]:
    """The other pipelines' consumers of queues and streams that `pipeline` has none in the place of, with their names.

    What was under way when their pipeline was left, they alone can finish. KeyError if there is no such pipeline.
    """
    functions = enabled(topology, pipeline)
    taken = {_consumes(name, spec) for name, spec in functions.items()}
    left = []
    for other in topology.pipelines.values():
        for name, spec in other.functions.items():
            if spec.trigger.kind in ("queue", "stream") and _consumes(name, spec) not in taken:
                taken.add(_consumes(name, spec))
                left.append((name, spec))
    return left


def _consumes(name: str, spec: FunctionSpec) -> tuple[str, str, str]:
    """A place that one consumer takes: a queue, or the position in a stream that has the function's name."""
    trigger = spec.trigger
    return trigger.kind, trigger.source, name if trigger.kind == "stream" else ""


def is_streamed(topology: Topology, pipeline: str, function: str) -> bool:
    """Whether the function takes its messages from a change stream in `pipeline`. KeyError if there is none such."""
    return enabled(topology, pipeline)[function].trigger.kind == "stream"


def interval_ms(rate: str) -> int:
    """How long a schedule's source, such as `rate(5 minutes)`, says that it waits between two ticks."""
    number, _, unit = rate.removeprefix("rate(").removesuffix(")").partition(" ")
    return int(number) * _UNIT_MS[unit.removesuffix("s")]


def subscriptions(topology: Topology, topic: str) -> dict[str, dict[str, tuple[str, ...]] | None]:
    """The queues that subscribe to `topic`, each with its filter: attribute to wanted values, None for everything."""
    return {
        name: queue.subscribes.filter
        for name, queue in topology.queues.items()
        if queue.subscribes is not None and queue.subscribes.topic == topic
    }


def routes(topology: Topology, pipeline: str) -> list[RouteEntry]:
    """Every route that answers in `pipeline`: `routes` but for those to functions of other pipelines, then triggers.

    KeyError if there is no such pipeline.
    """
    functions = enabled(topology, pipeline)
    entries = [
        _entry(source, route.function, route.access, route.where, route.caption)
        for source, route in topology.routes.items()
        if route.function is None or route.function in functions
    ]
    for name, spec in functions.items():
        trigger = spec.trigger
        if trigger.kind == "http" and trigger.access is not None:
            entries.append(_entry(trigger.source, name, trigger.access, trigger.where, spec.caption))
    return entries


def _entry(source: str, function: str | None, access: Access, where: Where, caption: str) -> RouteEntry:
    method, _, path = source.partition(" ")
    return RouteEntry(method, path, function, access, where, caption)
