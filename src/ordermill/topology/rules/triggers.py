"""Triggers: each alone (its source exists, its members fit its kind), then all of a pipeline together."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ordermill.topology.findings import Finding, pointer, suggestion
from ordermill.topology.model import StreamPattern, Topology, Trigger
from ordermill.topology.rules.parts import SOURCES, Declared, by_pipeline, declared, grouped, resources
from ordermill.topology.rules.routes import ROUTE, ROUTE_CURE

BATCHED = frozenset({"queue", "stream", "dead_letters"})
"""The kinds of trigger that bring several messages at once."""

STREAM_READERS = 2
"""How many functions may read one table's stream, in one pipeline."""

EVENTS = ("INSERT", "MODIFY", "REMOVE")
"""What can happen to an item of a table."""

_RATE = re.compile(r"rate\((1 (minute|hour|day)|([2-9]|[1-9][0-9]+) (minutes|hours|days))\)")


def sources(topology: Topology) -> Iterator[Finding]:
    """Every source that is not what its kind of trigger asks for."""
    for function in declared(topology):
        fault = _source_fault(topology, function.spec.trigger)
        if fault is not None:
            yield Finding(function.at + "/trigger/source", *fault)


def _source_fault(topology: Topology, trigger: Trigger) -> tuple[str, str] | None:
    kind, source = trigger.kind, trigger.source
    if kind == "http":
        return None if ROUTE.fullmatch(source) else (f"'{source}' is not METHOD /path", ROUTE_CURE)
    if kind == "schedule":
        return (
            None if _RATE.fullmatch(source) else (f"'{source}' is not a rate", "write rate(1 minute) or rate(5 hours)")
        )
    if kind == "dead_letters":
        return None if source == "*" else (f"'{source}' is not '*'", "write *: it takes every dead-letter path")
    named = resources(topology)[SOURCES[kind]]
    if source not in named:
        return f"'{source}' is not a {SOURCES[kind][:-1]}", suggestion(source, named)
    if kind == "stream" and not topology.tables[source].stream:
        return f"table '{source}' has no stream", f"set stream to true at {pointer('tables', source)}"
    return None


def members(topology: Topology) -> Iterator[Finding]:
    """Every member of a trigger that is missing for its kind, or that its kind cannot have."""
    for function in declared(topology):
        trigger, at = function.spec.trigger, function.at + "/trigger"
        if trigger.kind == "http" and trigger.access is None:
            yield Finding(at + "/access", "is null: nobody could call it", "say anyone, holder or staff")
        if trigger.kind != "http" and trigger.access is not None:
            yield Finding(at + "/access", f"is {trigger.access}, but {trigger.kind} has no caller", "set it to null")
        if trigger.kind in BATCHED and trigger.batch is None:
            yield Finding(at + "/batch", f"is null, but {trigger.kind} brings batches", "choose from 1 to 10000")
        if trigger.kind not in BATCHED and trigger.batch is not None:
            yield Finding(at + "/batch", f"is set, but {trigger.kind} brings one message at a time", "set it to null")
        if trigger.kind != "stream" and trigger.filter is not None:
            cure = "set it to null; a subscription has a filter of its own"
            yield Finding(at + "/filter", f"is set, but only a stream is filtered, not {trigger.kind}", cure)


def filters(topology: Topology) -> Iterator[Finding]:
    """Every pattern that waits for something that cannot happen to an item."""
    for function in declared(topology):
        for index, pattern in enumerate(function.spec.trigger.filter or ()):
            yield from _pattern(pattern, f"{function.at}/trigger/filter/{index}")


def _pattern(pattern: StreamPattern, at: str) -> Iterator[Finding]:
    for index, event in enumerate(pattern.event or ()):
        if event not in EVENTS:
            yield Finding(f"{at}/event/{index}", f"'{event}' is not a kind of change", suggestion(event, EVENTS))


def crowds(topology: Topology) -> Iterator[Finding]:
    """Every function too many on one queue, one stream or the dead letters, in one pipeline."""
    for functions in by_pipeline(topology).values():
        for name, consumers in grouped(functions, "queue", topology.queues).items():
            yield from _beyond(consumers, 1, f"queue '{name}'", "give it a queue of its own")
        for name, readers in grouped(functions, "stream", topology.tables).items():
            yield from _beyond(readers, STREAM_READERS, f"the stream of '{name}'", "subscribe to a topic instead")
        takers = grouped(functions, "dead_letters", {"*": None}).get("*", [])
        yield from _beyond(takers, 1, "the dead letters", "let one function take them all")


def _beyond(functions: list[Declared], most: int, what: str, cure: str) -> Iterator[Finding]:
    for function in functions[most:]:
        others = ", ".join(other.name for other in functions[:most])
        yield Finding(function.at + "/trigger/source", f"{what} is read by {others} already", cure)


def unconsumed(topology: Topology) -> Iterator[Finding]:
    """Every queue that a pipeline's functions send to and none of them consumes."""
    silent: dict[str, list[str]] = {}
    for pipeline, functions in by_pipeline(topology).items():
        consumed = grouped(functions, "queue", topology.queues)
        for name in topology.queues:
            if name not in consumed and any("send" in function.spec.grants.get(name, ()) for function in functions):
                silent.setdefault(name, []).append(pipeline)
    for name, pipelines in silent.items():
        problem = "is sent to but consumed by no function in pipeline " + ", ".join(pipelines)
        yield Finding(pointer("queues", name), problem, "trigger one function from it")
